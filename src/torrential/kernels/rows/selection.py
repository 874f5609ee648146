"""Copies of some of the rows of a sparse matrix."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.types import Float32, Int32, Int64


@kernel
def count_values(indptr: Int64, rows: Int64) -> int:
    """Return the total number of values of some rows."""
    total = 0
    for row in rows:
        total += indptr[row + 1] - indptr[row]
    return total


@kernel
def copy_rows(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    rows: Int64,
    out_data: Float32,
    out_indices: Int32,
    out_indptr: Int64,
) -> None:
    """Copy rows one after the other; out_indptr, shape (n_chosen + 1,), begins at 0."""
    at = np.int64(0)
    out_indptr[0] = 0
    for place, row in enumerate(rows):
        for j in range(indptr[row], indptr[row + 1]):
            out_data[at] = data[j]
            out_indices[at] = indices[j]
            at += 1
        out_indptr[place + 1] = at
