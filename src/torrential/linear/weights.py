"""The weights of a linear model, their growth to more classes, and how they are read."""

from typing import Self

import numpy as np

from torrential.kernels.layout import ACCUMULATOR, WEIGHT, Clock, Layout, Memory, Rule
from torrential.kernels.penalty import materialise
from torrential.linear import rows as tiles
from torrential.types import Arrays, Float32, Int32


class Weights:
    """Weight rows, the penalty's marks beside them, and the copy they are read from.

    Reading never changes what is learnt: pending penalties and averages go to a copy, which is
    made once and kept until the weights change. Without both, the rows themselves are read.
    """

    def __init__(self, n_features: int, *, penalised: bool, averaged: bool) -> None:
        self.layout = tiles.plan(n_features, 1, n_parts=3 if averaged else 2)
        self.memory = tiles.allocate(self.layout, penalised=penalised)
        self._is_borrowed = False
        self._readable: tuple[Memory, Layout] | None = None

    @classmethod
    def of(cls, arrays: Arrays, layout: Layout) -> Self:
        """Return weights over the arrays of `arrays`; they are copied before they change."""
        weights = cls.__new__(cls)
        weights.layout = layout
        weights.memory = tiles.memory_over(arrays, layout)
        weights._is_borrowed = True
        weights._readable = None
        return weights

    def arrays(self) -> Arrays:
        """Return what `of` takes: rows and marks as many as are in use, tile after tile.

        Those of one tile are not copied.
        """
        return tiles.arrays_of(self.memory, self.layout)

    def own(self) -> None:
        """Get ready to change: forget the copy, and leave borrowed arrays behind."""
        self._readable = None
        if self._is_borrowed:
            self.memory = tiles.copied(self.memory, self.layout)
            self._is_borrowed = False

    def grow(self, n_columns: int, reserve: int, intercept: np.float32, rule: Rule) -> None:
        """Add columns with this intercept; if rows have to move, then to room for `reserve`."""
        self.own()
        n_before = max(2, self.layout.n_columns)
        if self.layout.n_columns == 1 or n_columns > self.layout.width * self.layout.n_tiles:
            new = tiles.plan(self.layout.n_features, max(n_columns, reserve), self.layout.parts)
            # Both at once: Ctrl-C must not come between them.
            self.memory, self.layout = tiles.moved(self.memory, self.layout, new, rule), new
        self.layout = self.layout._replace(n_columns=n_columns)
        for column in range(n_before, n_columns):
            tile, lane = divmod(column, self.layout.width)
            rows = tiles.tile_rows(self.memory, self.layout, tile)
            rows[self.layout.intercept, WEIGHT, lane] = intercept

    def n_lanes(self, n_columns: int) -> int:
        """Return how many scores a row gets in memory once there are so many columns."""
        widest = tiles.plan(self.layout.n_features, n_columns, self.layout.parts)
        return max(layout.n_tiles * layout.width for layout in (widest, self.layout))

    def readable(self, rule: Rule, clock: Clock) -> tuple[Memory, Layout]:
        """Return weights to score with, and their layout."""
        if len(self.memory.marks) == 0 and rule.average_from == 0:
            return self.memory, self.layout
        if self._readable is None:
            layout = self.layout._replace(parts=1, stride=self.layout.width)
            rows = tiles.aligned_zeros(len(self.memory.rows) // self.layout.parts)
            materialise(self.memory, self.layout, rule, clock, rows)
            starts = self.memory.starts // self.layout.parts
            memory = self.memory._replace(rows=rows, starts=starts, marks=np.zeros(0))
            self._readable = memory, layout
        return self._readable

    def largest(self, features: Int32) -> Float32:
        """Return the largest absolute weight of each of some features, as it was last updated."""
        result = np.zeros(len(features), np.float32)
        for tile in range(self.layout.n_tiles):
            rows = tiles.tile_rows(self.memory, self.layout, tile)[:, WEIGHT]
            places = tiles.tile_places(self.memory, self.layout, tile)
            known = rows[features if len(places) == 0 else places[features]]
            np.maximum(result, np.abs(known).max(axis=1), out=result)
        return result

    def set_received(self, shrinkage: np.float32) -> None:
        """Note that weights have had all of the cumulative L1 penalty: an average has none due."""
        for tile in range(self.layout.n_tiles):
            rows = tiles.tile_rows(self.memory, self.layout, tile)
            weights, received = rows[:, WEIGHT], rows[:, ACCUMULATOR]
            received[weights > 0] = -shrinkage
            received[weights < 0] = shrinkage
            received[self.layout.intercept] = 0

    def set_to(self, columns: Float32) -> None:
        """Set the weights, from shape (n_columns, n_features + 1), the intercept last."""
        self.own()
        tiles.set_weights(self.memory, self.layout, columns)
