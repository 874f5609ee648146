"""Losses of rows over all of their columns."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.losses import AT_ONCE, are_flat, flat_below, largest, loss
from torrential.types import Float32, Float64, Int32, Int64


@kernel(error_model="numpy")
def row_losses(
    scores: Float32, targets: Float32, kind: int, is_softmax: bool, epsilon: float
) -> Float64:
    """Return each row's loss, shape (n_rows,), over all of its columns."""
    n_rows, n_columns = scores.shape
    result, flat = np.zeros(n_rows), flat_below(kind)
    for row in range(n_rows):
        if n_columns == 1:
            result[row] = loss(kind, scores[row, 0], np.float64(targets[row]), epsilon)
        elif is_softmax:
            top, total = largest(scores[row], n_columns), np.float32(0.0)
            for column in range(n_columns):
                total += np.exp(scores[row, column] - top)
            result[row] = top - scores[row, int(targets[row])]
            result[row] += np.log(total)
        else:
            target, of_row = int(targets[row]), scores[row]
            for begin in range(0, n_columns, AT_ONCE):
                end = min(n_columns, begin + AT_ONCE)
                if are_flat(of_row, begin, end, flat) and not begin <= target < end:
                    continue
                for column in range(begin, end):
                    if of_row[column] < flat and column != target:
                        continue
                    y = 1.0 if column == target else -1.0
                    result[row] += loss(kind, of_row[column], y, epsilon)
    return result


@kernel(error_model="numpy")
def set_losses(
    scores: Float32, codes: Int32, starts: Int64, members: Int32, kind: int, epsilon: float
) -> Float64:
    """Return each row's loss over all of its columns, where codes are of sets of columns."""
    n_rows, n_columns = scores.shape
    result, flat = np.zeros(n_rows), flat_below(kind)
    for row in range(n_rows):
        at, end = starts[codes[row]], starts[codes[row] + 1]
        for column in range(n_columns):
            y = -1.0
            if at < end and members[at] == column:
                y, at = 1.0, at + 1
            elif scores[row, column] < flat:
                continue
            result[row] += loss(kind, scores[row, column], y, epsilon)
    return result


@kernel
def sum_from(total: float, values: Float64) -> float:
    """Return a sum after adding values one after the other: they may be cut anywhere."""
    for value in values:
        total += value
    return total
