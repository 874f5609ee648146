"""Rows that are worth a look: a bounded number of them, those with the highest scores."""

from typing import Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from torrential.types import Int64


class Ranked(Protocol):
    """A row with a number that it is ranked by."""

    @property
    def rank(self) -> float:
        """The number; the highest ones are kept."""
        ...


Row = TypeVar("Row", bound=Ranked)


class HighestRows(Generic[Row]):
    """The rows of the highest ranks, of equal ones the first: a summary.

    Parameters
    ----------
    most : int
        Rows that are kept.

    Examples
    --------
    >>> highest = HighestRows(2)
    >>> highest.wanted(np.array([0.9, 0.5, 0.7]), np.array([True, True, True])).tolist()
    [0, 2]
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: list[Row] = []

    def wanted(self, ranks: NDArray[np.floating], is_one: NDArray[np.bool_]) -> Int64:
        """Return which rows of a batch are among the highest so far, the highest first.

        Parameters
        ----------
        ranks : float array of shape (n_rows,)
        is_one : bool array of shape (n_rows,)
            Whether the row is of the kind that is kept.
        """
        places = np.flatnonzero(is_one)
        if len(self._rows) == self._most:
            least = self._rows[-1].rank if self._rows else np.inf
            places = places[ranks[places] > least]
        order = np.argsort(-ranks[places], kind="stable")[: self._most]
        return places[order].astype(np.int64)

    def add(self, rows: list[Row]) -> None:
        """Add rows that come after those so far."""
        self._rows = sorted([*self._rows, *rows], key=lambda row: -row.rank)[: self._most]

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self.add(other._rows)
        return self

    def rows(self) -> tuple[Row, ...]:
        """Return the rows, the highest first."""
        return tuple(self._rows)
