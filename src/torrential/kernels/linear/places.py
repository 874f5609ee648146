"""Places: which row of a tile belongs to a feature, found, asked for in time, and taken."""

from typing import Any

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import FIRST, ZEROS, Layout, Memory
from torrential.kernels.prefetch import prefetch
from torrential.types import Float32, Int32, Int64

FLOATS_PER_LINE = 16
"""Numbers of four bytes in a cache line of 64."""

SPREAD = 2654435769
"""2**32 divided by the golden ratio: its multiples are spread evenly (Knuth, TAOCP 3, 6.4)."""


@kernel
def longest_row(indptr: Int64) -> int:
    """Return the largest number of values in a row."""
    longest = 0
    for row in range(len(indptr) - 1):
        longest = max(longest, indptr[row + 1] - indptr[row])
    return longest


@kernel
def prefetch_row(data: Float32, indices: Int32, begin: int, end: int) -> None:
    """Prefetch one row's columns and values: shuffled rows are not adjacent."""
    for j in range(begin, end, FLOATS_PER_LINE):
        prefetch(indices, j)
        prefetch(data, j)
    if end > begin:  # rows do not begin on a line, so the last values may be on one more
        prefetch(indices, end - 1)
        prefetch(data, end - 1)


@kernel
def slot_of(places: Int32, begin: int, bits: int, feature: Any) -> Any:
    """Return the index in `places` of a feature's row, present or yet to be written.

    With 0 bits the tile has a number for each feature. Else it has slots, of which the feature's is
    the first with its name or none, from the one that its hash names.
    """
    # One exit: with several, Numba counts references to the arrays at every call.
    at = begin + np.int64(feature)
    if bits > 0:
        name, last = np.int64(feature) + 1, (np.int64(1) << bits) - 1
        slot = ((np.int64(feature) * SPREAD) & 0xFFFFFFFF) >> (32 - bits)
        while places[begin + 2 * slot] != 0 and places[begin + 2 * slot] != name:
            slot = (slot + 1) & last
        at = begin + 2 * slot + 1
    return at


@kernel
def prefetch_places(
    indices: Int32, begin: int, end: int, table: Int32, first: int, bits: int
) -> None:
    """Prefetch the places of one row's features in the tile whose part of the table is there."""
    if len(table) == 0:
        return
    if bits == 0:
        for j in range(begin, end):
            prefetch(table, first + indices[j])
    else:
        for j in range(begin, end):
            slot = ((np.int64(indices[j]) * SPREAD) & 0xFFFFFFFF) >> (32 - bits)
            prefetch(table, first + 2 * slot)


@kernel
def find_places(
    indices: Int32, begin: int, end: int, table: Int32, first: int, bits: int, places: Int32
) -> None:
    """Write the places of one row's features in a tile.

    A feature that was never updated has that of the zeros. Here and above, a tile is identified by
    plain numbers, which travel in registers: the whole of `Memory` costs more than what is done
    with it.
    """
    if len(table) == 0:
        for j in range(end - begin):
            places[j] = indices[begin + j]
    elif bits == 0:  # separate, since this is fast
        for j in range(end - begin):
            places[j] = table[first + indices[begin + j]]
    else:
        for j in range(end - begin):
            places[j] = table[slot_of(table, first, bits, indices[begin + j])]


@kernel
def lacks_places(places: Int32, n: int) -> bool:
    """Return whether one of n features was never updated."""
    n_missing = 0
    for j in range(n):
        n_missing += places[j] == ZEROS
    return n_missing > 0


@kernel
def take_places(
    indices: Int32, begin: int, end: int, memory: Memory, layout: Layout, tile: int, places: Int32
) -> None:
    """Assign the tile's next rows to features without one, and correct their places.

    The tile has room for them (`lacks_room`).
    """
    if len(memory.places) == 0:
        return
    number = tile - memory.first
    first, bits = memory.tables[number], memory.bits[number]
    first_mark = 2 * (memory.starts[number] // layout.stride)
    for j in range(end - begin):
        if places[j] != ZEROS:
            continue
        feature = indices[begin + j]
        at = slot_of(memory.places, first, bits, feature)
        if memory.places[at] == ZEROS:  # else the feature is in this row twice
            taken = memory.n_rows[number]
            memory.places[at] = np.int32(taken)
            if bits > 0:
                memory.places[at - 1] = feature + np.int32(1)
            memory.n_rows[number] = taken + 1
            if len(memory.marks) > 0:  # a new row is as up to date as the zeros are
                mark = first_mark + 2 * taken
                memory.marks[mark] = memory.marks[first_mark]
                memory.marks[mark + 1] = memory.marks[first_mark + 1]
        places[j] = memory.places[at]


@kernel
def lacks_room(n: int, memory: Memory, layout: Layout, tile: int) -> bool:
    """Return whether a tile may lack memory for the rows of n more features."""
    number = tile - memory.first
    room = memory.room[number]
    is_whole = len(memory.places) == 0 or room >= layout.n_features + FIRST
    return memory.n_rows[number] + n > room and not is_whole


@kernel
def place_features(features: Int32, memory: Memory, tile: int) -> None:
    """Write the features of a tile's rows to its empty table, in their order."""
    number = tile - memory.first
    first, bits = memory.tables[number], memory.bits[number]
    for j in range(len(features)):
        at = slot_of(memory.places, first, bits, features[j])
        memory.places[at] = np.int32(FIRST + j)
        if bits > 0:
            memory.places[at - 1] = features[j] + np.int32(1)
