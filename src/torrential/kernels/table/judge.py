"""What one more feature of a row would win, added to a model whose scores stay as they are."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.penalty import TINY
from torrential.kernels.table.cells import mixed


@kernel(error_model="numpy")
def judge(first, second, margins, targets, begin, bits, rate, weights):
    """Return the mean log loss from row ``begin`` on, of weights that learned the rows before it.

    Parameters
    ----------
    first, second : uint64 arrays of shape (n_rows,)
        Hashes of two cells; an empty second one for a single cell.
    margins : float32 array of shape (n_rows,)
        Log odds of the model without this feature.
    targets : float32 array of shape (n_rows,), -1 or 1
    begin : int
        First row that counts.
    bits : int
        The features have 2 ** bits weights.
    rate : float32
        Of AdaGrad.
    weights : float32 array of shape (2 ** (bits + 1),)
        Memory for weights and sums of squares.
    """
    weights[:] = 0.0
    total, shift = 0.0, np.uint64(64 - bits)
    for i in range(len(margins)):
        key = mixed(first[i], second[i]) if len(second) > 0 else first[i]
        at = 2 * np.int64(key >> shift)
        target = targets[i]
        agreement = np.float64(target * (margins[i] + weights[at]))
        if i >= begin:
            total += max(0.0, -agreement) + np.log1p(np.exp(-abs(agreement)))
            continue
        slope = -target / np.float32(1.0 + np.exp(agreement))
        weights[at + 1] += slope * slope
        weights[at] -= rate * slope / np.sqrt(weights[at + 1] + TINY)
    return total / (len(margins) - begin)
