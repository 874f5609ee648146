"""Sums of the changes of models with a common start: the summary from which averages are made."""

from typing import Any, Self

import numpy as np

from torrential.kernels.linear.layout import Clock, Layout, Memory
from torrential.kernels.linear.mixing import add_changes, count_changes, take_changes, write_changes
from torrential.linear.lists import AnyWeights, ListWeights
from torrential.linear.memory import places
from torrential.linear.weights import Weights
from torrential.types import Float32, Float64, Int64, UInt8

ROWS, UPDATES = "rows", "updates"
WEIGHTINGS = (ROWS, UPDATES)

GAP_BYTES = 4
"""Bytes of the gap between two keys when changes are sent."""


class WeightSums:
    """Sums over models of what each has changed since a common start, times its mass.

    The mean of the models' weights is the start and these sums, divided by the mass. With 'rows' a
    model's mass is one number, the rows that it has learned. With 'updates' each weight has its
    own, what was added to its sum of squared gradients (AdaGrad): a model without a term has no say
    in its weights. All numbers of a weight row are averaged alike: weights, the optimizer's state
    and averaging sums.

    Only weights that have changed are kept, so that few numbers are sent: those of the terms that
    occurred, and of the classes that learned from them.

    Attributes
    ----------
    by_mass : bool
        Whether each weight has a separate mass.
    total : float
        Sum of the models' rows.
    clock : float64 array of shape (4,)
        Sum of the changes of the models' clocks, times their rows.
    keys : list of int64 arrays of shape (n_changed,)
        For each tile of columns, the weights that have changed, in ascending order; lists of many
        classes are one tile.
    values : list of float32 arrays of shape (n_changed, n_numbers)
        For each tile, the sums of the changes of its weights, and of their mass.
    """

    def __init__(
        self,
        by_mass: bool,
        total: float,
        clock: Float64,
        keys: list[Int64],
        values: list[Float32],
    ) -> None:
        self.by_mass = by_mass
        self.total = total
        self.clock = clock
        self.keys = keys
        self.values = values

    @classmethod
    def of(
        cls,
        before: AnyWeights,
        after: AnyWeights,
        clocks: tuple[Clock, Clock],
        n_rows: int,
        weighting: str,
    ) -> Self:
        """Return the changes of one model.

        Parameters
        ----------
        before, after : Weights or ListWeights
            Of the same layout.
        clocks : pair of Clock
            Before and after.
        n_rows : int
            Rows that it has learned since.
        weighting : {'rows', 'updates'}
        """
        by_mass, factor = weighting == UPDATES, np.float32(n_rows)
        if isinstance(after, ListWeights):
            changes = [after.changes_since(before, factor, by_mass)]
        else:
            assert isinstance(before, Weights)  # lists never become tiles
            changes = _changes_of_tiles(before, after, factor, by_mass)
        clock = n_rows * (np.array(clocks[1], np.float64) - np.array(clocks[0], np.float64))
        keys, values = zip(*changes, strict=True)
        return cls(by_mass, float(n_rows), clock, list(keys), list(values))

    def update(self, other: Self) -> None:
        """Add another model's changes."""
        self.merge(other)

    def merge(self, other: Self) -> Self:
        """Add the changes of other models from the same start."""
        self.total += other.total
        self.clock = self.clock + other.clock
        for tile, theirs in enumerate(zip(other.keys, other.values, strict=True)):
            ours = self.keys[tile], self.values[tile]
            self.keys[tile], self.values[tile] = _added(*ours, *theirs)
        return self

    def add_to(self, weights: AnyWeights, clock: Clock) -> Clock:
        """Move weights from the start to the mean of the models; return the mean of the clocks."""
        if self.total == 0:
            return clock
        weights.own()
        step, *others = (np.array(clock, np.float64) + self.clock / self.total).tolist()
        mean = Clock(round(step), *others)
        if isinstance(weights, ListWeights):
            weights.take_changes(self.keys[0], self.values[0], self.total, self.by_mass)
        else:
            self._add_to_tiles(weights, mean)
        return mean

    def _add_to_tiles(self, weights: Weights, mean: Clock) -> None:
        layout, total = weights.layout, np.float32(self.total)
        for tile, (keys, values) in enumerate(zip(self.keys, self.values, strict=True)):
            features = keys // layout.width
            is_intercept = features == layout.n_features
            weights.take_rows(tile, _different(features[~is_intercept]))
            memory = weights.block(tile)
            at = np.full(len(keys), layout.intercept, np.int32)
            at[~is_intercept] = places.find(memory, layout, tile, features[~is_intercept])
            take_changes(keys, values, total, self.by_mass, at, memory, layout, tile)
        for memory in weights.blocks:
            memory.marks.reshape(-1, 2)[:] = mean.log_decay, mean.step

    @property
    def n_bytes(self) -> int:
        """Bytes to send."""
        return sum(GAP_BYTES * len(keys) for keys in self.keys) + sum(
            values.nbytes for values in self.values
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the gaps between keys, which are half as long as the keys."""
        gaps = [np.diff(keys, prepend=0).astype(np.uint32) for keys in self.keys]
        return _with_gaps, (type(self), self.by_mass, self.total, self.clock, gaps, self.values)


def _with_gaps(
    kind: type[WeightSums],
    by_mass: bool,
    total: float,
    clock: Float64,
    gaps: list[Any],
    values: list[Float32],
) -> WeightSums:
    return kind(by_mass, total, clock, [np.cumsum(gap, dtype=np.int64) for gap in gaps], values)


def _changes_of_tiles(
    before: Weights, after: Weights, factor: np.float32, by_mass: bool
) -> list[tuple[Int64, Float32]]:
    layout = after.layout
    return [
        _changes(before.block(tile), after.block(tile), layout, tile, factor, by_mass)
        for tile in range(layout.n_tiles)
    ]


def _changes(
    before: Memory, after: Memory, layout: Layout, tile: int, factor: np.float32, by_mass: bool
) -> tuple[Int64, Float32]:
    n_lanes: UInt8 = np.empty(after.n_rows[tile - after.first], np.uint8)
    n_changed = count_changes(before, after, layout, tile, n_lanes)
    features, at = places.known_features(after, layout, tile)
    features, at = np.append(features, layout.n_features), np.append(at, layout.intercept)
    have_changed = n_lanes[at] > 0
    keys: Int64 = np.empty(n_changed, np.int64)
    values: Float32 = np.empty((n_changed, layout.slots + by_mass), np.float32)
    write_changes(
        before, after, layout, tile, features[have_changed], at[have_changed], factor, by_mass,
        keys, values,
    )  # fmt: skip
    return keys, values


def _added(
    keys: Int64, values: Float32, other_keys: Int64, other_values: Float32
) -> tuple[Int64, Float32]:
    """Add two lists of changes, in temporary memory for both."""
    out_keys: Int64 = np.empty(len(keys) + len(other_keys), np.int64)
    out: Float32 = np.empty((len(out_keys), values.shape[1]), np.float32)
    n = add_changes(keys, values, other_keys, other_values, out_keys, out)
    return _cut(out_keys, n), _cut(out, n)


def _different(ascending: Int64) -> Int64:
    """Return each value once."""
    return ascending[np.diff(ascending, prepend=-1) > 0]


def _cut(array: Any, n: int) -> Any:
    """Release the memory behind the first n rows, if it is worth a copy."""
    return array[:n].copy() if n < len(array) * 3 // 4 else array[:n]
