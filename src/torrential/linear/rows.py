"""Memory of the weight rows: how many columns it has room for, and the move to more."""

from typing import Any

import numpy as np

from torrential.kernels.layout import (
    ACCUMULATOR,
    AVERAGE,
    FIRST,
    INTERCEPT,
    WEIGHT,
    Layout,
    Memory,
    Rule,
)
from torrential.kernels.penalty import ADAGRAD
from torrential.types import Arrays, Float32

CACHE_LINE = 16  # floats
NARROW, WIDE = 8, 16  # columns of a tile, for up to 8 classes and for more
SPARE = 2  # times the tiles needed are reserved: untouched memory is not taken, and moves are rare


def plan(n_features: int, n_columns: int, n_parts: int) -> Layout:
    """Return the layout for so many columns."""
    width = 1 if n_columns == 1 else NARROW if n_columns <= NARROW else WIDE
    n_tiles, intercept = -(-n_columns // width), n_features if width == 1 else INTERCEPT
    return Layout(n_features, n_columns, n_tiles, width, n_parts, n_parts * width, intercept)


def most_rows(layout: Layout) -> int:
    """Return how many rows a tile can come to have."""
    return layout.n_features + (1 if layout.width == 1 else FIRST)


def aligned_zeros(size: int) -> Float32:
    """Return float32 zeros that start on a cache line; memory is taken as it is touched."""
    memory = np.zeros(size + CACHE_LINE, np.float32)
    skip = (-memory.ctypes.data // memory.itemsize) % CACHE_LINE
    return memory[skip : skip + size]


def allocate(layout: Layout, *, penalised: bool) -> Memory:
    """Return zeros with room for all rows of a layout, and for more tiles when they are wide."""
    n_tiles = SPARE * layout.n_tiles if layout.width == WIDE else layout.n_tiles
    room, is_dense = most_rows(layout), layout.width == 1
    return Memory(
        rows=aligned_zeros(n_tiles * room * layout.stride),
        starts=np.arange(n_tiles) * room * layout.stride,
        n_rows=np.full(n_tiles, room if is_dense else FIRST),
        places=np.zeros(0 if is_dense else n_tiles * layout.n_features, np.int32),
        marks=np.zeros(2 * n_tiles * room if penalised else 0),
    )


def has_room(memory: Memory, layout: Layout) -> bool:
    """Tell whether no tile of a layout can outgrow the memory."""
    return len(memory.starts) >= layout.n_tiles and (
        len(memory.rows) >= len(memory.starts) * most_rows(layout) * layout.stride
    )


def tile_rows(memory: Memory, layout: Layout, tile: int) -> Float32:
    """View the rows of a tile as shape (n_rows, parts, width)."""
    begin = memory.starts[tile]
    used = memory.rows[begin : begin + memory.n_rows[tile] * layout.stride]
    return used.reshape(-1, layout.parts, layout.width)


def tile_marks(memory: Memory, layout: Layout, tile: int) -> np.ndarray[Any, Any]:
    """View the penalty's marks of a tile as shape (n_rows, 2), or (0, 2) without a penalty."""
    begin = memory.starts[tile] // layout.stride
    return memory.marks.reshape(-1, 2)[begin : begin + memory.n_rows[tile]]


def tile_places(memory: Memory, layout: Layout, tile: int) -> np.ndarray[Any, Any]:
    """View the places of all features in a tile; of none in a tile that is dense."""
    return memory.places[tile * layout.n_features : (tile + 1) * layout.n_features]


def weights(memory: Memory, layout: Layout) -> Float32:
    """Copy the weights to shape (n_columns, n_features + 1), the intercept last."""
    if layout.width == 1:
        return tile_rows(memory, layout, 0)[:, WEIGHT].T.copy()
    result = np.zeros((layout.n_tiles * layout.width, layout.n_features + 1), np.float32)
    for tile in range(layout.n_tiles):
        columns = result[tile * layout.width : (tile + 1) * layout.width]
        known = tile_rows(memory, layout, tile)[:, WEIGHT]
        places = tile_places(memory, layout, tile)
        features = np.flatnonzero(places)
        columns[:, features] = known[places[features]].T
        columns[:, -1] = known[INTERCEPT]
    return result[: layout.n_columns]


def set_weights(memory: Memory, layout: Layout, columns: Float32) -> None:
    """Set the weights, from shape (n_columns, n_features + 1), the intercept last."""
    if layout.width == 1:
        tile_rows(memory, layout, 0)[:, WEIGHT] = columns.T
        return
    for tile in range(layout.n_tiles):
        values = columns[tile * layout.width : (tile + 1) * layout.width].T
        take_rows(memory, layout, tile, np.flatnonzero(values[:-1].any(axis=1)))
        places = tile_places(memory, layout, tile)
        features = np.flatnonzero(places)
        known = tile_rows(memory, layout, tile)[:, WEIGHT, : values.shape[1]]
        known[places[features]] = values[features]
        known[INTERCEPT] = values[-1]


def take_rows(memory: Memory, layout: Layout, tile: int, features: np.ndarray[Any, Any]) -> None:
    """Give the next rows of a tile to those features that have none, in their order."""
    places = tile_places(memory, layout, tile)
    new = features[places[features] == 0]
    first = memory.n_rows[tile]
    places[new] = np.arange(first, first + len(new))
    memory.n_rows[tile] += len(new)


def moved(memory: Memory, old: Layout, new: Layout, rule: Rule) -> Memory:
    """Return memory with room for a layout of as many columns or more, which start at zero.

    One column of two classes becomes two that mirror each other: -w and w, or for softmax -w / 2
    and w / 2, which say what the logistic function said.
    """
    if new.width == old.width and has_room(memory, new):
        return memory
    if old.width == 1 and new.width > 1:
        return _mirrored(memory, old, new, rule)
    return copied(memory, old, new)


def copied(memory: Memory, old: Layout, new: Layout | None = None) -> Memory:
    """Return a copy with room to grow, in a layout that has more tiles, or a wider one."""
    new = new or old
    result = allocate(new, penalised=len(memory.marks) > 0)
    for tile in range(old.n_tiles):
        result.n_rows[tile] = memory.n_rows[tile]
        tile_rows(result, new, tile)[:, :, : old.width] = tile_rows(memory, old, tile)
        tile_marks(result, new, tile)[:] = tile_marks(memory, old, tile)
        tile_places(result, new, tile)[:] = tile_places(memory, old, tile)
    return result


def _mirrored(memory: Memory, old: Layout, new: Layout, rule: Rule) -> Memory:
    """Return two columns for one, in rows for all features that it has updated."""
    result = allocate(new, penalised=len(memory.marks) > 0)
    source = tile_rows(memory, old, 0)
    features = np.flatnonzero(source[:-1].any(axis=(1, 2)))
    take_rows(result, new, 0, features)
    from_rows = [*features, old.intercept]
    to_rows = [*tile_places(result, new, 0)[features], INTERCEPT]
    columns = np.repeat(source[from_rows], 2, axis=2)
    scale = np.float32(0.5 if rule.softmax else 1.0)
    for part in (WEIGHT, AVERAGE)[: old.parts - 1]:
        columns[:, part] *= [-scale, scale]
    if rule.schedule != ADAGRAD:  # then it is the L1 penalty received, which has a sign
        columns[:, ACCUMULATOR, 0] *= -1
    tile_rows(result, new, 0)[to_rows, :, :2] = columns
    if len(memory.marks) > 0:
        tile_marks(result, new, 0)[to_rows] = tile_marks(memory, old, 0)[from_rows]
    return result


def arrays_of(memory: Memory, layout: Layout) -> Arrays:
    """Return what `memory_over` takes: rows and marks as many as are in use, tile after tile.

    Those of one tile are not copied.
    """
    numbers = range(layout.n_tiles)
    rows = [tile_rows(memory, layout, tile).ravel() for tile in numbers]
    arrays: Arrays = {"rows": _joined(rows)}
    if layout.width > 1:
        arrays["places"] = memory.places[: layout.n_tiles * layout.n_features]
        arrays["rows_per_tile"] = memory.n_rows[: layout.n_tiles]
    if len(memory.marks) > 0:
        marks = [tile_marks(memory, layout, tile).ravel() for tile in numbers]
        arrays["marks"] = _joined(marks)
    return arrays


def memory_over(arrays: Arrays, layout: Layout) -> Memory:
    """Return memory that stands in the arrays of `arrays_of`, without room for more rows."""
    n_rows = arrays.get("rows_per_tile", np.array([layout.n_features + 1]))
    before = np.cumsum(n_rows) - n_rows
    return Memory(
        rows=arrays["rows"],
        starts=before * layout.stride,
        n_rows=n_rows,
        places=arrays.get("places", np.zeros(0, np.int32)),
        marks=arrays.get("marks", np.zeros(0)),
    )


def _joined(parts: list[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
