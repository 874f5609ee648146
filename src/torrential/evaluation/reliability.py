"""How good the probabilities of predicted labels are: Brier score, reliability and coverage."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.types import Bool, Float64

N_BINS = 15
"""Bins of equal width, as in Guo et al., "On Calibration of Modern Neural Networks" (2017)."""

THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
"""Thresholds that the table of coverage has."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows whose predicted label has a probability above ``low`` and up to ``high``.

    Attributes
    ----------
    low, high : float
    weight : float
        Of the rows: their number, if they have no weights.
    mean_probability : float
        Of their predicted labels.
    accuracy : float
        Share of them that is right.
    """

    low: float
    high: float
    weight: float
    mean_probability: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows that are left if labels with a probability below a threshold are rejected.

    Attributes
    ----------
    threshold : float
    coverage : float
        Share of the rows that is left.
    precision : float or None
        Share of these that is right; None if none are left.
    """

    threshold: float
    coverage: float
    precision: float | None


@dataclass(frozen=True, slots=True)
class ReliabilityFigures:
    """Figures of the probabilities of all rows.

    Attributes
    ----------
    brier_score : float
    calibration_error : float
    reliability : tuple of ReliabilityBin
    coverage : tuple of Coverage
    """

    brier_score: float
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[Coverage, ...]


class ReliabilityBins:
    """Predictions by their probability, and how many are right: a summary of fixed size.

    Examples
    --------
    >>> bins = ReliabilityBins()
    >>> bins.update(np.array([0.9, 0.95]), np.array([True, False]), np.ones(2))
    >>> [(each.weight, each.accuracy) for each in bins.bins()]
    [(1.0, 1.0), (1.0, 0.0)]
    """

    def __init__(self) -> None:
        self._sums = np.zeros((N_BINS, 3))  # weight, of the right ones, sum of probabilities

    def update(self, likely: NDArray[np.floating], is_right: Bool, weights: Float64) -> None:
        """Add predictions; a bin has its upper end, as in the paper."""
        places = np.clip(np.ceil(likely.astype(np.float64) * N_BINS) - 1, 0, N_BINS - 1)
        columns = (weights, weights * is_right, weights * likely)
        for number, values in enumerate(columns):
            self._sums[:, number] += np.bincount(places.astype(np.intp), values, N_BINS)

    def merge(self, other: Self) -> Self:
        """Add the predictions of another summary."""
        self._sums += other._sums
        return self

    @property
    def weight(self) -> float:
        """Weight of all predictions."""
        return float(self._sums[:, 0].sum())

    @property
    def error(self) -> float:
        """Expected calibration error; there has to be a prediction."""
        _, right, summed = self._sums.T
        return float(np.abs(summed - right).sum()) / self.weight

    def bins(self) -> tuple[ReliabilityBin, ...]:
        """Return the bins with predictions."""
        weight, right, summed = self._sums.T
        return tuple(
            ReliabilityBin(
                low=number / N_BINS,
                high=(number + 1) / N_BINS,
                weight=float(weight[number]),
                mean_probability=float(summed[number] / weight[number]),
                accuracy=float(right[number] / weight[number]),
            )
            for number in np.flatnonzero(weight > 0).tolist()
        )


class Reliability:
    """Sums that the figures are computed from, exactly: a summary of fixed size.

    Examples
    --------
    >>> reliability = Reliability()
    >>> probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.4, 0.6]])
    >>> reliability.update(np.array([0, 1, 0]), np.array([0, 1, 1]), probabilities, np.ones(3))
    >>> figures = reliability.figures()
    >>> round(figures.brier_score, 4), round(figures.calibration_error, 4)
    (0.1533, 0.3333)
    """

    def __init__(self) -> None:
        self._brier = 0.0
        self._bins = ReliabilityBins()
        self._kept = np.zeros((len(THRESHOLDS), 2))  # weight, of the right ones

    def update(
        self,
        true: NDArray[np.integer],
        predicted: NDArray[np.integer],
        probabilities: NDArray[np.floating],
        weights: Float64,
    ) -> None:
        """Add rows.

        Parameters
        ----------
        true : int array of shape (n_rows,)
            Code of the label; those that are not of a column count as labels of no probability.
        predicted : int array of shape (n_rows,)
        probabilities : float array of shape (n_rows, n_classes)
        weights : float array of shape (n_rows,)
        """
        n_rows, n_classes = probabilities.shape
        of_label = probabilities[np.arange(n_rows), predicted]
        is_right = true == predicted
        self._brier += float(weights @ _brier_scores(true, probabilities)) / (1 + (n_classes <= 2))
        self._bins.update(of_label, is_right, weights)
        reached = of_label.astype(np.float32)[:, None] >= np.array(THRESHOLDS, np.float32)
        self._kept[:, 0] += weights @ reached
        self._kept[:, 1] += (weights * is_right) @ reached

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self._brier += other._brier
        self._bins.merge(other._bins)
        self._kept += other._kept
        return self

    def figures(self) -> ReliabilityFigures | None:
        """Return the figures of all rows; None without any of positive weight."""
        total = self._bins.weight
        if not total > 0:
            return None
        return ReliabilityFigures(
            brier_score=self._brier / total,
            calibration_error=self._bins.error,
            reliability=self._bins.bins(),
            coverage=tuple(
                Coverage(threshold, kept / total, is_right / kept if kept > 0 else None)
                for threshold, (kept, is_right) in zip(THRESHOLDS, self._kept.tolist(), strict=True)
            ),
        )


def _brier_scores(true: NDArray[Any], probabilities: NDArray[np.floating]) -> Float64:
    """Return each row's sum of squared differences between probabilities and what came."""
    squares: Float64 = np.einsum("ij,ij->i", probabilities, probabilities, dtype=np.float64)
    known = (true >= 0) & (true < probabilities.shape[1])
    of_true = np.zeros(len(true))
    of_true[known] = probabilities[known, true[known]]
    found: Float64 = squares - 2 * of_true + 1
    return found
