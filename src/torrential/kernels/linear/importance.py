"""Weights of rows as AdaGrad sees them: a row of weight k is learned as k equal rows in turn.

A gradient times k would tell AdaGrad's sums k**2, so a heavy row would stop the weights that it
shares with others; and one long step overshoots where the slope ends (hinge). So the weight is cut
into pieces, and a step is taken for each, from the scores that the one before left (the "h times"
of Karampatziakis and Langford, "Online Importance Weight Aware Updates", UAI 2011, section 3). A
piece of u is u of a row: it adds u g**2 to the sums and steps u g / sqrt(sum), which are the sum
and the step of the gradient sqrt(u) g at the rate sqrt(u) eta0. Where u is 1, that is the plain
step, to the bit. All other rates are scikit-learn's, where a weight multiplies the gradient.

Pieces are equal, and about 1, up to a weight of 64. Those of heavier rows are 64 times 1, then
longer and longer: by then a slope changes slowly, or the score is nearly where it is to be. When a
slope turns, the score has gone past that, and further steps are half as long, though they add as
much to the sums: equal rows would step back and forth there.

A row lighter than the mean adds to the sums what a row of the mean does, though not more than one
of weight 1, and steps by its own weight. With balanced weights the many rows of a common class
weigh a half, say: were that all they add, every rate would go up by 1.4, which cost up to a point
of ROC AUC.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.types import Float32

EQUAL = 64
"""Pieces that are equal, of the heaviest rows."""

GROWTH = 17 / 16
"""What a further piece makes of the weight before it.

The scores of log_loss, whose slope never ends, are then within 0.5 % of those of equal rows.
"""


@kernel(error_model="numpy")
def pieces_of(weight: np.float32) -> int:
    """Return the number of steps in which a row of this weight is learned."""
    if weight <= EQUAL:
        return max(1, int(weight + np.float32(0.5)))
    return EQUAL + int(np.ceil(np.log(float(weight) / EQUAL) / np.log(GROWTH)))


@kernel(error_model="numpy")
def mass_of(weight: np.float32, excess: float) -> np.float32:
    """Return what part of its squared gradient a row adds to the sums.

    ``excess`` is by how much the mean weight of the rows so far is above 1.
    """
    return max(weight, np.float32(min(1.0, 1.0 + excess)))


@kernel(error_model="numpy")
def factors_of_piece(
    weight: np.float32, mass: np.float32, n_pieces: int, piece: int
) -> tuple[np.float32, np.float32]:
    """Return the factors of slope and rate in a step; exactly 1 for a piece of 1."""
    if weight == 0.0:
        return np.float32(0.0), np.float32(0.0)
    if weight < 1.0:
        root = np.sqrt(mass)
        return root, weight / root
    if weight <= EQUAL:
        root = np.sqrt(weight / np.float32(n_pieces))
    elif piece < EQUAL:
        root = np.float32(1.0)
    else:
        begin = EQUAL * GROWTH ** (piece - EQUAL)
        end = float(weight) if piece + 1 == n_pieces else GROWTH * begin
        root = np.float32(np.sqrt(max(0.0, end - begin)))
    return root, root


@kernel(error_model="numpy")
def shorten_where_turned(
    slopes: Float32, before: Float32, shares: Float32, first: int, last: int
) -> None:
    """Halve the share of a step that columns take whose slope has another sign than before."""
    for lane in range(first, last):
        if np.sign(slopes[lane]) != np.sign(before[lane]):
            shares[lane] *= np.float32(0.5)
