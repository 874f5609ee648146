"""The histogram of predicted log odds by class, from which figures of probabilities come."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.types import Bool, Float32, Float64

PER_UNIT = 128
"""Bins for each unit of log odds: probabilities in a bin differ by less than 0.8 % of theirs."""

MOST = 16
"""Log odds beyond this are in the outermost bins: probabilities within 1.2e-7 of 0 or 1."""

N_BINS = 2 * MOST * PER_UNIT

POSITIVE, NEGATIVE, POSITIVE_OFFSETS, NEGATIVE_OFFSETS = range(4)
"""Columns of the histogram: weights of the rows, and weighted distances from the bin's center."""

N_COLUMNS = 4


@kernel(error_model="numpy")
def count_log_odds(log_odds: Float32, positive: Bool, weight: Float32, table: Float64) -> None:
    """Add rows, in their order, to a histogram.

    Parameters
    ----------
    log_odds : float32 array of shape (n_rows,)
    positive : bool array of shape (n_rows,)
    weight : float32 array of shape (n_rows,)
        Empty if all weigh 1.
    table : float64 array of shape (N_BINS, N_COLUMNS)
        Changed in place.
    """
    is_weighted = len(weight) > 0
    for row in range(len(log_odds)):
        value = np.float64(log_odds[row])
        place = 0
        if value >= MOST:
            place = N_BINS - 1
        elif value > -MOST:
            place = int((value + MOST) * PER_UNIT)
        offset = value - ((place + 0.5) / PER_UNIT - MOST)
        weighs = np.float64(weight[row]) if is_weighted else 1.0
        column = POSITIVE if positive[row] else NEGATIVE
        table[place, column] += weighs
        table[place, column + POSITIVE_OFFSETS] += weighs * offset
