"""Rows of several views, next to each other in one row."""

import numpy as np

from torrential.kernels.jit import kernel


@kernel
def place_rows(part, first_column, weight, places, data, indices):
    """Copy each row of one view to its place, with other columns and values times a weight.

    Parameters
    ----------
    part : tuple of data, indices and indptr
        The rows of a view.
    first_column : int
    weight : float
    places : int64 array of shape (n_rows,)
        Where each row goes to in ``data`` and ``indices``; afterwards where it ends.
    data : float32 array
    indices : int32 array
    """
    part_data, part_indices, part_indptr = part
    factor, shift = np.float32(weight), np.int32(first_column)
    for row in range(len(places)):
        begin, at = part_indptr[row], places[row]
        n = part_indptr[row + 1] - begin
        for i in range(n):
            data[at + i] = part_data[begin + i] * factor
            indices[at + i] = part_indices[begin + i] + shift
        places[row] = at + n
