"""Weights of rows as AdaGrad sees them: a row of weight k is learned as k equal rows in turn.

A gradient times k would tell AdaGrad's sums k**2, so a heavy row would stop the weights that it
shares with others; and one long step overshoots where the slope ends (hinge). So the weight is cut
into equal pieces of about 1, and a step is taken for each, from the scores that the one before left
(the "h times" of Karampatziakis and Langford, "Online Importance Weight Aware Updates", UAI 2011,
section 3). A piece of u is u of a row: it adds u g**2 to the sums and steps u g / sqrt(sum), which
are the sum and the step of the gradient sqrt(u) g at the rate sqrt(u) eta0. Where u is 1, that is
the plain step, to the bit. All other rates are scikit-learn's, where a weight multiplies the
gradient.
"""

import numpy as np

from torrential.kernels.jit import inner_kernel

MOST_STEPS = 64
"""Pieces of a weight at most; those of heavier rows are larger."""


@inner_kernel(error_model="numpy")
def pieces_of(weight: np.float32) -> int:
    """Return the number of equal steps in which a row of this weight is learned."""
    return max(1, int(min(weight, np.float32(MOST_STEPS)) + np.float32(0.5)))


@inner_kernel(error_model="numpy")
def root_of_piece(weight: np.float32, n_pieces: int) -> np.float32:
    """Return the factor of both slope and rate in each step; exactly 1 for a single step."""
    return np.sqrt(weight / np.float32(n_pieces))
