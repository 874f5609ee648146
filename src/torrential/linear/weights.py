"""The weights of a linear model, their growth to more classes, and how they are read."""

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from torrential.kernels.linear.decay import decay_all, decay_since_marks, read_decayed
from torrential.kernels.linear.decision import decide
from torrential.kernels.linear.layout import (
    ADAGRAD,
    FTRL,
    NORMALIZED,
    SQUARES,
    WEIGHT,
    Clock,
    Layout,
    Memory,
    Rule,
)
from torrential.kernels.linear.penalty import materialize, settle
from torrential.linear.decay import START, due
from torrential.linear.memory import blocks as tiles
from torrential.linear.memory import places
from torrential.linear.memory.blocks import Blocks
from torrential.linear.memory.rows import WIDE, copied, layout_state, only_read, plan, tile_rows
from torrential.linear.memory.zeros import aligned_zeros
from torrential.linear.sums import MATCH
from torrential.types import Arrays, Csr, Float32, Int32, Int64

TileWeights = tuple[int, Int64, Float32, Float32 | None]
"""The first class of a tile, features, and their weights and sums of squared gradients, where the
optimizer has these: shape (n_features, n_classes)."""


class Weights:
    """Weight rows, the penalty's marks next to them, and the copy they are read from.

    Reading never changes what is learned: pending penalties and averages go to a copy, which is
    made once and kept until the weights change. Without both, the rows themselves are read.

    Attributes
    ----------
    settled : Clock
        When AdaGrad's penalties were last applied to all weights (`torrential.linear.decay`).
    """

    def __init__(self, n_features: int, *, n_slots: int, has_marks: bool) -> None:
        self.layout = plan(n_features, 1, n_slots)
        self.blocks = tiles.new_blocks(self.layout, penalised=has_marks)
        self.settled = START
        self._is_borrowed = False
        self._readable: tuple[Blocks, Layout] | None = None

    @classmethod
    def of(cls, arrays: Arrays, layout: Layout, rule: Rule, settled: Clock = START) -> Self:
        """Return weights over the arrays of `arrays`; they are copied before they change."""
        weights = cls.__new__(cls)
        weights.layout = layout
        together = rule.softmax and layout.width == WIDE
        weights.blocks = tiles.blocks_over(arrays, layout, together=together)
        weights.settled = settled
        weights._is_borrowed = True
        weights._readable = None
        return weights

    def applied_arrays(self, rule: Rule, clock: Clock) -> Arrays:
        """Return the rows that are read, where those are others than the ones that learn."""
        blocks, layout = self.readable(rule, clock)
        return {} if blocks is self.blocks else {"applied_rows": tiles.rows_of(blocks, layout)}

    def take_readable(self, rows: Float32) -> None:
        """Take the rows to read from the result of `applied_arrays`."""
        layout = self.layout._replace(slots=1, stride=self.layout.width)
        self._readable = tiles.with_rows(self.blocks, self.layout, rows), layout

    def arrays(self) -> Arrays:
        """Return arrays for `of`: the rows and marks in use, tile after tile.

        Those of one tile are not copied.
        """
        return tiles.arrays_of(self.blocks, self.layout)

    def state(self) -> dict[str, Any]:
        """Return the header of `of`."""
        return {"layout": layout_state(self.layout)}

    @property
    def widths(self) -> dict[str, int]:
        """Numbers of the arrays in `arrays` that are zero together; others are zero alone."""
        return {"rows": self.layout.stride}

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return self.layout.n_columns

    @property
    def n_bytes(self) -> int:
        """Bytes of the rows in use, and of the tables of their places."""
        n_rows = sum(int(memory.n_rows.sum()) for memory in self.blocks)
        n_marks = 2 if len(self.blocks[0].marks) > 0 else 0
        n_places = sum(memory.places.nbytes for memory in self.blocks)
        return n_rows * (4 * self.layout.stride + 8 * n_marks) + n_places

    def block(self, tile: int) -> Memory:
        """Return the memory that contains a tile."""
        return tiles.block_of(self.blocks, tile)

    def make_room(self, tile: int, n_more: int) -> Memory:
        """Make room for the rows of this many more features in a tile, and return its memory."""
        return tiles.make_room(self.blocks, self.layout, tile, n_more)

    def own(self) -> None:
        """Prepare for changes: discard the copy, and replace borrowed arrays."""
        self._readable = None
        if self._is_borrowed:
            self.blocks = [copied(memory, self.layout) for memory in self.blocks]
            self._is_borrowed = False

    def grow(
        self, n_before: int, n_columns: int, reserve: int, intercept: np.float32, rule: Rule
    ) -> None:
        """Add columns with this intercept, with tiles for `reserve` if rows have to move.

        One column that two classes share becomes one for each.
        """
        self.own()
        if n_columns > self.layout.width * self.layout.n_tiles:
            new = plan(self.layout.n_features, max(n_columns, reserve), self.layout.slots)
            # Both at once: Ctrl-C must not come between them.
            moved = tiles.moved(self.blocks, self.layout, new, rule, shared=n_before == 2)
            self.blocks, self.layout = moved, new
        self.layout = self.layout._replace(n_columns=n_columns)
        for column in range(n_before, n_columns):
            tile, lane = divmod(column, self.layout.width)
            rows = tile_rows(self.block(tile), self.layout, tile)
            rows[self.layout.intercept, WEIGHT, lane] = intercept

    def n_lanes(self, n_columns: int) -> int:
        """Return how many scores a row gets in memory with this many columns."""
        widest = plan(self.layout.n_features, n_columns, self.layout.slots)
        return max(layout.n_tiles * layout.width for layout in (widest, self.layout))

    def begin_sums(self, slot: int) -> None:
        """Begin averaging sums in a slot, the last one, that are zero."""
        self.own()
        self._set_slots(slot + 1)
        for tile in range(self.layout.n_tiles):
            tile_rows(self.block(tile), self.layout, tile)[:, slot] = 0

    def end_sums(self, slot: int) -> None:
        """Drop the averaging sums in a slot, the last one."""
        self.own()
        self._set_slots(slot)

    def _set_slots(self, n_slots: int) -> None:
        new = self.layout._replace(slots=n_slots, stride=n_slots * self.layout.width)
        # Both at once: Ctrl-C must not come between them.
        self.blocks, self.layout = tiles.with_slots(self.blocks, self.layout, new), new

    def become_readable(self, rule: Rule, clock: Clock) -> None:
        """Make the weights those that are read, with all pending penalties and averages."""
        self.settle(rule, clock)
        blocks, layout = self.readable(rule, clock)
        for tile in range(layout.n_tiles):
            found = tile_rows(tiles.block_of(blocks, tile), layout, tile)[:, WEIGHT]
            tile_rows(self.block(tile), self.layout, tile)[:, WEIGHT] = found
        self._readable = None

    def readable(self, rule: Rule, clock: Clock) -> tuple[Blocks, Layout]:
        """Return weights to score with, and their layout."""
        is_pending = len(self.blocks[0].marks) > 0 or any(due(self.settled, clock))
        if not is_pending and rule.average_from == 0:
            return self.blocks, self.layout
        if self._readable is None:
            layout = self.layout._replace(slots=1, stride=self.layout.width)
            self._readable = [self._read(memory, rule, clock) for memory in self.blocks], layout
        return self._readable

    def settle(self, rule: Rule, clock: Clock) -> None:
        """Apply all pending penalties."""
        self.own()
        for memory in self.blocks:
            if len(memory.marks) > 0:
                settle(memory, self.layout, rule, clock)
            elif any(due(self.settled, clock)):
                last = min(self.layout.n_tiles, memory.first + len(memory.starts))
                decay_all(memory, self.layout, rule, self.settled, clock, memory.first, last)
        self.settled = clock

    def settle_marked(self, rule: Rule, clock: Clock) -> None:
        """Apply AdaGrad's penalties since the mark of each row: older files have marks."""
        self.own()
        for memory in self.blocks:
            decay_since_marks(memory, self.layout, rule, clock)
        self.blocks = [memory._replace(marks=np.zeros(0)) for memory in self.blocks]
        self.settled = clock

    def _read(self, memory: Memory, rule: Rule, clock: Clock) -> Memory:
        rows = aligned_zeros(len(memory.rows) // self.layout.slots, np.float32, "the weights")
        if rule.optimizer == ADAGRAD:
            read_decayed(only_read(memory), self.layout, rule, self.settled, clock, rows)
        else:
            materialize(only_read(memory), self.layout, rule, clock, rows)
        starts = memory.starts // self.layout.slots
        return memory._replace(rows=rows, starts=starts, marks=np.zeros(0))

    def decide(self, csr: Csr, rule: Rule, clock: Clock) -> Float32:
        """Return the scores of rows, float32 of shape (n_rows, n_columns)."""
        blocks, layout = self.readable(rule, clock)
        scores = np.zeros((csr.n_rows, layout.n_tiles * layout.width), np.float32)
        for memory in blocks:
            decide(csr.data, csr.indices, csr.indptr, only_read(memory), layout, scores)
        return np.ascontiguousarray(scores[:, : layout.n_columns])

    def dense(self, rule: Rule, clock: Clock) -> Float32:
        """Copy the weights to shape (n_columns, n_features + 1), the intercept last."""
        return tiles.weights(*self.readable(rule, clock))

    def largest(self, features: Int32) -> Float32:
        """Return the largest absolute weight of each of some features, as of its last update."""
        result = np.zeros(len(features), np.float32)
        for tile in range(self.layout.n_tiles):
            memory = self.block(tile)
            rows = tile_rows(memory, self.layout, tile)[:, WEIGHT]
            known = rows[places.find(memory, self.layout, tile, features)]
            np.maximum(result, np.abs(known).max(axis=1), out=result)
        return result

    def by_tile(self, rule: Rule, clock: Clock) -> Iterator[TileWeights]:
        """Yield the readable weights of each tile, of the features that it knows."""
        blocks, layout = self.readable(rule, clock)
        has_squares = rule.optimizer in (ADAGRAD, FTRL, NORMALIZED)
        for tile in range(layout.n_tiles):
            first = tile * layout.width
            n_lanes = min(layout.width, layout.n_columns - first)
            memory = tiles.block_of(blocks, tile)
            features, at = places.known_features(memory, layout, tile)
            rows = tile_rows(memory, layout, tile)[:, WEIGHT, :n_lanes]
            squares = None
            if has_squares:
                learned = tile_rows(self.block(tile), self.layout, tile)
                squares = learned[:, SQUARES, :n_lanes][at]
            yield first, features, rows[at], squares

    def take_rows(self, tile: int, features: Int64) -> None:
        """Assign the next rows of a tile to features without one, in their order."""
        if self.layout.width > 1:
            places.take(self.make_room(tile, len(features)), self.layout, tile, features)

    def set_received(self, slot: int, shrinkage: np.float32) -> None:
        """Mark the cumulative L1 penalty of weights as applied: an average has none due.

        Parameters
        ----------
        slot : int
            That of what each weight has received.
        shrinkage : float32
        """
        for tile in range(self.layout.n_tiles):
            rows = tile_rows(self.block(tile), self.layout, tile)
            weights, received = rows[:, WEIGHT], rows[:, slot]
            received[weights > 0] = -shrinkage
            received[weights < 0] = shrinkage
            received[self.layout.intercept] = 0

    def match(self, rule: Rule) -> None:
        """Make the sums of FTRL and coin betting give the weights, which were set or averaged."""
        if rule.optimizer not in MATCH:
            return
        self.own()
        for tile in range(self.layout.n_tiles):
            rows = tile_rows(self.block(tile), self.layout, tile)
            MATCH[rule.optimizer](rows, self.layout.intercept, rule)

    def match_intercepts(self, rule: Rule, first: int, last: int) -> None:
        """Make these sums give the intercepts of columns [first, last), which were set."""
        width, home = self.layout.width, self.layout.intercept
        for tile in range(first // width, -(-last // width)) if rule.optimizer in MATCH else ():
            row = tile_rows(self.block(tile), self.layout, tile)[home : home + 1]
            matched, lanes = row.copy(), slice(max(0, first - tile * width), last - tile * width)
            MATCH[rule.optimizer](matched, 0, rule)
            row[..., lanes] = matched[..., lanes]

    def set_to(self, columns: Float32) -> None:
        """Set the weights, from shape (n_columns, n_features + 1), the intercept last."""
        self.own()
        tiles.set_weights(self.blocks, self.layout, columns)
