"""Metrics of a regressor, from a stream of predictions."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import DataError
from torrential.types import Float64


@dataclass(frozen=True, slots=True)
class RegressionReport:
    """Metrics of a regressor, all weighted by the rows' weights.

    Attributes
    ----------
    n_rows : int
    total_weight : float
    r2 : float or None
        Coefficient of determination; as in scikit-learn, for a constant target it is 1 if all
        predictions are exact and else 0. None below two rows.
    mean_absolute_error, mean_squared_error : float
    """

    n_rows: int
    total_weight: float
    r2: float | None
    mean_absolute_error: float
    mean_squared_error: float

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        return asdict(self)


class RegressionMetrics:
    """Sums that R2, MAE and MSE are computed from: a summary.

    The spread of the targets is merged from the means and squared distances of the parts, which
    stays exact where a plain sum of squares cancels (Chan, Golub, LeVeque, "Updating Formulae and
    a Pairwise Algorithm for Computing Sample Variances", 1979).

    Examples
    --------
    >>> metrics = RegressionMetrics()
    >>> metrics.update(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))
    >>> metrics.report().r2
    0.5
    """

    def __init__(self) -> None:
        self.n_rows = 0
        self._weight = 0.0
        self._mean = 0.0
        self._spread = 0.0
        self._absolute = 0.0
        self._squared = 0.0

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
        batch = RegressionMetrics()
        batch.n_rows, batch._weight = len(targets), float(weights.sum())
        # From the first one on, so that the spread of equal targets is exactly 0.
        shifted = targets - targets[0]
        mean = _ratio(float(weights @ shifted), batch._weight)
        batch._mean = float(targets[0]) + mean
        batch._spread = float(weights @ np.square(shifted - mean))
        batch._absolute = float(weights @ np.abs(errors))
        batch._squared = float(weights @ np.square(errors))
        self.merge(batch)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        total = self._weight + other._weight
        shift = other._mean - self._mean if self.n_rows else other._mean
        self._spread += other._spread + shift**2 * _ratio(self._weight * other._weight, total)
        self._mean += shift * _ratio(other._weight, total)
        self._weight = total
        self.n_rows += other.n_rows
        self._absolute += other._absolute
        self._squared += other._squared
        return self

    def report(self) -> RegressionReport:
        """Compute the metrics.

        Raises
        ------
        DataError
            There is no row, or the weights sum to zero.
        """
        if not self._weight:
            raise DataError("No row with a weight was evaluated: check the data and its target.")
        return RegressionReport(
            n_rows=self.n_rows,
            total_weight=self._weight,
            r2=self._r2(),
            mean_absolute_error=self._absolute / self._weight,
            mean_squared_error=self._squared / self._weight,
        )

    def _r2(self) -> float | None:
        if self.n_rows < 2:
            return None
        if not self._spread:
            return 0.0 if self._squared else 1.0
        return 1 - self._squared / self._spread


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
