"""Accuracy by segments of the rows: a summary of bounded size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.evaluation.findings.intervals import Estimate, share
from torrential.types import Bool, Float64

MOST_VALUES = 1000
"""Values of a name that are counted; rows of later ones are counted together."""

OTHERS = "(others)"
"""Value of rows whose value is not counted by itself."""


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


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """Segments by one property of the rows.

    Attributes
    ----------
    name : str
    segments : tuple of Segment
        Those with the most rows.
    n_others : int
        Segments that are left out.
    """

    name: str
    segments: tuple[Segment, ...]
    n_others: int


class Segments:
    """Weights of all and of the right rows by names and values: a summary.

    Examples
    --------
    >>> segments = Segments()
    >>> right = np.array([True, False, True])
    >>> segments.update("file", np.array([0, 1, 0]), ["a", "b"], right, np.ones(3))
    >>> [(each.value, each.weight) for each in segments.table("file", 10).segments]
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
        is_right: Bool,
        weights: Float64,
    ) -> None:
        """Add rows.

        Parameters
        ----------
        name : str
        places : int array of shape (n_rows,)
            Place of each row's value among the values.
        values : sequence
        is_right : bool array of shape (n_rows,)
        weights : float64 array of shape (n_rows,)
        """
        n = len(values)
        sums = np.stack(
            [np.bincount(places, each, n) for each in (weights, weights * is_right)], axis=1
        )
        of_name = self._sums.setdefault(name, {})
        for place in np.unique(places).tolist():
            _add(of_name, str(values[place]), sums[place])

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        for name, values in other._sums.items():
            of_name = self._sums.setdefault(name, {})
            for value, sums in values.items():
                _add(of_name, value, sums)
        return self

    def table(self, name: str, most: int, order: Sequence[str] = ()) -> SegmentTable:
        """Return the segments of a name.

        Parameters
        ----------
        name : str
        most : int
            Segments at most: those with the most rows.
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
        return SegmentTable(
            name,
            tuple(
                Segment(value, float(weight), share(float(right), float(weight)))
                for value, (weight, right) in shown
            ),
            len(found) - len(shown),
        )


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
