"""Score rows: intercept plus the products of values and weights, for each column."""

import numpy as np
from numba import njit

from torrential.kernels.layout import Layout
from torrential.kernels.vectors import add_products, prefetch
from torrential.types import Float32, Int32, Int64

FLOATS_PER_LINE = 16
"""Numbers of four bytes in a cache line of 64."""


@njit(cache=True, nogil=True, error_model="numpy")
def dot(
    data: Float32, indices: Int32, begin: int, end: int, rows: Float32, stride: int
) -> np.float32:
    """Return the sum of data[j] * rows[indices[j] * stride], as four sums that need not wait."""
    a = b = c = d = np.float32(0.0)
    j = begin
    while j + 4 <= end:
        a += data[j] * rows[np.int64(indices[j]) * stride]
        b += data[j + 1] * rows[np.int64(indices[j + 1]) * stride]
        c += data[j + 2] * rows[np.int64(indices[j + 2]) * stride]
        d += data[j + 3] * rows[np.int64(indices[j + 3]) * stride]
        j += 4
    while j < end:
        a += data[j] * rows[np.int64(indices[j]) * stride]
        j += 1
    return np.float32((a + b) + (c + d))


@njit(cache=True, nogil=True, error_model="numpy")
def score_tile(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    layout: Layout,
    tile: int,
    scores: Float32,
) -> None:
    """Write the scores of one row for the columns of one tile to scores[tile * width:]."""
    width, stride = layout.width, layout.stride
    offset, at = tile * layout.tile_size, tile * width
    intercept = layout.n_features * stride + offset
    if width == 1:
        scores[at] = rows[intercept] + dot(data, indices, begin, end, rows, stride)
        return
    for lane in range(width):
        scores[at + lane] = rows[intercept + lane]
    if width == 8:
        add_products(data, indices, begin, end, rows, offset, stride, scores, at, 8)
    else:
        add_products(data, indices, begin, end, rows, offset, stride, scores, at, 16)


@njit(cache=True, nogil=True, error_model="numpy")
def prefetch_tile(
    indices: Int32, begin: int, end: int, rows: Float32, layout: Layout, tile: int, all_parts: bool
) -> None:
    """Ask for the weights of one row's features in one tile, and for their accumulators."""
    offset = tile * layout.tile_size
    for j in range(begin, end):
        at = np.int64(indices[j]) * layout.stride + offset
        prefetch(rows, at)
        if all_parts:
            prefetch(rows, at + layout.width)


@njit(cache=True, nogil=True, error_model="numpy")
def prefetch_row(data: Float32, indices: Int32, begin: int, end: int) -> None:
    """Ask for one row's columns and values: rows in a shuffled order are not next to each other."""
    for j in range(begin, end, FLOATS_PER_LINE):
        prefetch(indices, j)
        prefetch(data, j)


@njit(cache=True, nogil=True, error_model="numpy")
def decide(
    data: Float32, indices: Int32, indptr: Int64, rows: Float32, layout: Layout, scores: Float32
) -> None:
    """Fill scores, shape (n_rows, n_tiles * width)."""
    n_rows = len(indptr) - 1
    for row in range(n_rows):
        begin, end = indptr[row], indptr[row + 1]
        for tile in range(layout.n_tiles):
            if row + 1 < n_rows:
                prefetch_tile(indices, end, indptr[row + 2], rows, layout, tile, False)
            score_tile(data, indices, begin, end, rows, layout, tile, scores[row])
