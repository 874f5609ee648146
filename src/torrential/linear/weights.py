"""The weights of a linear model, their growth to more classes, and how they are read."""

from typing import Any, Self

import numpy as np

from torrential.kernels.layout import WEIGHT, Clock, Layout, Rule
from torrential.kernels.penalty import materialise
from torrential.linear import rows as memory
from torrential.types import Float32, Float64

Arrays = dict[str, np.ndarray[Any, Any]]


class Weights:
    """Weight rows, the penalty's marks beside them, and the copy they are read from.

    Reading never changes what is learnt: pending penalties and averages go to a copy, which is
    made once and kept until the weights change. Without both, the rows themselves are read.
    """

    def __init__(self, n_features: int, *, penalised: bool, averaged: bool) -> None:
        self.layout = memory.plan(n_features, 1, n_parts=3 if averaged else 2)
        self.rows = memory.allocate(self.layout)
        self.touched: Float64 = np.zeros(2 * n_features if penalised else 0)
        self._readable: tuple[Float32, Layout] | None = None

    @classmethod
    def of(cls, arrays: Arrays, layout: Layout) -> Self:
        """Return weights over given arrays; read-only ones are copied before they change."""
        weights = cls.__new__(cls)
        weights.layout = layout
        weights.rows = arrays["rows"]
        weights.touched = arrays.get("touched", np.zeros(0))
        weights._readable = None
        return weights

    def arrays(self) -> Arrays:
        """Return what `of` takes, not copied."""
        used = self.rows[: self.layout.n_tiles * self.layout.tile_size]
        return {"rows": used, "touched": self.touched} if len(self.touched) > 0 else {"rows": used}

    def own(self) -> None:
        """Get ready to change: forget the copy, and leave a read-only memory map behind."""
        self._readable = None
        if not self.rows.flags.writeable:
            rows = memory.allocate(self.layout)
            rows[: len(self.rows)] = self.rows
            self.rows, self.touched = rows, self.touched.copy()

    def grow(self, n_columns: int, reserve: int, intercept: np.float32, rule: Rule) -> None:
        """Add columns with this intercept; if rows have to move, then to room for `reserve`."""
        self.own()
        n_before = max(2, self.layout.n_columns)
        if self.layout.n_columns == 1 or n_columns > self.layout.width * self.layout.n_tiles:
            new = memory.plan(self.layout.n_features, max(n_columns, reserve), self.layout.parts)
            self.rows = memory.moved(self.rows, self.layout, new, rule)
            self.touched = memory.moved_marks(self.touched, self.layout, new)
            self.layout = new
        self.layout = self.layout._replace(n_columns=n_columns)
        last_rows = memory.by_tile(self.rows, self.layout)[:, -1, WEIGHT]
        for column in range(n_before, n_columns):
            last_rows[divmod(column, self.layout.width)] = intercept

    def n_lanes(self, n_columns: int) -> int:
        """Return how many scores a row gets in memory once there are so many columns."""
        widest = memory.plan(self.layout.n_features, n_columns, self.layout.parts)
        return max(layout.n_tiles * layout.width for layout in (widest, self.layout))

    def readable(self, rule: Rule, clock: Clock) -> tuple[Float32, Layout]:
        """Return weights to score with, and their layout."""
        if len(self.touched) == 0 and rule.average_from == 0:
            return self.rows, self.layout
        if self._readable is None:
            width, n_rows = self.layout.width, self.layout.n_features + 1
            layout = self.layout._replace(parts=1, stride=width, tile_size=n_rows * width)
            rows = memory.aligned_zeros(layout.n_tiles * layout.tile_size)
            materialise(self.rows, self.touched, self.layout, rule, clock, rows)
            self._readable = rows, layout
        return self._readable

    def set_to(self, columns: Float32) -> None:
        """Set the weights, from shape (n_columns, n_features + 1), the intercept last."""
        self.own()
        tiles = memory.by_tile(self.rows, self.layout)
        for column, values in enumerate(columns):
            tile, lane = divmod(column, self.layout.width)
            tiles[tile, :, WEIGHT, lane] = values
