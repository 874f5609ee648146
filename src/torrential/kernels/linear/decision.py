"""Score rows: intercept plus the products of values and weights, for each column."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import Layout, Memory
from torrential.kernels.linear.places import SPREAD, find_places, longest_row, prefetch_places
from torrential.kernels.linear.vectors import add_products
from torrential.kernels.prefetch import prefetch
from torrential.types import Float32, Int32, Int64


@kernel(error_model="numpy")
def dot(data: Float32, places: Int32, n: int, rows: Float32, stride: int) -> np.float32:
    """Return the sum of data[j] * rows[places[j] * stride], as four independent sums."""
    a = b = c = d = np.float32(0.0)
    j = 0
    while j + 4 <= n:
        a += data[j] * rows[np.int64(places[j]) * stride]
        b += data[j + 1] * rows[np.int64(places[j + 1]) * stride]
        c += data[j + 2] * rows[np.int64(places[j + 2]) * stride]
        d += data[j + 3] * rows[np.int64(places[j + 3]) * stride]
        j += 4
    while j < n:
        a += data[j] * rows[np.int64(places[j]) * stride]
        j += 1
    return np.float32((a + b) + (c + d))


@kernel(error_model="numpy")
def score_tile(
    data: Float32,
    places: Int32,
    n: int,
    rows: Float32,
    offset: int,
    layout: Layout,
    tile: int,
    scores: Float32,
) -> None:
    """Write the scores of one row for the columns of one tile to scores[tile * width:].

    The tile begins at rows[offset]; the row has n values, and their features these places in it.
    """
    width, stride, at = layout.width, layout.stride, tile * layout.width
    intercept = offset + layout.intercept * stride
    if width == 1:
        scores[at] = rows[intercept] + dot(data, places, n, rows, stride)
        return
    for lane in range(width):
        scores[at + lane] = rows[intercept + lane]
    if width == 8:
        add_products(data, places, 0, n, rows, offset, stride, scores, at, 8)
    else:
        add_products(data, places, 0, n, rows, offset, stride, scores, at, 16)


@kernel(error_model="numpy")
def prefetch_tile(
    indices: Int32,
    begin: int,
    end: int,
    table: Int32,
    first: int,
    bits: int,
    rows: Float32,
    offset: int,
    stride: int,
    width: int,
    all_slots: bool,
) -> None:
    """Prefetch the weights of one row's features in one tile, and their accumulators."""
    for j in range(begin, end):
        place = np.int64(indices[j])
        if len(table) > 0:
            if bits == 0:
                place = np.int64(table[first + place])
            else:  # where it is at once, or not: the row is only asked for
                slot = ((place * SPREAD) & 0xFFFFFFFF) >> (32 - bits)
                place = np.int64(table[first + 2 * slot + 1])
        at = offset + place * stride
        prefetch(rows, at)
        if all_slots:
            prefetch(rows, at + width)


@kernel(error_model="numpy")
def decide(
    data: Float32, indices: Int32, indptr: Int64, memory: Memory, layout: Layout, scores: Float32
) -> None:
    """Fill scores, shape (n_rows, n_tiles * width), with the scores of one block's columns.

    Tile by tile: its places stay in the cache.
    """
    n_rows, table, rows = len(indptr) - 1, memory.places, memory.rows
    stride, width = layout.stride, layout.width
    places = np.empty(longest_row(indptr), np.int32)
    for tile in range(memory.first, min(memory.first + len(memory.starts), layout.n_tiles)):
        number = tile - memory.first
        offset, first, bits = memory.starts[number], memory.tables[number], memory.bits[number]
        for row in range(n_rows):
            begin, end = indptr[row], indptr[row + 1]
            if row + 1 < n_rows:
                prefetch_tile(
                    indices, end, indptr[row + 2], table, first, bits,
                    rows, offset, stride, width, False,
                )  # fmt: skip
            if row + 2 < n_rows:
                prefetch_places(indices, indptr[row + 2], indptr[row + 3], table, first, bits)
            find_places(indices, begin, end, table, first, bits, places)
            score_tile(
                data[begin:end], places, end - begin, rows, offset, layout, tile, scores[row]
            )
