"""Memory of the weight rows of one block of tiles: how many it has room for, and how it grows."""

from typing import Any

import numpy as np

from torrential.kernels.linear.layout import FIRST, INTERCEPT, Layout, Memory
from torrential.linear.memory import places
from torrential.linear.memory.places import Tables
from torrential.linear.memory.zeros import aligned_zeros
from torrential.types import Float32, Int64

NARROW, WIDE = 8, 16  # columns of a tile, for up to 8 classes and for more

ROOM, GROWTH = 2**25, 4
"""Bytes of a tile's rows at first, and the factor of its room whenever it is full.

Rows that move are read, written and paged in. Memory that is never written to is not taken: arrays
from 32 MB on come from the system, page by page as they are touched (mallopt(3),
M_MMAP_THRESHOLD), and smaller ones may be what was in use before, which has to be cleared.
"""

SMALL_ROOM, SMALL_GROWTH = 2**17, 2
"""The same where there are many tiles (`places.DIRECT_TILES`)."""


def plan(n_features: int, n_columns: int, n_slots: int) -> Layout:
    """Return the layout for this many columns."""
    width = 1 if n_columns == 1 else NARROW if n_columns <= NARROW else WIDE
    n_tiles, intercept = -(-n_columns // width), n_features if width == 1 else INTERCEPT
    return Layout(n_features, n_columns, n_tiles, width, n_slots, n_slots * width, intercept)


def layout_state(layout: Layout) -> dict[str, int]:
    """Return a layout as JSON, for `layout_from_state`; files call its slots parts."""
    return {"parts" if name == "slots" else name: n for name, n in layout._asdict().items()}


def layout_from_state(state: dict[str, int]) -> Layout:
    """Return the layout that `layout_state` described."""
    return Layout(**{"slots" if name == "parts" else name: n for name, n in state.items()})


def most_rows(layout: Layout) -> int:
    """Return the largest possible number of rows in a tile."""
    return layout.n_features + (1 if layout.width == 1 else FIRST)


def allocate(
    layout: Layout, first: int, room: Int64, *, penalised: bool, tables: Tables | None = None
) -> Memory:
    """Return zeros with room for this many rows in each tile of a block.

    Parameters
    ----------
    layout : Layout
    first : int
        Number of the block's first tile.
    room : int64 array of shape (n_tiles,)
        At most `most_rows`.
    penalised : bool
        Whether there are marks.
    tables : Tables, default=None
        By default, tables without an entry.
    """
    if layout.width == 1:
        room = np.full(len(room), most_rows(layout))
    ends = np.cumsum(room)
    tables = tables or places.no_tables(layout, first, room)
    return Memory(
        first=first,
        rows=aligned_zeros(int(ends[-1]) * layout.stride, np.float32, "the weights"),
        starts=(ends - room) * layout.stride,
        n_rows=room.copy() if layout.width == 1 else np.full(len(room), FIRST),
        room=room,
        places=tables.places,
        tables=tables.begins,
        bits=tables.bits,
        marks=np.zeros(2 * ends[-1] if penalised else 0),
    )


def only_read(memory: Memory) -> Memory:
    """Return memory whose arrays may not be written.

    Those of a file may not be either. So kernels that only read are compiled once, not again for
    the weights of files.
    """
    arrays: tuple[np.ndarray[Any, Any], ...] = memory[1:]
    views = [array.view() for array in arrays]
    for view in views:
        view.flags.writeable = False
    return Memory(memory.first, *views)


def tile_rows(memory: Memory, layout: Layout, tile: int) -> Float32:
    """View the rows of a tile as shape (n_rows, slots, width)."""
    number = tile - memory.first
    begin = memory.starts[number]
    used = memory.rows[begin : begin + memory.n_rows[number] * layout.stride]
    return used.reshape(-1, layout.slots, layout.width)


def tile_marks(memory: Memory, layout: Layout, tile: int) -> np.ndarray[Any, Any]:
    """View the penalty's marks of a tile as shape (n_rows, 2), or (0, 2) without a penalty."""
    number = tile - memory.first
    begin = memory.starts[number] // layout.stride
    return memory.marks.reshape(-1, 2)[begin : begin + memory.n_rows[number]]


def has_many_tiles(layout: Layout) -> bool:
    """Return whether the tiles are many, so that their reserves matter."""
    return layout.n_tiles > places.DIRECT_TILES


def first_room(layout: Layout, n_tiles: int) -> Int64:
    """Return the initial room for rows of each of this many new tiles."""
    n_bytes = SMALL_ROOM if has_many_tiles(layout) else ROOM
    return np.full(n_tiles, min(max(FIRST + 1, n_bytes // (4 * layout.stride)), most_rows(layout)))


def with_room(memory: Memory, layout: Layout, tile: int, n_more: int, together: bool) -> Memory:
    """Return memory with room for the rows of this many more features in a tile.

    It is the same if there is room. In a block that learns together all tiles grow alike.
    """
    number, most = tile - memory.first, most_rows(layout)
    needed = min(most, int(memory.n_rows[number]) + n_more)
    if needed <= memory.room[number]:
        return memory
    room, growth = memory.room.copy(), SMALL_GROWTH if has_many_tiles(layout) else GROWTH
    larger = min(most, max(needed, growth * int(room[number])))
    room[slice(None) if together else number] = larger
    return copied(memory, layout, layout, room, places.kept_tables(memory, layout, room))


def copied(
    memory: Memory,
    old: Layout,
    new: Layout | None = None,
    room: Int64 | None = None,
    tables: Tables | None = None,
) -> Memory:
    """Return a copy of a block, possibly with wider tiles, more slots or without the last ones.

    Parameters
    ----------
    memory : Memory
    old, new : Layout
    room : int64 array of shape (n_tiles,), default=None
        Rows that each tile gets room for: as many tiles or more. By default as now, where it is
        known.
    tables : Tables, default=None
        Those of the block itself, if the copy is to take them over.
    """
    new = new or old
    room = np.maximum(first_room(new, len(memory.room)), memory.room) if room is None else room
    result = allocate(new, memory.first, room, penalised=len(memory.marks) > 0, tables=tables)
    for number in range(len(memory.starts)):
        tile = memory.first + number
        result.n_rows[number] = memory.n_rows[number]
        n_slots = min(old.slots, new.slots)
        found = tile_rows(memory, old, tile)[:, :n_slots]
        tile_rows(result, new, tile)[:, :n_slots, : old.width] = found
        tile_marks(result, new, tile)[:] = tile_marks(memory, old, tile)
        if tables is None:
            places.copy_table(memory, result, new, tile)
    return result
