"""The sums that give weights: of optimizers whose weights follow from what they sum up."""

import numpy as np

from torrential.kernels.linear.layout import (
    ABSOLUTES,
    BALANCE,
    COIN,
    FTRL,
    REWARD,
    SCALE,
    SQUARES,
    STEEPNESS,
    SUMS,
    WEIGHT,
    Rule,
)
from torrential.types import Float32


def match_ftrl(rows: Float32, intercept: int, rule: Rule) -> None:
    """Make FTRL's sums of a tile give its weights; those of weights that are zero stay.

    Parameters
    ----------
    rows : float32 array of shape (n_rows, n_slots, width)
    intercept : int
        Its row, which has no penalty.
    rule : Rule
    """
    weights, l2, l1 = rows[:, WEIGHT], *np.full((2, len(rows), 1), [[[rule.l2]], [[rule.l1]]])
    l2[intercept] = l1[intercept] = 0.0
    roots = np.sqrt(rows[:, SQUARES].astype(np.float64))
    sums = -weights * ((rule.beta + roots) / rule.eta0 + l2) - np.sign(weights) * l1
    np.copyto(rows[:, SUMS], sums, where=weights != 0, casting="same_kind")


def match_coin(rows: Float32, intercept: int, rule: Rule) -> None:
    """Make the balances of coin betting in a tile give its weights, as `match_ftrl` does.

    No weight bets more than half of its wealth then: the reward is raised where it would. Where a
    scale is not known yet, as of initial weights, it counts as 1.
    """
    scales = rows[:, SCALE, :1].astype(np.float64)  # in the first column, for all of them
    mean, scales[intercept] = float(scales[intercept, 0]), 1.0
    most = np.maximum(rule.beta, rows[:, STEEPNESS]) * np.where(scales > 0, scales, 1.0)
    lost = most * rows[:, WEIGHT] * (mean if mean > 0 else 1.0)
    wealth = np.maximum(rule.eta0 + rows[:, REWARD], 2 * np.abs(lost))
    balances = lost / wealth * (most + rows[:, ABSOLUTES])
    is_set = rows[:, WEIGHT] != 0
    np.copyto(rows[:, BALANCE], balances, where=is_set, casting="same_kind")
    np.copyto(rows[:, REWARD], wealth - rule.eta0, where=is_set, casting="same_kind")


MATCH = {FTRL: match_ftrl, COIN: match_coin}
"""What makes sums give the weights, by the kernels' code of an optimizer."""
