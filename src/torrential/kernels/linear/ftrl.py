"""FTRL-Proximal: McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013.

It is algorithm 1, with the paper's alpha as ``eta0``, its lambda 1 and 2 as ``l1`` and ``l2``, and
z as `SUMS`. The weight is computed when its sums change, not when its feature next occurs: it is
the same, and always ready to be read. Weights whose sum is within ``l1`` are exactly zero.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import SQUARES, SUMS, Rule
from torrential.types import Float32

LEAST = np.float32(1e-30)
"""Least sum of two roots, which may both be zero."""


@kernel(error_model="numpy")
def step_ftrl(
    rows: Float32,
    at: int,
    width: int,
    gradient: np.float32,
    shorter: np.float32,
    rule: Rule,
    l2: np.float32,
    l1: np.float32,
) -> None:
    """Take the step of the weight rows[at].

    The square of the gradient counts as it is, and its part ``shorter`` is learned. The difference
    of the roots is taken from that of the squares, which are near each other.
    """
    eta0, beta = np.float32(rule.eta0), np.float32(rule.beta)
    before = rows[at + SQUARES * width]
    after = before + gradient * gradient
    root = np.sqrt(after)
    pull = gradient * gradient / (eta0 * max(LEAST, root + np.sqrt(before)))
    total = rows[at + SUMS * width] + (shorter * gradient - pull * rows[at])
    rows[at + SQUARES * width] = after
    rows[at + SUMS * width] = total
    excess = max(np.float32(0.0), abs(total) - l1)
    rows[at] = -np.copysign(excess, total) / ((beta + root) / eta0 + l2)
