"""The memory of all tiles, in blocks: made, moved to more columns, and as arrays for a file."""

from typing import Any

import numpy as np

from torrential.kernels.linear.layout import (
    FIRST,
    INTERCEPT,
    WEIGHT,
    Layout,
    Memory,
    Rule,
)
from torrential.kernels.linear.places import place_features
from torrential.linear.memory import places
from torrential.linear.memory.rows import (
    WIDE,
    allocate,
    copied,
    first_room,
    tile_marks,
    tile_rows,
    with_room,
)
from torrential.linear.optimizers import optimizer_of_code
from torrential.types import Arrays, Float32

Blocks = list[Memory]
"""One tile each, which grows alone; or all tiles in one block, where a row is learned by all."""


def new_blocks(layout: Layout, first: int = 0, *, penalised: bool) -> Blocks:
    """Return a block for each tile of a layout from the first one on, with zero weights."""
    return [
        allocate(layout, tile, first_room(layout, 1), penalised=penalised)
        for tile in range(first, layout.n_tiles)
    ]


def block_of(blocks: Blocks, tile: int) -> Memory:
    """Return the block that a tile is in."""
    return blocks[min(tile, len(blocks) - 1)]


def make_room(blocks: Blocks, layout: Layout, tile: int, n_more: int) -> Memory:
    """Make room for the rows of this many more features in a tile, and return its block."""
    number = min(tile, len(blocks) - 1)
    together = len(blocks) < layout.n_tiles
    blocks[number] = with_room(blocks[number], layout, tile, n_more, together)
    return blocks[number]


def moved(blocks: Blocks, old: Layout, new: Layout, rule: Rule, *, shared: bool) -> Blocks:
    """Return memory for a layout with at least as many columns; new columns are zero.

    One column that two classes share becomes two that mirror each other: -w and w, or for softmax
    -w / 2 and w / 2, which say what the logistic function said.
    """
    penalised = len(blocks[0].marks) > 0
    if rule.softmax and new.width == WIDE:
        return [_all_together(blocks, old, new, rule)]
    if old.width == 1 and new.width > 1:
        blocks = [_widened(blocks[0], old, new, rule, 1, shared=shared)]
    elif old.width < new.width:
        blocks = [copied(blocks[0], old, new)]
    return blocks + new_blocks(new, len(blocks), penalised=penalised)


def with_slots(blocks: Blocks, old: Layout, new: Layout) -> Blocks:
    """Return memory for a layout that differs in the slots: the last ones are new, or dropped."""
    return [copied(each, old, new, each.room, places.tables_of(each)) for each in blocks]


def _all_together(blocks: Blocks, old: Layout, new: Layout, rule: Rule) -> Memory:
    """Return one block with room for all tiles, and for more tiles if there were many."""
    if old.width == 1:
        return _widened(blocks[0], old, new, rule, new.n_tiles, shared=True)
    n_before = len(blocks[0].starts)
    if old.width == new.width and new.n_tiles <= n_before:
        return blocks[0]
    n_tiles = max(new.n_tiles, n_before + n_before // 4)
    most = int(blocks[0].room.max())
    return copied(blocks[0], old, new, np.full(n_tiles, most))


def _widened(
    memory: Memory, old: Layout, new: Layout, rule: Rule, n_tiles: int, *, shared: bool
) -> Memory:
    """Return one column in rows for all features that were updated, or two if it is shared."""
    source = tile_rows(memory, old, 0)
    features = np.flatnonzero(source[:-1].any(axis=(1, 2)))
    penalised = len(memory.marks) > 0
    result = allocate(new, 0, first_room(new, n_tiles), penalised=penalised)
    result = with_room(result, new, 0, len(features), together=n_tiles > 1)
    from_rows = [*features, old.intercept]
    to_rows = [*places.take(result, new, 0, features), INTERCEPT]
    columns = source[from_rows]
    if shared:
        columns = _mirrored(columns, old, rule)
    tile_rows(result, new, 0)[to_rows, :, : columns.shape[2]] = columns
    if penalised:
        tile_marks(result, new, 0)[to_rows] = tile_marks(memory, old, 0)[from_rows]
    return result


def _mirrored(column: Float32, old: Layout, rule: Rule) -> Float32:
    """Return two columns for one, shape (n_rows, n_slots, 2)."""
    columns = np.repeat(column, 2, axis=2)
    scale = np.float32(0.5 if rule.softmax else 1.0)
    optimizer = optimizer_of_code(rule.optimizer)
    averaging_sums = range(optimizer.n_slots(averaged=False), old.slots)
    for slot in (WEIGHT, *averaging_sums):
        columns[:, slot] *= [-scale, scale]
    for slot in optimizer.signed:
        columns[:, slot, 0] *= -1
    return columns


def weights(blocks: Blocks, layout: Layout) -> Float32:
    """Copy the weights to shape (n_columns, n_features + 1), the intercept last."""
    if layout.width == 1:
        return tile_rows(blocks[0], layout, 0)[:, WEIGHT].T.copy()
    result = np.zeros((layout.n_tiles * layout.width, layout.n_features + 1), np.float32)
    for tile in range(layout.n_tiles):
        memory = block_of(blocks, tile)
        columns = result[tile * layout.width : (tile + 1) * layout.width]
        known = tile_rows(memory, layout, tile)[:, WEIGHT]
        features, at = places.known_features(memory, layout, tile)
        columns[:, features] = known[at].T
        columns[:, -1] = known[INTERCEPT]
    return result[: layout.n_columns]


def set_weights(blocks: Blocks, layout: Layout, columns: Float32) -> None:
    """Set the weights, from shape (n_columns, n_features + 1), the intercept last."""
    if layout.width == 1:
        tile_rows(blocks[0], layout, 0)[:, WEIGHT] = columns.T
        return
    for tile in range(layout.n_tiles):
        values = columns[tile * layout.width : (tile + 1) * layout.width].T
        given = np.flatnonzero(values[:-1].any(axis=1))
        memory = make_room(blocks, layout, tile, len(given))
        places.take(memory, layout, tile, given)
        features, at = places.known_features(memory, layout, tile)
        known = tile_rows(memory, layout, tile)[:, WEIGHT, : values.shape[1]]
        known[at] = values[features]
        known[INTERCEPT] = values[-1]


def arrays_of(blocks: Blocks, layout: Layout) -> Arrays:
    """Return arrays for `blocks_over`: the rows and marks in use, tile after tile.

    Those of one tile are not copied. The places of the features' rows are stored in one of two
    ways: ``places``, a number for each feature and tile, if all tiles have that; else
    ``row_features``, the feature of each row.
    """
    pairs = [(block_of(blocks, tile), tile) for tile in range(layout.n_tiles)]
    arrays: Arrays = {"rows": rows_of(blocks, layout)}
    if layout.width > 1:
        n_rows = [memory.n_rows[tile - memory.first] for memory, tile in pairs]
        arrays["rows_per_tile"] = np.array(n_rows, np.int64)
        if any(memory.bits.any() for memory in blocks):
            features = [places.row_features(memory, layout, tile) for memory, tile in pairs]
            arrays["row_features"] = _joined(features)
        else:
            n = layout.n_features
            direct = [memory.places[: n * len(memory.starts)] for memory in blocks]
            arrays["places"] = _joined(direct)[: n * layout.n_tiles]
    if len(blocks[0].marks) > 0:
        marks = [tile_marks(memory, layout, tile).ravel() for memory, tile in pairs]
        arrays["marks"] = _joined(marks)
    return arrays


def rows_of(blocks: Blocks, layout: Layout) -> Float32:
    """Return the rows in use, tile after tile; those of one tile are not copied."""
    tiles = range(layout.n_tiles)
    rows: Float32 = _joined(
        [tile_rows(block_of(blocks, tile), layout, tile).ravel() for tile in tiles]
    )
    return rows


def with_rows(blocks: Blocks, layout: Layout, rows: Float32) -> Blocks:
    """Return memory with rows of one slot, from an array of all tiles, in place of its own."""
    result, begin = [], 0
    for memory in blocks:
        end = begin + int(memory.n_rows.sum()) * layout.width
        starts = memory.starts // layout.slots
        result.append(memory._replace(rows=rows[begin:end], starts=starts, marks=np.zeros(0)))
        begin = end
    return result


def blocks_over(arrays: Arrays, layout: Layout, *, together: bool) -> Blocks:
    """Return memory over the result of `arrays_of`, without room for more rows."""
    n_rows = arrays.get("rows_per_tile", np.array([layout.n_features + 1]))
    before = np.cumsum(n_rows) - n_rows
    size = layout.n_tiles if together else 1
    return [
        _block_over(arrays, layout, first, before[first : first + size], n_rows[first:][:size])
        for first in range(0, layout.n_tiles, size)
    ]


def _block_over(arrays: Arrays, layout: Layout, first: int, before: Any, n_rows: Any) -> Memory:
    begin, end, n_tiles = before[0], before[-1] + n_rows[-1], len(n_rows)
    marks, direct = arrays.get("marks", np.zeros(0)), arrays.get("places", np.zeros(0, np.int32))
    sizes = layout.n_features if len(direct) > 0 else 0
    memory = Memory(
        first=first,
        rows=arrays["rows"][begin * layout.stride : end * layout.stride],
        starts=(before - begin) * layout.stride,
        n_rows=n_rows,
        room=n_rows,
        places=direct[first * sizes : (first + n_tiles) * sizes],
        tables=np.arange(n_tiles) * sizes,
        bits=np.zeros(n_tiles, np.int64),
        marks=marks[2 * begin : 2 * end] if len(marks) > 0 else marks,
    )
    if "row_features" not in arrays:
        return memory
    tables = places.no_tables(layout, first, n_rows)
    memory = memory._replace(places=tables.places, tables=tables.begins, bits=tables.bits)
    for number in range(n_tiles):
        at = before[number] - FIRST * (first + number)
        features = arrays["row_features"][at : at + n_rows[number] - FIRST]
        place_features(features, memory, first + number)
    return memory


def _joined(parts: list[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
