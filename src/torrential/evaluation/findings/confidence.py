"""How right the most confident predictions are, per class and of all: histograms of fixed size."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.evaluation.thresholds import Goal
from torrential.types import Bool, Float64

_LOG_ODDS = np.arange(-8 * 16, 12 * 16 + 1) / 16
EDGES = np.append(0.0, 1 / (1 + np.exp(-_LOG_ODDS))).astype(np.float32)
"""Probabilities that the bins begin at: steps of a sixteenth of the log odds."""

MOST_CLASSES = 1000
"""Largest number of classes with a histogram each: 5 MB."""

MOST_POINTS = 120
"""Points of a curve."""

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
"""Shares of the rows in the table of the most confident ones."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows whose prediction has at least some probability.

    Attributes
    ----------
    threshold : float
    coverage : float
        Share of the rows.
    precision : float
        Share of these that is right.
    """

    threshold: float
    coverage: float
    precision: float


class Confidence:
    """Rows by the probability of their predicted label, and how many are right: a summary.

    Counts at the edges of the bins are exact.

    Parameters
    ----------
    n_classes : int

    Examples
    --------
    >>> confidence = Confidence(2)
    >>> likely = np.array([0.9, 0.8, 0.6, 0.99], np.float32)
    >>> right = np.array([True, True, False, True])
    >>> confidence.update(np.array([0, 0, 1, 1]), likely, right, np.ones(4))
    >>> [(round(each.coverage, 2), round(each.precision, 2)) for each in confidence.curve()]
    [(0.25, 1.0), (0.5, 1.0), (0.75, 1.0), (1.0, 0.75)]
    """

    def __init__(self, n_classes: int) -> None:
        self._by_class = n_classes <= MOST_CLASSES
        n_lines = n_classes if self._by_class else 1
        self._table: Float64 = np.zeros((n_lines, len(EDGES), 2))  # weight, of the right ones

    def update(
        self,
        predicted: NDArray[np.integer],
        probability: NDArray[np.floating],
        is_right: Bool,
        weights: Float64,
    ) -> None:
        """Add rows.

        Parameters
        ----------
        predicted : int array of shape (n_rows,)
            Places among the classes.
        probability : float array of shape (n_rows,)
            Of the predicted label.
        is_right : bool array of shape (n_rows,)
        weights : float64 array of shape (n_rows,)
        """
        n_lines, n_bins, _ = self._table.shape
        likely = probability.astype(np.float32)
        bins = np.clip(np.searchsorted(EDGES, likely, side="right") - 1, 0, n_bins - 1)
        places = bins + (predicted * n_bins if self._by_class else 0)
        for number, values in enumerate((weights, weights * is_right)):
            counted = np.bincount(places, values, n_lines * n_bins)
            self._table[:, :, number] += counted.reshape(n_lines, n_bins)

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self._table += other._table
        return self

    def curve(self) -> tuple[Kept, ...]:
        """Return precision by coverage, the most confident rows first."""
        points = self._points()
        step = max(1, -(-len(points) // MOST_POINTS))
        return tuple(
            point
            for place, point in enumerate(points)
            if place % step == 0 or place == len(points) - 1
        )

    def shares(self) -> tuple[Kept, ...]:
        """Return the smallest sets of most confident rows that have at least these shares."""
        points, found = self._points(), []
        for share in SHARES:
            reached = next((each for each in points if each.coverage >= share - 1e-12), None)
            if reached is not None and reached not in found:
                found.append(reached)
        return tuple(found)

    def _points(self) -> list[Kept]:
        total = self._table.sum(axis=0)[::-1]
        all_rows = float(total[:, 0].sum())
        reached, right = np.cumsum(total, axis=0).T
        return [
            Kept(
                float(EDGES[::-1][place]),
                float(reached[place]) / all_rows,
                float(right[place] / reached[place]),
            )
            for place in np.flatnonzero(total[:, 0] > 0).tolist()
        ]

    def thresholds(self, precision: float, support: Float64) -> list[Kept | None]:
        """Return for each class the lowest threshold at which its predictions are precise enough.

        Only rows count whose predicted label it is; the coverage is that of the rows that have the
        label and reach it. As in `Goal`, there may be one more wrong row.

        Parameters
        ----------
        precision : float
        support : float64 array of shape (n_classes,)
            Weight of the rows of each class.

        Returns
        -------
        thresholds : list of Kept or None
            None where no threshold is enough; empty with too many classes.
        """
        if not self._by_class:
            return []
        goal = Goal(min_precision=precision)
        return [
            _threshold(goal, line[::-1], float(of_class))
            for line, of_class in zip(self._table, support, strict=False)
        ]


def _threshold(goal: Goal, line: Float64, support: float) -> Kept | None:
    """Return the threshold of a class, given its weights from the highest bin down."""
    some = np.flatnonzero(line[:, 0] > 0)
    reached, right = np.cumsum(line[some], axis=0).T if len(some) else np.zeros((2, 0))
    place: Any = goal.place(reached, right, support)
    if place is None:
        return None
    return Kept(
        threshold=float(EDGES[::-1][some[place]]),
        coverage=float(right[place]) / support,
        precision=float(right[place] / reached[place]),
    )
