"""Figures by segments of the rows: a summary of bounded size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from torrential.evaluation.findings.intervals import Estimate, mean, share
from torrential.types import Float64

MOST_VALUES = 1000
"""Values of a name that are counted; rows of later ones are counted together."""

OTHERS = "(others)"
"""Value of rows whose value is not counted by itself."""


class Sums(NamedTuple):
    """Sums over the rows of one value.

    Attributes
    ----------
    weight : float
    totals, squares : tuple of float
        Of each measure and of its squares.
    """

    weight: float
    totals: tuple[float, ...]
    squares: tuple[float, ...]

    def mean(self, number: int) -> Estimate:
        """Return the mean of a measure, with its interval."""
        return mean(self.totals[number], self.squares[number], self.weight)


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of one kind.

    Attributes
    ----------
    value : str
    weight : float
        Of the rows: their number, if they have no weights.
    accuracy : Estimate
    """

    value: str
    weight: float
    accuracy: Estimate

    @classmethod
    def of(cls, value: str, sums: Sums) -> Self:
        """Return the segment of a value; the measure is 1 of right rows."""
        return cls(value, sums.weight, share(sums.totals[0], sums.weight))


@dataclass(frozen=True, slots=True)
class NumberSegment:
    """Rows of one kind, and how far their numbers are off.

    Attributes
    ----------
    value : str
    weight : float
    bias : Estimate
        Mean of the predictions less that of the targets.
    mean_absolute_error : Estimate
    """

    value: str
    weight: float
    bias: Estimate
    mean_absolute_error: Estimate

    @classmethod
    def of(cls, value: str, sums: Sums) -> Self:
        """Return the segment of a value; measures are the error and its absolute value."""
        return cls(value, sums.weight, sums.mean(0), sums.mean(1))


@dataclass(frozen=True, slots=True)
class SetSegment:
    """Rows of one kind, and how right their sets of labels are.

    Attributes
    ----------
    value : str
    weight : float
    f1 : Estimate
        Mean F1 of the rows.
    """

    value: str
    weight: float
    f1: Estimate

    @classmethod
    def of(cls, value: str, sums: Sums) -> Self:
        """Return the segment of a value; the measure is the F1 of each row."""
        return cls(value, sums.weight, sums.mean(0))


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """Segments by one property of the rows.

    Attributes
    ----------
    name : str
    segments : tuple of Segment, NumberSegment or SetSegment
        Those with the most rows.
    n_others : int
        Segments that are left out.
    """

    name: str
    segments: tuple[Any, ...]
    n_others: int


class Segments:
    """Weights of rows, and sums of measures, by names and values: a summary.

    Examples
    --------
    >>> segments = Segments()
    >>> right = np.array([[1.0], [0.0], [1.0]])
    >>> segments.update("file", np.array([0, 1, 0]), ["a", "b"], right, np.ones(3))
    >>> [(each.value, each.weight) for each in segments.table("file", 10, Segment.of).segments]
    [('a', 2.0), ('b', 1.0)]
    """

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, Float64]] = {}

    @property
    def names(self) -> list[str]:
        """Names, in the order in which they came."""
        return list(self._sums)

    def update(
        self,
        name: str,
        places: NDArray[np.integer],
        values: Sequence[Any],
        measures: Float64,
        weights: Float64,
    ) -> None:
        """Add rows.

        Parameters
        ----------
        name : str
        places : int array of shape (n_rows,)
            Place of each row's value among the values.
        values : sequence
        measures : float64 array of shape (n_rows, n_measures)
        weights : float64 array of shape (n_rows,)
        """
        weighed = weights[:, None] * measures
        columns = np.column_stack([weights, weighed, weighed * measures])
        some, at = np.unique(places, return_inverse=True)
        sums = np.stack([np.bincount(at, each, len(some)) for each in columns.T], axis=1)
        of_name = self._sums.setdefault(name, {})
        for place, line in zip(some.tolist(), sums, strict=True):
            _add(of_name, str(values[place]), line)

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        for name, values in other._sums.items():
            of_name = self._sums.setdefault(name, {})
            for value, sums in values.items():
                _add(of_name, value, sums)
        return self

    def weights(self, name: str) -> dict[str, float]:
        """Return the weight of the rows of each value of a name."""
        return {value: float(sums[0]) for value, sums in self._sums.get(name, {}).items()}

    def table(
        self, name: str, most: int, segment: Callable[[str, Sums], Any], order: Sequence[str] = ()
    ) -> SegmentTable:
        """Return the segments of a name.

        Parameters
        ----------
        name : str
        most : int
            Segments at most: those with the most rows.
        segment : callable
            Makes a segment from its value and its sums.
        order : sequence of str
            Values in their natural order; without it, numbers have theirs, and other values that of
            their rows.
        """
        found = sorted(self._sums[name].items(), key=lambda each: (-each[1][0], each[0]))
        shown = [each for each in found if each[1][0] > 0][:most]
        if order:
            shown.sort(key=lambda each: order.index(each[0]))
        elif all(_number(value) is not None for value, _ in shown):
            shown.sort(key=lambda each: _number(each[0]) or 0.0)
        segments = tuple(segment(value, _sums_of(line)) for value, line in shown)
        return SegmentTable(name, segments, len(found) - len(shown))


def _sums_of(line: Float64) -> Sums:
    weight, *others = line.tolist()
    half = len(others) // 2
    return Sums(weight, tuple(others[:half]), tuple(others[half:]))


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _add(values: dict[str, Float64], value: str, sums: Float64) -> None:
    if value not in values and len(values) >= MOST_VALUES:
        value = OTHERS
    before = values.get(value)
    values[value] = sums.copy() if before is None else before + sums
