"""Coin betting, which needs no rate.

Each weight is a bet on the sign of its next gradient: a share of the wealth, which is ``eta0`` and
the reward so far (Orabona and Pal, "Coin Betting and Parameter-Free Online Learning", NeurIPS
2016). The share is that of Orabona and Tommasi, "Training Deep Networks without
Learning Rates Through Coin Betting" (NeurIPS 2017, algorithm 1), for slopes and values of any size;
as in Vowpal Wabbit's ``--coin``, a slope counts as at least ``beta``, and the bets on the features
of a row are divided by the mean squared norm of scaled rows (`normalized`).
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import ABSOLUTES, BALANCE, REWARD, STEEPNESS, Rule
from torrential.types import Float32


@kernel(error_model="numpy")
def bet(rows: Float32, at: int, width: int, scale: np.float32, rule: Rule) -> np.float32:
    """Return what the weight at rows[at] bets, whose feature has this scale."""
    most = max(np.float32(rule.beta), rows[at + STEEPNESS * width]) * scale
    if most == 0.0:
        return np.float32(0.0)
    wealth = np.float32(rule.eta0) + rows[at + REWARD * width]
    share = rows[at + BALANCE * width] / (most + rows[at + ABSOLUTES * width])
    return wealth * share / most


@kernel(error_model="numpy")
def step_coin(
    rows: Float32,
    at: int,
    width: int,
    gradient: np.float32,
    steepness: np.float32,
    scale: np.float32,
    mean: np.float32,
    rule: Rule,
) -> None:
    """Take the outcome of the bet of the weight rows[at], and bet again.

    The gradient includes that of the penalty, with which it may not cost more than there is.
    """
    place = at + STEEPNESS * width
    rows[place] = max(rows[place], steepness)
    most = max(np.float32(rule.beta), rows[place]) * scale
    outcome = max(-most, min(most, gradient))
    rows[at + REWARD * width] -= outcome * bet(rows, at, width, scale, rule)
    rows[at + BALANCE * width] -= outcome
    rows[at + ABSOLUTES * width] += abs(outcome)
    rows[at] = bet(rows, at, width, scale, rule) / mean
