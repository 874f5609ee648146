"""Metrics of the rows whose target is at least a cut, from a stream of predicted numbers."""

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import ParameterError
from torrential.evaluation.cells import PairSketch
from torrential.evaluation.rank_correlation import known, roc_auc
from torrential.evaluation.ratios import ratio
from torrential.types import Float64


@dataclass(frozen=True, slots=True)
class CutReport:
    """How well predictions rank and select the rows whose target is at least a cut.

    Attributes
    ----------
    cut : float
    share : float
        Share of these rows.
    predicted : float
        Share of the rows whose prediction is at least the cut: the selected rows.
    precision, recall, f1 : float
        Of the selected rows; 0 where nothing is to divide by.
    roc_auc : float or None
        None unless there are rows of both kinds.
    roc_auc_error : float or None
        The most that ``roc_auc`` can be off.
    """

    cut: float
    share: float
    predicted: float
    precision: float
    recall: float
    f1: float
    roc_auc: float | None
    roc_auc_error: float | None


class AtCut:
    """Weights of rows at and below a cut, by what is predicted: a summary.

    Parameters
    ----------
    cut : float
    """

    def __init__(self, cut: float) -> None:
        self._cut = cut
        self._table = np.zeros((2, 2))  # by target and by prediction
        self._pairs = PairSketch()

    def update(self, targets: Float64, predicted: NDArray[Any], weights: Float64) -> None:
        """Add a batch of shape (n_rows,)."""
        high, selected = targets >= self._cut, predicted >= self._cut
        places = 2 * high.astype(np.int64) + selected
        self._table += np.bincount(places, weights, 4).reshape(2, 2)
        self._pairs.update(high, predicted, weights)

    def merge(self, other: Self) -> None:
        """Add the counts of another summary."""
        self._table += other._table
        self._pairs.merge(other._pairs)

    def report(self) -> CutReport:
        """Compute the metrics."""
        found, total = float(self._table[1, 1]), float(self._table.sum())
        high, selected = float(self._table[1].sum()), float(self._table[:, 1].sum())
        auc, error = known(roc_auc(self._pairs))
        return CutReport(
            self._cut,
            share=high / total,
            predicted=selected / total,
            precision=ratio(found, selected),
            recall=ratio(found, high),
            f1=ratio(2 * found, high + selected),
            roc_auc=auc,
            roc_auc_error=error,
        )


def check_cut(cut: Any) -> float | None:
    """Return a cut as a number, or raise a ParameterError."""
    if cut is None:
        return None
    if isinstance(cut, bool) or not isinstance(cut, Real) or not math.isfinite(cut):
        raise ParameterError(f"cut={cut!r} is invalid: it has to be a number, such as 3.")
    return float(cut)
