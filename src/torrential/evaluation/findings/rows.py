"""Rows that a report shows: wrong ones, and those that two models predict differently."""

from dataclasses import dataclass
from typing import Any


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
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    columns : pa.RecordBatch or None
        The row itself, of a table.
    """

    text: bytes
    n_bytes: int
    true: Any
    predicted: Any
    probability: float
    of_true: float | None
    origin: str
    number: int | None
    columns: Any = None

    @property
    def rank(self) -> float:
        """The probability of the wrong label."""
        return self.probability


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that exactly one of two models gets right.

    Attributes
    ----------
    text : bytes
        Its text, or the beginning of a long one.
    n_bytes : int
        Bytes of the whole text.
    true, first, second : any
        Its label, and the labels that the models predict.
    of_first, of_second : float
        The probabilities of these.
    origin : str
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    """

    text: bytes
    n_bytes: int
    true: Any
    first: Any
    second: Any
    of_first: float
    of_second: float
    origin: str
    number: int | None

    @property
    def rank(self) -> float:
        """How sure both models were of different labels."""
        return self.of_first + self.of_second
