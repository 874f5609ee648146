"""Score rows by a model that keeps few weights, each in one byte."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.kept.ranks import Ranks, rank_of
from torrential.types import Float32, Int8, Int32, Int64, UInt16


@kernel
def weight_of(code: int, scale: np.float32) -> np.float32:
    """Return the weight of a code: its square, with its sign, times the scale of the class."""
    size = np.int32(code)
    return np.float32(size * abs(size)) * scale


@kernel(error_model="numpy")
def decide_compact(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    ranks: Ranks,
    begins: Int32,
    classes: UInt16,
    codes: Int8,
    scales: Float32,
    scores: Float32,
) -> None:
    """Add the products of rows to scores, shape (n_rows, n_columns), which begin as intercepts.

    The entries of the column with rank r are those from ``begins[r]`` to ``begins[r + 1]``. With
    one class, ``begins`` and ``classes`` are empty, and entry r is that of rank r.
    """
    for row in range(len(indptr) - 1):
        if len(begins) == 0:
            total = scores[row, 0]
            for j in range(indptr[row], indptr[row + 1]):
                if data[j] != 0:
                    rank = rank_of(ranks, indices[j])
                    if rank >= 0:
                        total += data[j] * weight_of(codes[rank], scales[0])
            scores[row, 0] = total
        else:
            for j in range(indptr[row], indptr[row + 1]):
                if data[j] != 0:
                    rank = rank_of(ranks, indices[j])
                    if rank >= 0:
                        for entry in range(begins[rank], begins[rank + 1]):
                            column = np.int64(classes[entry])
                            weight = weight_of(codes[entry], scales[column])
                            scores[row, column] += data[j] * weight
