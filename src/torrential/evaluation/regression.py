"""Metrics of a regressor, from a stream of predictions."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import DataError
from torrential.evaluation.at_cut import AtCut, CutReport
from torrential.evaluation.cells import PairSketch
from torrential.evaluation.moments import Moments
from torrential.evaluation.rank_correlation import known, spearman
from torrential.shown import ForPeople, Shown, counted, number, percent
from torrential.types import Float64


@dataclass(frozen=True, slots=True, repr=False)
class RegressionReport(ForPeople):
    """Metrics of a regressor, all weighted by the rows' weights.

    Attributes
    ----------
    n_rows : int
    total_weight : float
    r2 : float or None
        Coefficient of determination; as in scikit-learn, for a constant target it is 1 if all
        predictions are exact and else 0. None below two rows.
    mean_absolute_error, mean_squared_error : float
    spearman : float or None
        Rank correlation of targets and predictions, ties as in `scipy.stats.spearmanr`. None if all
        targets or all predictions are equal.
    spearman_error : float or None
        The most that ``spearman`` can be off: 0 up to 131,072 different pairs.
    accuracy : float or None
        Share of the rows whose level is predicted; None where numbers are.
    at_cut : CutReport or None
        Metrics of the rows whose target is at least ``cut``, if one was given.
    """

    n_rows: int
    total_weight: float
    r2: float | None
    mean_absolute_error: float
    mean_squared_error: float
    spearman: float | None = None
    spearman_error: float | None = None
    accuracy: float | None = None
    at_cut: CutReport | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        return asdict(self)

    def _shown(self) -> Shown:
        facts = [
            counted(self.n_rows, "row"),
            f"R2 {number(self.r2)}",
            f"mean absolute error {number(self.mean_absolute_error)}",
            f"mean squared error {number(self.mean_squared_error)}",
            *([] if self.spearman is None else [f"Spearman {number(self.spearman)}"]),
            *([] if self.accuracy is None else [f"accuracy {percent(self.accuracy)}"]),
        ]
        return Shown("RegressionReport", facts)


class RegressionMetrics:
    """Sums that R2, MAE and MSE are computed from, and sketches of ranks: a summary.

    Parameters
    ----------
    ranks : bool, default=False
        Whether to sketch the ranks of targets and predictions, for Spearman's correlation.
    cut : float, default=None
        The least target of the rows that predictions are to select.
    levels : bool, default=False
        Whether predictions are levels, and may be exactly right.

    Examples
    --------
    >>> metrics = RegressionMetrics()
    >>> metrics.update(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))
    >>> metrics.report().r2
    0.5
    """

    def __init__(
        self, *, ranks: bool = False, cut: float | None = None, levels: bool = False
    ) -> None:
        self._targets = Moments()
        self._absolute = 0.0
        self._squared = 0.0
        self._correct = 0.0 if levels else None
        self.pairs = PairSketch() if ranks else None
        self._at_cut = None if cut is None else AtCut(cut)

    @property
    def n_rows(self) -> int:
        """Number of rows so far."""
        return self._targets.n

    @property
    def mean(self) -> float:
        """Mean of the targets so far."""
        return self._targets.mean

    @property
    def deviation(self) -> float:
        """Root mean squared error of always predicting their mean."""
        return self._targets.deviation

    def update(
        self,
        true: NDArray[Any],
        predicted: NDArray[Any],
        weight: NDArray[Any] | None = None,
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        true, predicted : array of shape (n_rows,)
        weight : array of shape (n_rows,), default=None
            All 1 by default.
        """
        if not len(true):
            return
        targets = np.asarray(true, np.float64)
        errors = targets - predicted
        weights: Float64 = np.ones(len(targets)) if weight is None else np.asarray(weight, float)
        self._targets.update(targets, weights)
        self._absolute += float(weights @ np.abs(errors))
        self._squared += float(weights @ np.square(errors))
        if self._correct is not None:
            self._correct += float(weights @ (errors == 0))
        if self.pairs is not None:
            self.pairs.update(targets, predicted, weights)
        if self._at_cut is not None:
            self._at_cut.update(targets, predicted, weights)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self._targets.merge(other._targets)
        self._absolute += other._absolute
        self._squared += other._squared
        if self._correct is not None and other._correct is not None:
            self._correct += other._correct
        if self.pairs is not None and other.pairs is not None:
            self.pairs.merge(other.pairs)
        if self._at_cut is not None and other._at_cut is not None:
            self._at_cut.merge(other._at_cut)
        return self

    def report(self) -> RegressionReport:
        """Compute the metrics.

        Raises
        ------
        DataError
            There is no row, or the weights sum to zero.
        """
        weight = self._targets.weight
        if not weight:
            raise DataError("No row with a weight was evaluated: check the data and its target.")
        correlation = (None, None) if self.pairs is None else known(spearman(self.pairs))
        return RegressionReport(
            n_rows=self.n_rows,
            total_weight=weight,
            r2=self._r2(),
            mean_absolute_error=self._absolute / weight,
            mean_squared_error=self._squared / weight,
            spearman=correlation[0],
            spearman_error=correlation[1],
            accuracy=None if self._correct is None else self._correct / weight,
            at_cut=None if self._at_cut is None else self._at_cut.report(),
        )

    def _r2(self) -> float | None:
        if self.n_rows < 2:
            return None
        if not self._targets.spread:
            return 0.0 if self._squared else 1.0
        return 1 - self._squared / self._targets.spread
