"""Memory of the weight rows of one block of tiles: how many it has room for, and how it grows."""

from typing import Any

import numpy as np

from torrential.errors import NotEnoughMemoryError
from torrential.kernels.layout import FIRST, INTERCEPT, Layout, Memory
from torrential.linear import places
from torrential.types import Float32, Int64

CACHE_LINE = 16  # floats
NARROW, WIDE = 8, 16  # columns of a tile, for up to 8 classes and for more

ROOM = 2**10
"""Rows that a tile has room for at first; then twice as many whenever it is full.

Memory that is never written to is not taken, up to 2 MB of each array, which Linux gives at once.
"""


def plan(n_features: int, n_columns: int, n_parts: int) -> Layout:
    """Return the layout for so many columns."""
    width = 1 if n_columns == 1 else NARROW if n_columns <= NARROW else WIDE
    n_tiles, intercept = -(-n_columns // width), n_features if width == 1 else INTERCEPT
    return Layout(n_features, n_columns, n_tiles, width, n_parts, n_parts * width, intercept)


def most_rows(layout: Layout) -> int:
    """Return how many rows a tile can come to have."""
    return layout.n_features + (1 if layout.width == 1 else FIRST)


def aligned_zeros(size: int) -> Float32:
    """Return float32 zeros that start on a cache line; memory is taken as it is touched.

    Raises
    ------
    NotEnoughMemoryError
    """
    try:
        memory = np.zeros(size + CACHE_LINE, np.float32)
    except (MemoryError, ValueError):  # more than there is, more than an address can say
        raise NotEnoughMemoryError.of("the weights", 4 * size) from None
    skip = (-memory.ctypes.data // memory.itemsize) % CACHE_LINE
    return memory[skip : skip + size]


def allocate(layout: Layout, first: int, room: Int64, *, penalised: bool) -> Memory:
    """Return zeros with room for so many rows in each tile of a block.

    Parameters
    ----------
    layout : Layout
    first : int
        Number of the block's first tile.
    room : int64 array of shape (n_tiles,)
        At most `most_rows`.
    penalised : bool
        Whether there are marks.
    """
    if layout.width == 1:
        room = np.full(len(room), most_rows(layout))
    ends = np.cumsum(room)
    tables = places.no_tables(layout, first, room)
    return Memory(
        first=first,
        rows=aligned_zeros(int(ends[-1]) * layout.stride),
        starts=(ends - room) * layout.stride,
        n_rows=room.copy() if layout.width == 1 else np.full(len(room), FIRST),
        room=room,
        places=tables.places,
        tables=tables.begins,
        bits=tables.bits,
        marks=np.zeros(2 * ends[-1] if penalised else 0),
    )


def tile_rows(memory: Memory, layout: Layout, tile: int) -> Float32:
    """View the rows of a tile as shape (n_rows, parts, width)."""
    number = tile - memory.first
    begin = memory.starts[number]
    used = memory.rows[begin : begin + memory.n_rows[number] * layout.stride]
    return used.reshape(-1, layout.parts, layout.width)


def tile_marks(memory: Memory, layout: Layout, tile: int) -> np.ndarray[Any, Any]:
    """View the penalty's marks of a tile as shape (n_rows, 2), or (0, 2) without a penalty."""
    number = tile - memory.first
    begin = memory.starts[number] // layout.stride
    return memory.marks.reshape(-1, 2)[begin : begin + memory.n_rows[number]]


def first_room(layout: Layout, n_tiles: int) -> Int64:
    """Return how many rows each of so many new tiles has room for."""
    return np.full(n_tiles, min(ROOM, most_rows(layout)))


def with_room(memory: Memory, layout: Layout, tile: int, n_more: int, together: bool) -> Memory:
    """Return memory with room for the rows of so many more features in a tile.

    It is the same if there is room. In a block that learns together all tiles grow alike.
    """
    number, most = tile - memory.first, most_rows(layout)
    needed = min(most, int(memory.n_rows[number]) + n_more)
    if needed <= memory.room[number]:
        return memory
    room = memory.room.copy()
    larger = min(most, max(needed, 2 * int(room[number])))
    room[slice(None) if together else number] = larger
    return copied(memory, layout, layout, room)


def copied(
    memory: Memory, old: Layout, new: Layout | None = None, room: Int64 | None = None
) -> Memory:
    """Return a copy of a block, in a layout that may have wider tiles.

    Parameters
    ----------
    memory : Memory
    old, new : Layout
    room : int64 array of shape (n_tiles,), default=None
        Rows that each tile gets room for: as many tiles or more. By default as now, where it is
        known.
    """
    new = new or old
    room = np.maximum(first_room(new, len(memory.room)), memory.room) if room is None else room
    result = allocate(new, memory.first, room, penalised=len(memory.marks) > 0)
    for number in range(len(memory.starts)):
        tile = memory.first + number
        result.n_rows[number] = memory.n_rows[number]
        tile_rows(result, new, tile)[:, :, : old.width] = tile_rows(memory, old, tile)
        tile_marks(result, new, tile)[:] = tile_marks(memory, old, tile)
        places.copy_table(memory, result, new, tile)
    return result
