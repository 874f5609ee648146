"""The weights of many classes: for each feature, a list of those that it was seen with."""

from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np

from torrential.kernels.linear.layout import ADAGRAD, WEIGHT, Clock, Rule
from torrential.kernels.lists.entries import (
    LEAST,
    MOST,
    Lists,
    copy_lists,
    count_room,
    decay_lists,
    decide_lists,
    largest_of_lists,
    read_lists,
)
from torrential.kernels.lists.learn import learn_lists
from torrential.linear.decay import START, due, steps_between
from torrential.linear.lists_by_key import ByKey, by_key, full_lists, lists_of, of_tiles
from torrential.linear.memory.zeros import aligned_zeros
from torrential.linear.weights import TileWeights, Weights
from torrential.linear.window import Window
from torrential.types import Arrays, Csr, Float32, Int32, Int64

FIRST_ROOM, GROWTH = 2**16, 2
"""Entries at first, and the factor whenever there is no room for more: those in use are copied."""


def can_be_lists(rule: Rule) -> bool:
    """Return whether models of many classes keep their weights in lists."""
    return rule.optimizer == ADAGRAD and not rule.softmax


class ListWeights:
    """Lists of weights, and the copy they are read from, as `Weights` has them for fewer classes.

    Parameters
    ----------
    lists : Lists
    settled : Clock
        When penalties were last applied to all weights (`torrential.linear.decay`).
    is_borrowed : bool, default=False
        Whether the arrays are copied before they change.
    """

    def __init__(self, lists: Lists, settled: Clock = START, *, is_borrowed: bool = False) -> None:
        self.lists = lists
        self.settled = settled
        self._is_borrowed = is_borrowed
        self._readable: Lists | None = None

    @classmethod
    def of_tiles(cls, weights: Weights) -> Self:
        """Return the weights of a model that has got many classes; `own` gives them room."""
        lists = lists_of(of_tiles(weights), weights.layout.n_features)
        return cls(lists, weights.settled, is_borrowed=True)

    @classmethod
    def of(cls, arrays: Arrays, state: dict[str, int], settled: Clock = START) -> Self:
        """Return weights over the result of `arrays`; they are copied before they change."""
        counts = np.zeros(state["n_features"], np.int32)
        counts[arrays["list_features"]] = arrays["list_counts"]
        shape = state["slots"], -1
        values, intercepts = arrays["list_values"], arrays["list_intercepts"]
        lists = full_lists(
            counts, arrays["list_classes"], values.reshape(shape), intercepts.reshape(shape)
        )
        return cls(lists, settled, is_borrowed=True)

    def state(self) -> dict[str, Any]:
        """Return the header of `of`."""
        shape = {"n_features": self.n_features, "n_columns": self.n_columns}
        return {"lists": {**shape, "slots": len(self.lists.values)}}

    def arrays(self) -> Arrays:
        """Return arrays for `of`: the entries in use, feature after feature."""
        found = by_key(self.lists)
        features = np.flatnonzero(self.lists.counts)
        return {
            "list_features": features.astype(np.int32),
            "list_counts": self.lists.counts[features],
            "list_classes": (found.keys % self.n_columns).astype(np.int32),
            "list_values": found.values.ravel(),
            "list_intercepts": self.lists.intercepts.ravel(),
        }

    def applied_arrays(self, rule: Rule, clock: Clock) -> Arrays:
        """Return the weights that are read, where those are others than the ones that learn."""
        lists = self.readable(rule, clock)
        if lists is self.lists:
            return {}
        return {
            "applied_values": by_key(lists).values.ravel(),
            "applied_intercepts": lists.intercepts.ravel(),
        }

    def take_readable(self, arrays: Arrays) -> None:
        """Take the weights to read from the result of `applied_arrays`."""
        self._readable = self.lists._replace(
            values=arrays["applied_values"].reshape(1, -1),
            intercepts=arrays["applied_intercepts"].reshape(1, -1),
        )

    @property
    def widths(self) -> dict[str, int]:
        """Numbers of the arrays in `arrays` that are zero together; others are zero alone."""
        return {}

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.lists.counts)

    @property
    def n_columns(self) -> int:
        """Number of classes."""
        return int(self.lists.intercepts.shape[1])

    @property
    def n_bytes(self) -> int:
        """Bytes of the lists in use, and of where they are."""
        n_entries, n_slots = int(self.lists.used[0]), len(self.lists.values)
        heads = self.lists.starts.nbytes + self.lists.counts.nbytes
        return n_entries * 4 * (1 + n_slots) + heads + self.lists.intercepts.nbytes

    def n_lanes(self, n_columns: int) -> int:
        """Return how many scores a row gets with this many columns."""
        return max(n_columns, self.n_columns)

    def own(self) -> None:
        """Prepare for changes: discard the copy, and replace borrowed arrays."""
        self._readable = None
        if self._is_borrowed:
            self.lists, self._is_borrowed = self._copied(0), False

    def grow(
        self, n_before: int, n_columns: int, reserve: int, intercept: np.float32, rule: Rule
    ) -> None:
        """Add columns with this intercept."""
        self.own()
        more = np.zeros((len(self.lists.values), n_columns - n_before), np.float32)
        more[WEIGHT] = intercept
        intercepts = np.hstack([self.lists.intercepts, more])
        self.lists = self.lists._replace(intercepts=np.ascontiguousarray(intercepts))

    def match(self, rule: Rule) -> None:
        """Do nothing: AdaGrad has no sums that give weights."""

    def match_intercepts(self, rule: Rule, first: int, last: int) -> None:
        """Do nothing, as `match`."""

    def set_received(self, slot: int, shrinkage: np.float32) -> None:
        """Do nothing: AdaGrad's L1 penalty is applied to all weights at once."""

    def _copied(self, n_more: int, n_slots: int | None = None) -> Lists:
        """Return the lists one after the other, with room for this many more entries."""
        old = self.lists
        n_slots = n_slots or len(old.values)
        in_use = int(count_room(old.counts))
        room = max(FIRST_ROOM, GROWTH * in_use, in_use + n_more)
        new = Lists(
            np.zeros_like(old.starts),
            np.zeros_like(old.counts),
            aligned_zeros(room, np.int32, "the weights"),
            aligned_zeros(room * n_slots, np.float32, "the weights").reshape(n_slots, room),
            np.zeros((n_slots, self.n_columns), np.float32),
            np.zeros(1, np.int64),
        )
        both = min(n_slots, len(old.values))
        new.intercepts[:both] = old.intercepts[:both]
        copy_lists(old, new)
        return new

    def learn(
        self, window: Window, rule: Rule, clock: Clock, set_clock: Callable[[Clock], None]
    ) -> None:
        """Learn the rows of a window, one after the other: a row's lists are of all classes."""
        self.own()
        csr, targets, sample_weight, order, known, scores, sets = window
        every, n_learned = steps_between(rule, self.n_features), 0
        while n_learned < len(order):
            end = min(len(order), n_learned + every - clock.step % every) if every else len(order)
            now, n_more = learn_lists(
                csr.data, csr.indices, csr.indptr, order[n_learned:end], targets, sample_weight,
                known[n_learned:end], self.lists, rule, clock, scores[n_learned:end], sets,
            )  # fmt: skip
            clock, n_learned = Clock(*now), n_learned + n_more
            set_clock(clock)
            if n_learned < end:
                self.lists = self._copied(2 * MOST * csr.n_values(order[n_learned]) + LEAST)
            elif every and clock.step % every == 0:
                self.settle(rule, clock)

    def begin_sums(self, slot: int) -> None:
        """Begin averaging sums in a slot, the last one, that are zero."""
        self.own()
        self.lists = self._copied(0, slot + 1)

    def end_sums(self, slot: int) -> None:
        """Drop the averaging sums in a slot, the last one."""
        self.own()
        self.lists = self._copied(0, slot)

    def become_readable(self, rule: Rule, clock: Clock) -> None:
        """Make the weights those that are read, with all pending penalties and averages."""
        self.settle(rule, clock)
        found = self.readable(rule, clock)
        self.lists.values[WEIGHT] = found.values[WEIGHT]
        self.lists.intercepts[WEIGHT] = found.intercepts[WEIGHT]
        self._readable = None

    def readable(self, rule: Rule, clock: Clock) -> Lists:
        """Return weights to score with."""
        if not any(due(self.settled, clock)) and rule.average_from == 0:
            return self.lists
        if self._readable is None:
            clocks, lists = (self.settled, clock), self.lists
            values = aligned_zeros(lists.values.shape[1], np.float32, "the weights").reshape(1, -1)
            read_lists(lists.values, rule, *clocks, True, values)
            intercepts = np.zeros((1, self.n_columns), np.float32)
            read_lists(lists.intercepts, rule, *clocks, False, intercepts)
            self._readable = lists._replace(values=values, intercepts=intercepts)
        return self._readable

    def settle(self, rule: Rule, clock: Clock) -> None:
        """Apply all pending penalties."""
        self.own()
        if any(due(self.settled, clock)):
            decay_lists(self.lists, rule, self.settled, clock)
        self.settled = clock

    def decide(self, csr: Csr, rule: Rule, clock: Clock) -> Float32:
        """Return the scores of rows, float32 of shape (n_rows, n_columns)."""
        scores = np.empty((csr.n_rows, self.n_columns), np.float32)
        if csr.n_rows > 0:
            decide_lists(csr.data, csr.indices, csr.indptr, self.readable(rule, clock), scores)
        return scores

    def largest(self, features: Int32) -> Float32:
        """Return the largest absolute weight of each of some features, as of its last update."""
        result = np.zeros(len(features), np.float32)
        largest_of_lists(np.ascontiguousarray(features, np.int32), self.lists, result)
        return result

    def by_tile(self, rule: Rule, clock: Clock) -> Iterator[TileWeights]:
        """Yield the readable weights of 16 classes at a time, of the features that know any."""
        lists, learned = self.readable(rule, clock), by_key(self.lists)
        weights = learned if lists is self.lists else by_key(lists)
        return weights.by_tile(learned)

    def dense(self, rule: Rule, clock: Clock) -> Float32:
        """Copy the weights to shape (n_columns, n_features + 1), the intercept last."""
        return by_key(self.readable(rule, clock)).dense(self.n_features)

    def set_to(self, columns: Float32) -> None:
        """Set the weights, from shape (n_columns, n_features + 1), the intercept last."""
        self.own()
        found = by_key(self.lists)
        given = np.flatnonzero(columns[:, :-1].T)
        keys = np.union1d(found.keys, given)
        values = np.zeros((len(found.values), len(keys)), np.float32)
        values[1:, np.searchsorted(keys, found.keys)] = found.values[1:]
        values[WEIGHT] = columns[keys % self.n_columns, keys // self.n_columns]
        intercepts = found.intercepts.copy()
        intercepts[WEIGHT] = columns[:, -1]
        self._become(ByKey(keys, values, intercepts))

    def changes_since(
        self, before: "AnyWeights", factor: np.float32, by_mass: bool
    ) -> tuple[Int64, Float32]:
        """Return the keys of the weights that have changed, and their changes times their mass."""
        old = before if isinstance(before, ListWeights) else ListWeights.of_tiles(before)
        now, then = by_key(self.lists), by_key(old.lists)
        return now.changes_since(then, self.n_features, factor, by_mass)

    def take_changes(self, keys: Int64, changes: Float32, total: float, by_mass: bool) -> None:
        """Add sums of changes, divided by their mass."""
        self.own()
        found = by_key(self.lists)
        found = found.with_changes(keys, changes, np.float32(total), by_mass, self.n_features)
        self._become(found)

    def _become(self, found: ByKey) -> None:
        self.lists, self._is_borrowed = lists_of(found, self.n_features), True


AnyWeights = Weights | ListWeights
"""The weights of a model: rows of tiles, or lists."""
