"""Stochastic gradient descent over rows of many classes, whose weights are lists."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.importance import EQUAL, shorten_where_turned
from torrential.kernels.linear.layout import Clock, Rule, Sets
from torrential.kernels.linear.learn import COMING, CONCERNED, begin_step
from torrential.kernels.linear.losses import AT_ONCE, are_flat, flat_below, slope
from torrential.kernels.linear.penalty import TINY, averaging_weight
from torrential.kernels.linear.places import prefetch_row
from torrential.kernels.linear.slopes import STEEPEST
from torrential.kernels.lists.entries import (
    MOST,
    Lists,
    append,
    lacks_entries,
    prefetch_heads,
    prefetch_lists,
    score_lists,
    step_entry,
)
from torrential.types import Bool, Float32, Int32, Int64

NOT_TAKEN, NOT_SEEN = -2, -1  # of a class: features do not take it; this feature does not have it


@kernel(error_model="numpy")
def mark_own(is_own: Bool, sets: Sets, target: np.float32, flag: bool) -> None:
    """Mark the classes that are right for a row."""
    number = int(target)
    if len(sets.starts) == 0:
        is_own[number] = flag
    else:
        for at in range(sets.starts[number], sets.starts[number + 1]):
            is_own[sets.members[at]] = flag


@kernel(error_model="numpy")
def active_slopes(
    scores: Float32,
    is_own: Bool,
    weight: np.float32,
    rule: Rule,
    n_known: int,
    slopes: Float32,
    active: Int32,
) -> int:
    """Write the slopes that are not 0, and their classes; return how many there are."""
    flat, n = flat_below(rule.loss), 0
    for begin in range(0, n_known, AT_ONCE):
        end, n_own = min(n_known, begin + AT_ONCE), 0
        for label in range(begin, end):
            n_own += is_own[label]
        if n_own == 0 and are_flat(scores, begin, end, flat):
            continue
        for label in range(begin, end):
            if scores[label] < flat and not is_own[label]:
                continue
            y = 1.0 if is_own[label] else -1.0
            steepness = slope(rule.loss, float(scores[label]), y, rule.epsilon)
            value = np.float32(weight * max(-STEEPEST, min(STEEPEST, steepness)))
            if value != 0.0:
                slopes[label] = value
                active[n] = label
                n += 1
    return n


@kernel(error_model="numpy")
def taken_classes(
    active: Int32,
    n_active: int,
    slopes: Float32,
    is_own: Bool,
    weight: np.float32,
    taken: Int32,
    seen: Int64,
) -> int:
    """Write the classes that the features of a row take: first its own, then near ones."""
    n = 0
    for own in (True, False):
        for i in range(n_active):
            label = active[i]
            if is_own[label] == own and (own or abs(slopes[label]) >= CONCERNED * weight):
                taken[n] = label
                seen[label] = NOT_SEEN
                n += 1
    return n


@kernel(error_model="numpy")
def step_lists(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    lists: Lists,
    slopes: Float32,
    taken: Int32,
    seen: Int64,
    pace: np.float32,
    prior: np.float32,
    spread: np.float32,
) -> None:
    """Take one step with the weights of a row's features, which take classes that they lack."""
    for j in range(begin, end):
        feature, value = indices[j], data[j]
        tiny, n_seen = TINY + prior * value * value, 0
        start = lists.starts[feature]
        for entry in range(start, start + lists.counts[feature]):
            label = lists.classes[entry]
            if slopes[label] != 0.0:
                step_entry(lists.values, entry, slopes[label] * value, tiny, pace, spread)
                if seen[label] != NOT_TAKEN:
                    seen[label] = j
                    n_seen += 1
        if n_seen == len(taken):
            continue
        for label in taken:
            if seen[label] != j and lists.counts[feature] < MOST:
                entry = append(lists, feature, label)
                step_entry(lists.values, entry, slopes[label] * value, tiny, pace, spread)


@kernel(error_model="numpy")
def learn_lists(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    order: Int64,
    targets: Float32,
    sample_weight: Float32,
    known: Int64,
    lists: Lists,
    rule: Rule,
    clock: Clock,
    scores: Float32,
    sets: Sets,
) -> tuple[Clock, int]:
    """Learn rows of a window in order, one against the rest, with AdaGrad.

    As `torrential.kernels.linear.learn.learn` of a feature's weights where its rows concern the
    class, but of at most `MOST` classes. It ends at the first row for whose features there may be
    no room: return the clock, and how many rows were learned.
    """
    n_columns, last = lists.intercepts.shape[1], len(order) - 1
    slopes = np.zeros(n_columns, np.float32)
    slopes_before, shares = np.zeros_like(slopes), np.ones_like(slopes)
    again, is_own = np.zeros_like(slopes), np.zeros(n_columns, np.bool_)
    active, taken = np.empty(n_columns, np.int32), np.empty(n_columns, np.int32)
    seen = np.full(n_columns, NOT_TAKEN, np.int64)
    position, piece, n_pieces, n_active = 0, 0, 1, 0
    while position < len(order):
        row = order[position]
        out = again if piece > 0 else scores[position]
        begin, end = indptr[row], indptr[row + 1]
        next_row, second = order[min(position + 1, last)], order[min(position + 2, last)]
        coming = order[min(position + COMING, last)]
        prefetch_row(data, indices, indptr[coming], indptr[coming + 1])
        prefetch_heads(indices, indptr[second], indptr[second + 1], lists)
        prefetch_lists(indices, indptr[next_row], indptr[next_row + 1], lists)
        score_lists(data, indices, begin, end, lists, out)

        before, n_known = clock, known[position]
        clock, factor, pace, prior, n_pieces = begin_step(
            rule, clock, sample_weight[row], piece, n_known
        )
        if piece == EQUAL:
            shares[:] = 1.0
        if piece >= EQUAL:
            slopes_before[:] = slopes
        for i in range(n_active):
            slopes[active[i]] = 0.0
        mark_own(is_own, sets, targets[row], True)
        n_active = active_slopes(out, is_own, factor, rule, n_known, slopes, active)
        if piece >= EQUAL:
            shorten_where_turned(slopes, slopes_before, shares, 0, n_columns)
            slopes[shares < 1.0] = 0.0
        n_taken = taken_classes(active, n_active, slopes, is_own, factor, taken, seen)
        mark_own(is_own, sets, targets[row], False)
        is_full = piece == 0 and lacks_entries(indices, begin, end, n_taken, n_pieces, lists)
        if not is_full:
            spread = np.float32(averaging_weight(rule, clock.step - 1, clock.step))
            if rule.fit_intercept:
                for i in range(n_active):
                    label = active[i]
                    if slopes[label] != 0.0:
                        step_entry(
                            lists.intercepts, label, slopes[label], TINY + prior, pace, spread
                        )
            if n_active > 0:
                step_lists(
                    data, indices, begin, end, lists, slopes, taken[:n_taken], seen,
                    pace, prior, spread,
                )  # fmt: skip
        for i in range(n_taken):
            seen[taken[i]] = NOT_TAKEN
        if is_full:
            clock = before
            break
        piece += 1
        if n_active == 0 or piece >= n_pieces:  # what is predicted right stays so
            position, piece, n_pieces = position + 1, 0, 1
    return clock, position
