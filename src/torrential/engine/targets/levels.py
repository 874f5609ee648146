"""Levels of ordinal scores: numbers are turned to them by cut-points that are learned."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.errors import DataError
from torrential.types import Float32, Float64, Int32


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels, and the cut-points between them.

    Attributes
    ----------
    values : tuple of float
        At least two, ascending.
    cuts : tuple of float
        The least number of each level but the first. Where two are equal, the level between them is
        never predicted.
    """

    values: tuple[float, ...]
    cuts: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Return levels with cut-points in the middle between them.

        >>> Levels.of([2, 0, 1]).cuts
        (0.5, 1.5)
        """
        ordered = tuple(sorted(map(float, values)))
        return cls(ordered, tuple((low + high) / 2 for low, high in pairwise(ordered)))

    def codes(self, targets: NDArray[np.floating[Any]]) -> Int32:
        """Return the place of each target among the levels, all of which are levels."""
        edges = np.asarray(Levels.of(self.values).cuts, targets.dtype)
        return np.searchsorted(edges, targets, side="right").astype(np.int32)

    def predict(self, numbers: NDArray[np.floating[Any]]) -> Float64:
        """Return the level of each number."""
        places = np.searchsorted(self.cuts, numbers.astype(np.float64), side="right")
        return np.array(self.values)[places]

    def check(self, targets: Iterable[float]) -> None:
        """Raise a DataError if a target is none of the levels."""
        known = set(self.values)
        for target in targets:
            if target not in known and not np.isnan(target):
                raise DataError(
                    f"The target {target:g} is none of the levels "
                    f"{', '.join(f'{level:g}' for level in self.values)}: correct or leave out its "
                    "row, or add it to levels."
                )

    def fitted(self, numbers: Float32, codes: Int32, weights: Float64) -> Self:
        """Return the cut-points with the least mean absolute error on a sample.

        Distances of levels are sums of those between neighbors, so each cut-point is the best one
        between all rows below it and all others, on its own.

        Parameters
        ----------
        numbers, codes, weights : arrays of shape (n_rows,)
            Numbers, codes of levels and weights of rows; without any, nothing changes.
        """
        if len(numbers) == 0:
            return self
        order = np.argsort(numbers, kind="stable")
        values, codes, weights = numbers[order].astype(np.float64), codes[order], weights[order]
        starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
        below = np.append(values[0], values[:-1])[starts]
        places = np.append((below + values[starts]) / 2, np.nextafter(values[-1], np.inf))
        cuts = []
        for level in range(1, len(self.values)):
            # What a cut-point before each row costs more than one below all rows.
            steps = np.where(codes >= level, weights, -weights)
            costs = np.append(0.0, np.cumsum(steps))[np.append(starts, len(values))]
            cuts.append(float(places[np.argmin(costs)]))
        return replace(self, cuts=tuple(np.maximum.accumulate(cuts).tolist()))
