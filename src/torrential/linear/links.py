"""Links: how the score of a regression and the mean that it predicts go together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from torrential.kernels.linear.losses import LOGISTIC, has_log_link
from torrential.types import Float32

LARGEST_LOG = np.float32(87.0)
"""Largest absolute log of a mean; normal float32 numbers are from exp(-87.3) to exp(88.7)."""


@dataclass(frozen=True, slots=True)
class Link:
    """The map from means to scores.

    Attributes
    ----------
    name : str
    predict : callable
        Maps scores to means, float32 arrays of shape (n_rows,).
    first_score : callable
        Maps the mean of the first targets to the score to begin at.
    """

    name: str
    predict: Callable[[Float32], Float32]
    first_score: Callable[[float], float]


def _same(scores: Float32) -> Float32:
    return scores


def _mean(mean: float) -> float:
    return mean


def _exp(scores: Float32) -> Float32:
    return np.exp(np.clip(scores, -LARGEST_LOG, LARGEST_LOG))


def _sigmoid(scores: Float32) -> Float32:
    means: Float32 = np.reciprocal(_exp(-scores) + np.float32(1.0))
    return means


def _log(mean: float) -> float:
    return float(np.log(mean)) if mean > 0.0 else 0.0


def _log_odds(mean: float) -> float:
    return float(np.log(mean / (1.0 - mean))) if 0.0 < mean < 1.0 else 0.0


IDENTITY = Link("identity", _same, _mean)
LOG = Link("log", _exp, _log)
LOGIT = Link("logit", _sigmoid, _log_odds)


def link_of(loss: int) -> Link:
    """Return the link of a loss, by its code."""
    if has_log_link(loss):
        return LOG
    return LOGIT if loss == LOGISTIC else IDENTITY
