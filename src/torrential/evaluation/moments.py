"""Mean and spread of numbers, from a stream."""

import math
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.evaluation.ratios import ratio
from torrential.types import Float64


class Moments:
    """Weight, mean and sum of squared distances from the mean: a summary.

    They are merged from those of the parts, which stays exact where a plain sum of squares cancels
    (Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
    Variances", 1979).

    Examples
    --------
    >>> moments = Moments()
    >>> moments.update(np.array([1.0, 3.0]))
    >>> moments.mean, moments.deviation
    (2.0, 1.0)
    """

    def __init__(self) -> None:
        self.n = 0
        self.weight = 0.0
        self.mean = 0.0
        self.spread = 0.0

    @property
    def deviation(self) -> float:
        """Standard deviation, of all the numbers and not of a sample of them."""
        return math.sqrt(self.spread / self.weight) if self.weight else 0.0

    def update(self, numbers: NDArray[Any], weight: NDArray[Any] | None = None) -> None:
        """Add numbers, shape (n,), with their weights; all 1 by default."""
        if not len(numbers):
            return
        values = np.asarray(numbers, np.float64)
        weights: Float64 = np.ones(len(values)) if weight is None else np.asarray(weight, float)
        batch = Moments()
        batch.n, batch.weight = len(values), float(weights.sum())
        # From the first one on, so that the spread of equal numbers is exactly 0.
        shifted = values - values[0]
        mean = ratio(float(weights @ shifted), batch.weight)
        batch.mean = float(values[0]) + mean
        batch.spread = float(weights @ np.square(shifted - mean))
        self.merge(batch)

    def merge(self, other: Self | "Moments") -> Self:
        """Add the numbers of another summary."""
        total = self.weight + other.weight
        shift = other.mean - self.mean if self.n else other.mean
        self.spread += other.spread + shift**2 * ratio(self.weight * other.weight, total)
        self.mean += shift * ratio(other.weight, total)
        self.weight = total
        self.n += other.n
        return self
