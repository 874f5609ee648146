"""Score rows by a model that keeps few weights, each in one byte."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.kept.ranks import Ranks, rank_of
from torrential.types import Float32, Int8, Int32, Int64, UInt16


@kernel(error_model="numpy")
def decide_compact(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    ranks: Ranks,
    begins: Int32,
    classes: UInt16,
    codes: Int8,
    dense_rows: Int32,
    dense: Int8,
    sizes: Float32,
    scales: Float32,
    scores: Float32,
) -> None:
    """Add the products of rows to scores, shape (n_rows, n_columns), which begin as intercepts.

    The entries of the column with rank r are those from ``begins[r]`` to ``begins[r + 1]``. With
    one class, ``begins`` and ``classes`` are empty, and entry r is that of rank r. A weight is
    ``sizes[code]``, where -1 is the last one, times the scale of its class. Columns with weights of
    many classes have all codes in a row of ``dense`` as well, whose number is ``dense_rows[r]``, or
    -1: adjacent ones are added several at a time, to the same bits. Indices are unsigned: of signed
    ones is asked whether they count from the end.
    """
    n_classes = np.uint64(len(scales))
    sums = np.zeros(len(scales), np.float32)
    for row in range(len(indptr) - 1):
        sums[:] = 0
        total = np.float32(0)
        for j in range(np.uint64(indptr[row]), np.uint64(indptr[row + 1])):
            value = data[j]
            if value == 0:
                continue
            rank = rank_of(ranks, indices[j])
            if rank < 0:
                continue
            place = np.uint64(rank)
            if len(begins) == 0:
                total += value * sizes[np.uint8(codes[place])]
                continue
            if dense_rows[place] >= 0:
                first = np.uint64(dense_rows[place]) * n_classes
                for column in range(n_classes):
                    code = np.int32(dense[first + column])
                    sums[column] += value * np.float32(code * abs(code))
                continue
            end = np.uint64(begins[place + np.uint64(1)])
            for entry in range(np.uint64(begins[place]), end):
                sums[np.uint64(classes[entry])] += value * sizes[np.uint8(codes[entry])]
        if len(begins) == 0:
            sums[0] = total
        for column in range(len(scales)):
            scores[row, column] += sums[column] * scales[column]
