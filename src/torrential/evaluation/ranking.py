"""Metrics of an order of scores, ROC AUC and average precision, from a histogram of fixed size."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.types import Bool, Float32, Float64, Int64

KEPT_BITS = 16
"""Bits of a float32 score that choose its bin: sign, exponent, and 7 bits of the mantissa."""

N_BINS = 2**KEPT_BITS
SIGN = np.uint32(2**31)


class RankingSketch:
    """Approximate numbers of positive and negative rows by score: a summary.

    Scores are counted in 65,536 bins, each less than 1 % of the score wide, in 1 MB of memory. Rows
    that share a bin count as tied, so the values are exact for all but the pairs within a bin, and
    these are counted: the errors below are bounds, not estimates. Merging is exact, in any order,
    as long as the weights are whole numbers.

    Examples
    --------
    >>> sketch = RankingSketch()
    >>> sketch.update(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    >>> sketch.roc_auc(), sketch.roc_auc_error()
    (0.75, 0.0)
    """

    def __init__(self) -> None:
        self._positive: Float64 = np.zeros(0)
        self._negative: Float64 = np.zeros(0)

    def update(
        self, scores: NDArray[Any], positive: Bool, weight: NDArray[Any] | None = None
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        scores : array of shape (n_rows,)
            Finite; as float32.
        positive : bool array of shape (n_rows,)
        weight : array of shape (n_rows,), default=None
            All 1 by default.
        """
        if len(self._positive) == 0:
            self._positive, self._negative = np.zeros(N_BINS), np.zeros(N_BINS)
        bins = _bins(np.ascontiguousarray(scores, np.float32))
        weights: Float64 = np.ones(len(bins)) if weight is None else np.asarray(weight, np.float64)
        self._positive += np.bincount(bins[positive], weights[positive], N_BINS)
        self._negative += np.bincount(bins[~positive], weights[~positive], N_BINS)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        if len(self._positive) == 0:
            self._positive, self._negative = other._positive.copy(), other._negative.copy()
        elif len(other._positive) > 0:
            self._positive += other._positive
            self._negative += other._negative
        return self

    def roc_auc(self) -> float:
        """Return the share of (positive, negative) pairs in which the positive row scores higher.

        Ties count half. It is nan without rows of both kinds.
        """
        below = np.cumsum(self._negative) - self._negative
        return self._share_of_pairs(self._positive * (below + self._negative / 2))

    def roc_auc_error(self) -> float:
        """Return the largest possible error of `roc_auc`: half of the pairs within a bin."""
        return self._share_of_pairs(self._positive * self._negative / 2)

    def average_precision(self) -> float:
        """Return the mean precision at the scores of the positive rows (scikit-learn's definition).

        It is nan without positive rows.
        """
        positive, negative = self._from_the_top()
        n_right, n_wrong = np.cumsum(positive), np.cumsum(negative)
        return self._mean_precision(positive, n_right, n_right + n_wrong)

    def average_precision_error(self) -> float:
        """Return the largest error of `average_precision`, from the extreme orders within bins."""
        positive, negative = self._from_the_top()
        n_right, n_wrong = np.cumsum(positive), np.cumsum(negative)
        value = self._mean_precision(positive, n_right, n_right + n_wrong)
        best = self._mean_precision(positive, n_right, n_right + n_wrong - negative)
        before = n_right - positive
        worst = self._mean_precision(positive, before, before + n_wrong)
        return max(best - value, value - worst)

    def _share_of_pairs(self, pairs: Float64) -> float:
        n_pairs = float(self._positive.sum() * self._negative.sum())
        return float(pairs.sum()) / n_pairs if n_pairs else float("nan")

    def _from_the_top(self) -> tuple[Float64, Float64]:
        return self._positive[::-1], self._negative[::-1]

    def _mean_precision(self, positive: Float64, right: Float64, chosen: Float64) -> float:
        total = float(positive.sum())
        if not total:
            return float("nan")
        precision = np.divide(right, chosen, out=np.zeros(len(right)), where=chosen > 0)
        return float(positive @ precision) / total


def _bins(scores: Float32) -> Int64:
    """Return the bin of each score; bins ascend with scores."""
    scores = scores + np.float32(0)  # -0 is 0
    bits = scores.view(np.uint32)
    ordered = np.where(bits & SIGN, ~bits, bits | SIGN)
    return (ordered >> np.uint32(32 - KEPT_BITS)).astype(np.int64)
