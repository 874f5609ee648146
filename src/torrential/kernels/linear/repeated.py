"""Features that a row has twice: found and added up without sorting the row."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.types import Float32, Int32, Int64

SLOTS = 2**11
"""Slots of the table of last rows: 8 KB, which stay in the nearest cache."""

LONGEST = 2**9
"""Values of a row; of a longer one too many share a slot, and sorting is as fast."""


@kernel
def first_with_repeats(indices: Int32, indptr: Int64) -> int:
    """Return the first row that has a feature twice, and the number of rows if none has.

    Each slot has the last row in which one of its features was. Only if that is this row, the
    feature is compared with those before it.
    """
    last_row, n_rows = np.full(SLOTS, -1, np.int32), len(indptr) - 1
    for row in range(n_rows):
        begin, end = indptr[row], indptr[row + 1]
        for j in range(begin, end):
            slot = indices[j] & (SLOTS - 1)
            if last_row[slot] == row:
                for before in range(begin, j):
                    if indices[before] == indices[j]:
                        return row
            last_row[slot] = row
    return n_rows


@kernel
def add_up_repeats(data: Float32, indices: Int32, indptr: Int64, first: int) -> None:
    """Add up the values of a feature that a row has twice in the first one, and set others to 0.

    Rows before ``first`` have none.
    """
    last_row = np.full(SLOTS, -1, np.int32)
    for row in range(first, len(indptr) - 1):
        begin, end = indptr[row], indptr[row + 1]
        for j in range(begin, end):
            slot = indices[j] & (SLOTS - 1)
            if last_row[slot] == row:
                for before in range(begin, j):
                    if indices[before] == indices[j]:
                        data[before] += data[j]
                        data[j] = 0.0
                        break
            last_row[slot] = row
