"""Sums of rows of a matrix, which are asked for before they are read."""

import numpy as np

from torrential.kernels.fasttext.model import CODEBOOK
from torrential.kernels.fasttext.vectors import add_rows
from torrential.kernels.jit import lean_kernel
from torrential.kernels.prefetch import prefetch

LINE = 64
"""Bytes that memory brings at a time."""

STEP = 16
"""Rows that are added while memory brings the next ones."""


@lean_kernel
def add_listed(matrix, dim, rows, n_rows, total, factors):
    """Add rows of the input to a vector, in their order.

    Parameters
    ----------
    matrix : Input
    dim : int
    rows : int32 array
    n_rows : int
    total : float32 array of shape (dim,)
    factors : float32 array
        Room for a factor of each row, if they are quantized.
    """
    if matrix.n_parts > 0:
        _add_quantized(matrix, dim, rows, n_rows, total, factors)
        return
    source, at, size = matrix.source, matrix.at, 4 * dim
    _ask_for(source, at, size, rows, 0, min(STEP, n_rows))
    for first in range(0, n_rows, STEP):
        last = min(first + STEP, n_rows)
        _ask_for(source, at, size, rows, last, min(last + STEP, n_rows))
        add_rows(source, at, dim, rows, first, last, total)


@lean_kernel
def _ask_for(source, at, size, rows, first, last):
    for i in range(first, last):
        begin = at + size * np.int64(rows[i])
        for place in range(begin, begin + size - 1, LINE):
            prefetch(source, place)
        prefetch(source, begin + size - 1)


@lean_kernel
def _add_quantized(matrix, dim, rows, n_rows, total, factors):
    """Add the same part of all rows, then the next part: its sums stay in registers."""
    source, centroids = matrix.source, matrix.centroids
    for i in range(n_rows):
        factors[i] = 1.0
        if matrix.norms_at >= 0:
            factors[i] = matrix.norms[source[matrix.norms_at + np.int64(rows[i])]]
    for number in range(matrix.n_parts):
        at = matrix.at + number
        first = number * matrix.part
        size = min(matrix.part, dim - first)
        codebook = CODEBOOK * first
        if size == 2:
            left, right = total[first], total[first + 1]
            for i in range(n_rows):
                code = np.int64(source[at + matrix.n_parts * np.int64(rows[i])])
                place = codebook + 2 * code
                left += factors[i] * centroids[place]
                right += factors[i] * centroids[place + 1]
            total[first], total[first + 1] = left, right
            continue
        for i in range(n_rows):
            code = np.int64(source[at + matrix.n_parts * np.int64(rows[i])])
            place = codebook + size * code
            for j in range(size):
                total[first + j] += factors[i] * centroids[place + j]
