"""Places: which row of a tile belongs to a feature, found, asked for in time, and taken."""

import numpy as np
from numba import njit

from torrential.kernels.layout import ZEROS, Layout, Memory
from torrential.kernels.vectors import prefetch
from torrential.types import Float32, Int32, Int64

FLOATS_PER_LINE = 16
"""Numbers of four bytes in a cache line of 64."""


@njit(cache=True, nogil=True)
def longest_row(indptr: Int64) -> int:
    """Return the largest number of values that a row has."""
    longest = 0
    for row in range(len(indptr) - 1):
        longest = max(longest, indptr[row + 1] - indptr[row])
    return longest


@njit(cache=True, nogil=True)
def prefetch_row(data: Float32, indices: Int32, begin: int, end: int) -> None:
    """Ask for one row's columns and values: rows in a shuffled order are not next to each other."""
    for j in range(begin, end, FLOATS_PER_LINE):
        prefetch(indices, j)
        prefetch(data, j)


@njit(cache=True, nogil=True)
def prefetch_places(
    indices: Int32, begin: int, end: int, memory: Memory, layout: Layout, tile: int
) -> None:
    """Ask for the places of one row's features in one tile."""
    if len(memory.places) > 0:
        first = tile * layout.n_features
        for j in range(begin, end):
            prefetch(memory.places, first + indices[j])


@njit(cache=True, nogil=True)
def find_places(
    indices: Int32, begin: int, end: int, memory: Memory, layout: Layout, tile: int, places: Int32
) -> int:
    """Write the places of one row's features in one tile; return how many they are.

    A feature that was never updated has that of the zeros.
    """
    n = end - begin
    if len(memory.places) == 0:
        for j in range(n):
            places[j] = indices[begin + j]
    else:
        first = tile * layout.n_features
        for j in range(n):
            places[j] = memory.places[first + indices[begin + j]]
    return n


@njit(cache=True, nogil=True)
def take_places(
    indices: Int32, begin: int, end: int, memory: Memory, layout: Layout, tile: int, places: Int32
) -> None:
    """Give the next row of the tile to each feature that has none, and correct its place."""
    if len(memory.places) == 0:
        return
    first, first_mark = tile * layout.n_features, 2 * (memory.starts[tile] // layout.stride)
    for j in range(end - begin):
        if places[j] != ZEROS:
            continue
        at = first + indices[begin + j]
        if memory.places[at] == ZEROS:  # else the feature stands in this row twice
            taken = memory.n_rows[tile]
            memory.places[at] = np.int32(taken)
            memory.n_rows[tile] = taken + 1
            if len(memory.marks) > 0:  # a new row is as up to date as the zeros are
                mark = first_mark + 2 * taken
                memory.marks[mark] = memory.marks[first_mark]
                memory.marks[mark + 1] = memory.marks[first_mark + 1]
        places[j] = memory.places[at]
