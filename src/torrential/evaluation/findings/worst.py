"""The rows that a model was most wrong about: a bounded number of them."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from torrential.types import Int64


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row whose predicted label is wrong.

    Attributes
    ----------
    text : bytes
        Its text, or the beginning of a long one.
    n_bytes : int
        Bytes of the whole text.
    true, predicted : any
    probability : float
        Of the predicted label.
    of_true : float or None
        Probability of the true label; None if it was not seen in training.
    origin : str
    number : int
        Place of the row in its origin, from 0.
    """

    text: bytes
    n_bytes: int
    true: Any
    predicted: Any
    probability: float
    of_true: float | None
    origin: str
    number: int


class WorstRows:
    """The wrong predictions of highest probability, of equal ones the first: a summary.

    Parameters
    ----------
    most : int
        Rows that are kept.

    Examples
    --------
    >>> worst = WorstRows(2)
    >>> worst.wanted(np.array([0.9, 0.5, 0.7]), np.array([True, True, True])).tolist()
    [0, 2]
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: list[WrongRow] = []

    def wanted(self, probability: NDArray[np.floating], is_wrong: NDArray[np.bool_]) -> Int64:
        """Return which rows of a batch are among the worst so far, the worst first.

        Parameters
        ----------
        probability : float array of shape (n_rows,)
            Of the predicted label.
        is_wrong : bool array of shape (n_rows,)
        """
        places = np.flatnonzero(is_wrong)
        if len(self._rows) == self._most:
            least = self._rows[-1].probability if self._rows else np.inf
            places = places[probability[places] > least]
        order = np.argsort(-probability[places], kind="stable")[: self._most]
        return places[order].astype(np.int64)

    def add(self, rows: list[WrongRow]) -> None:
        """Add rows that come after those so far."""
        self._rows = sorted([*self._rows, *rows], key=lambda row: -row.probability)[: self._most]

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self.add(other._rows)
        return self

    def rows(self) -> tuple[WrongRow, ...]:
        """Return the rows, the worst first."""
        return tuple(self._rows)
