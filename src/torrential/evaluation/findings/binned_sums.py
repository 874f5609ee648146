"""Sums over rows in the order of a number: quantiles and groups of it, in fixed memory."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.evaluation.cells import UInt64, ordered
from torrential.types import Float64

MOST_BINS = 4096
"""Different numbers, or ranges of them, with sums of their own."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows whose numbers are next to each other.

    Attributes
    ----------
    weight : float
    low, high : float
        Mean of the numbers in the first bin and in the last.
    mean : float
        Of the numbers.
    totals : tuple of float
        Weighted sums of the other values.
    """

    weight: float
    low: float
    high: float
    mean: float
    totals: tuple[float, ...]


class BinnedSums:
    """Weight, and weighted sums of values, by a number of each row: a summary.

    Up to 4,096 different numbers are kept as they are. Beyond that, their last bits are ignored
    until there are few enough bins, of numbers that differ little, whatever their unit and sign.
    Which bits these are depends on all numbers, and not on their order.

    Parameters
    ----------
    n_values : int
        Values of each row that are summed, besides the number.

    Examples
    --------
    >>> sums = BinnedSums(0)
    >>> sums.update(np.array([1.0, 2.0, 4.0, 100.0]), np.zeros((4, 0)), np.ones(4))
    >>> sums.quantile(0.5), [(each.low, each.high) for each in sums.groups(2)]
    (2.0, [(1.0, 2.0), (4.0, 100.0)])
    """

    def __init__(self, n_values: int) -> None:
        self._ignored = 0
        self._bins: UInt64 = np.zeros(0, np.uint64)
        self._sums: Float64 = np.zeros((0, 2 + n_values))  # weight, of the number, of the values

    def update(self, numbers: NDArray[Any], values: Float64, weights: Float64) -> None:
        """Add rows.

        Parameters
        ----------
        numbers : float array of shape (n_rows,)
            Finite.
        values : float64 array of shape (n_rows, n_values)
        weights : float64 array of shape (n_rows,)
        """
        others = np.column_stack([numbers, values]) * weights[:, None]
        self._add(ordered(numbers), np.column_stack([weights, others]), 0)

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self._add(other._bins, other._sums, other._ignored)
        return self

    @property
    def weight(self) -> float:
        """Weight of all rows."""
        return float(self._sums[:, 0].sum())

    def quantile(self, share: float) -> float:
        """Return the least number that this share of the weight does not exceed."""
        reached = np.cumsum(self._sums[:, 0])
        place = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12)))
        return float(self._means()[min(place, len(reached) - 1)])

    def distance(self, number: float) -> float:
        """Return the mean distance of the numbers from one; between bins it is exact."""
        weight, total = self._sums[:, 0], self._sums[:, 1]
        return float(np.abs(total - number * weight).sum() / weight.sum())

    def groups(self, n: int) -> tuple[Group, ...]:
        """Return about n groups of equal weight; equal numbers are in one group."""
        weight, means = self._sums[:, 0], self._means()
        middle = np.cumsum(weight) - weight / 2
        of_bins = np.minimum((n * middle / weight.sum()).astype(np.int64), n - 1)
        starts = np.flatnonzero(np.diff(of_bins, prepend=-1))
        sums = np.add.reduceat(self._sums, starts)
        ends = np.append(starts[1:], len(weight)) - 1
        return tuple(
            Group(line[0], low, high, line[1] / line[0], tuple(line[2:]))
            for line, low, high in zip(
                sums.tolist(), means[starts].tolist(), means[ends].tolist(), strict=True
            )
            if line[0] > 0
        )

    def _means(self) -> Float64:
        weight, total = self._sums[:, 0], self._sums[:, 1]
        return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)

    def _add(self, numbers: UInt64, sums: Float64, ignored: int) -> None:
        """Add bins, or numbers, whose last bits are ignored already."""
        self._ignored = max(self._ignored, ignored)
        numbers = np.concatenate([self._bins, numbers])
        sums = np.concatenate([self._sums, sums])
        while True:
            bins = (numbers >> np.uint64(self._ignored)) << np.uint64(self._ignored)
            found, places = np.unique(bins, return_inverse=True)
            if len(found) <= MOST_BINS:
                break
            self._ignored += 1
        columns = [np.bincount(places, column, len(found)) for column in sums.T]
        self._bins, self._sums = found, np.stack(columns, axis=1)
