"""Weights of many classes as lists: for each feature, those of the classes that it was seen with.

::

    feature   starts, counts  ->  entries [starts, starts + counts)
    entry     class | weight | sum of squared gradients | averaging sum if averaged

A list has room for the next power of two; a full one moves to the end of the arrays. Scores go over
the lists of a row's features, so their time does not depend on how many classes there are.
"""

from typing import NamedTuple

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.decay import penalties
from torrential.kernels.linear.layout import SQUARES, WEIGHT, Clock, Rule
from torrential.kernels.linear.penalty import TINY
from torrential.kernels.linear.places import FLOATS_PER_LINE
from torrential.kernels.prefetch import prefetch
from torrential.types import Float32, Int32, Int64

MOST = 256
"""Classes in a feature's list from which on it takes no more.

What is in rows of that many classes says little about any of them, and would be most of the work:
these are the commonest features, whose lists would be the longest.
"""

LEAST = 2
"""Entries that a list has room for at first."""


class Lists(NamedTuple):
    """The lists of all features, and the intercepts.

    Attributes
    ----------
    starts : int64 array of shape (n_features,)
    counts : int32 array of shape (n_features,)
    classes : int32 array of shape (room,)
    values : float32 array of shape (n_slots, room)
        Weights, then sums of squared gradients, then averaging sums if there are any.
    intercepts : float32 array of shape (n_slots, n_columns)
        The same numbers of the intercepts.
    used : int64 array of shape (1,)
        Entries that have been given to lists.
    """

    starts: Int64
    counts: Int32
    classes: Int32
    values: Float32
    intercepts: Float32
    used: Int64


@kernel
def room_of(count: int) -> int:
    """Return how many entries a list of this many has room for."""
    room = np.int64(LEAST)
    while room < count:
        room *= 2
    return int(room) if count > 0 else 0


@kernel
def append(lists: Lists, feature: int, label: int) -> int:
    """Add an entry of zeros to a feature's list, and return its number; there is room for it."""
    count = np.int64(lists.counts[feature])
    if count == room_of(count):
        start, to = lists.starts[feature], lists.used[0]
        for j in range(count):
            lists.classes[to + j] = lists.classes[start + j]
            for slot in range(len(lists.values)):
                lists.values[slot, to + j] = lists.values[slot, start + j]
        lists.starts[feature] = to
        lists.used[0] += room_of(count + 1)
    entry = lists.starts[feature] + count
    lists.classes[entry] = label
    for slot in range(len(lists.values)):
        lists.values[slot, entry] = 0.0
    lists.counts[feature] = count + 1
    return entry


@kernel
def lacks_entries(
    indices: Int32, begin: int, end: int, n_more: int, n_times: int, lists: Lists
) -> bool:
    """Return whether there may be no room for this many more classes of each feature of a row."""
    used, room, n = lists.used[0], len(lists.classes), end - begin
    if used + 2 * MOST * n <= room:
        return False
    if n_times > 1:
        return True
    for j in range(begin, end):
        count = np.int64(lists.counts[indices[j]])
        if count + n_more > room_of(count) and count < MOST:
            used += 2 * room_of(min(count + n_more, MOST))
    return used > room


@kernel
def prefetch_heads(indices: Int32, begin: int, end: int, lists: Lists) -> None:
    """Prefetch where the lists of a row's features are."""
    for j in range(begin, end):
        prefetch(lists.starts, indices[j])
        prefetch(lists.counts, indices[j])


@kernel
def prefetch_lists(indices: Int32, begin: int, end: int, lists: Lists) -> None:
    """Prefetch the beginnings of the lists of a row's features."""
    for j in range(begin, end):
        start, count = lists.starts[indices[j]], np.int64(lists.counts[indices[j]])
        for at in range(start, start + min(count, 4 * FLOATS_PER_LINE), FLOATS_PER_LINE):
            prefetch(lists.classes, at)
            prefetch(lists.values, at)


@kernel(error_model="numpy")
def score_lists(
    data: Float32, indices: Int32, begin: int, end: int, lists: Lists, scores: Float32
) -> None:
    """Write the scores of one row for all classes."""
    for label in range(lists.intercepts.shape[1]):
        scores[label] = lists.intercepts[WEIGHT, label]
    for j in range(begin, end):
        value, start = data[j], lists.starts[indices[j]]
        for entry in range(start, start + lists.counts[indices[j]]):
            scores[lists.classes[entry]] += value * lists.values[WEIGHT, entry]


@kernel(error_model="numpy")
def decide_lists(
    data: Float32, indices: Int32, indptr: Int64, lists: Lists, scores: Float32
) -> None:
    """Fill scores, shape (n_rows, n_columns)."""
    last = len(indptr) - 2
    for row in range(last + 1):
        coming, second = min(row + 1, last), min(row + 2, last)
        prefetch_heads(indices, indptr[second], indptr[second + 1], lists)
        prefetch_lists(indices, indptr[coming], indptr[coming + 1], lists)
        score_lists(data, indices, indptr[row], indptr[row + 1], lists, scores[row])


@kernel(error_model="numpy")
def decayed(weight: np.float32, squares: np.float32, l2: np.float32, l1: np.float32) -> np.float32:
    """Return sign(w) * max(0, abs(w) * exp(-l2 * r) - l1 * r), where r is 1 / sqrt(G + TINY)."""
    rate = np.float32(1.0) / np.sqrt(squares + TINY)
    kept = np.abs(weight) * np.exp(-l2 * rate) - l1 * rate
    return np.copysign(max(np.float32(0.0), np.float32(kept)), weight)


@kernel(error_model="numpy")
def decay_lists(lists: Lists, rule: Rule, settled: Clock, clock: Clock) -> None:
    """Decay all weights but intercepts, by the penalties from one clock to another."""
    l2, l1, spread = penalties(rule, settled, clock)
    values, sums = lists.values, len(lists.values) - 1
    for entry in range(lists.used[0]):
        weight = values[WEIGHT, entry]
        new = decayed(weight, values[SQUARES, entry], l2, l1)
        if spread != 0.0:
            values[sums, entry] += spread * (new - weight)
        values[WEIGHT, entry] = new


@kernel(error_model="numpy")
def read_lists(
    values: Float32, rule: Rule, settled: Clock, clock: Clock, has_penalty: bool, out: Float32
) -> None:
    """Write the readable weights of entries, or of intercepts, to out, shape (1, n_entries).

    What is pending is applied to copies, and averages are taken, so reading changes no learning.
    """
    l2, l1, spread = penalties(rule, settled, clock)
    n_averaged = clock.step - rule.average_from + 1 if rule.average_from > 0 else 0
    sums = len(values) - 1
    for entry in range(out.shape[1]):
        weight = values[WEIGHT, entry]
        new = decayed(weight, values[SQUARES, entry], l2, l1) if has_penalty else weight
        out[WEIGHT, entry] = new
        if n_averaged > 0:
            total = values[sums, entry] + spread * (new - weight)
            out[WEIGHT, entry] -= total / np.float32(n_averaged)


@kernel
def copy_lists(lists: Lists, out: Lists) -> None:
    """Copy lists to others without entries, one after the other, as many slots as both have."""
    n_slots, to = min(len(lists.values), len(out.values)), np.int64(0)
    for feature in range(len(lists.counts)):
        count = np.int64(lists.counts[feature])
        if count == 0:
            continue
        start = lists.starts[feature]
        for j in range(count):
            out.classes[to + j] = lists.classes[start + j]
            for slot in range(n_slots):
                out.values[slot, to + j] = lists.values[slot, start + j]
        out.starts[feature], out.counts[feature] = to, count
        to += room_of(count)
    out.used[0] = to


@kernel
def count_room(counts: Int32) -> int:
    """Return how many entries lists of these sizes have room for."""
    total = np.int64(0)
    for count in counts:
        total += room_of(count)
    return int(total)


@kernel
def largest_of_lists(features: Int32, lists: Lists, out: Float32) -> None:
    """Write the largest absolute weight of each of some features."""
    for j in range(len(features)):
        start, largest = lists.starts[features[j]], np.float32(0.0)
        for entry in range(start, start + lists.counts[features[j]]):
            largest = max(largest, np.abs(lists.values[WEIGHT, entry]))
        out[j] = largest


@kernel(error_model="numpy")
def step_entry(
    numbers: Float32,
    at: int,
    gradient: np.float32,
    tiny: np.float32,
    rate: np.float32,
    spread: np.float32,
) -> None:
    """Take an AdaGrad step with one weight, whose numbers are numbers[:, at]."""
    total = numbers[SQUARES, at] + gradient * gradient
    numbers[SQUARES, at] = total
    change = rate * (gradient / np.sqrt(total + tiny))
    numbers[WEIGHT, at] -= change
    if spread != 0.0:
        numbers[len(numbers) - 1, at] -= spread * change
