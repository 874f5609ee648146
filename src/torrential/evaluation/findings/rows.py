"""Rows that a report shows: wrong ones, and those that two models predict differently."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row as it was read, and its place.

    Attributes
    ----------
    text : bytes
        Its text, or the beginning of a long one.
    n_bytes : int
        Bytes of the whole text.
    origin : str
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    columns : pa.RecordBatch or None
        The row itself, of a table.
    """

    text: bytes
    n_bytes: int
    origin: str
    number: int | None
    columns: Any = None


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row whose predicted label is wrong.

    Attributes
    ----------
    row : KeptRow
    true, predicted : any
    probability : float
        Of the predicted label.
    of_true : float or None
        Probability of the true label; None if it was not seen in training.
    """

    row: KeptRow
    true: Any
    predicted: Any
    probability: float
    of_true: float | None

    @property
    def rank(self) -> float:
        """The probability of the wrong label."""
        return self.probability


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """A row whose predicted number is far from the true one.

    Attributes
    ----------
    row : KeptRow
    true, predicted : float
    """

    row: KeptRow
    true: float
    predicted: float

    @property
    def rank(self) -> float:
        """How far the number is off."""
        return abs(self.predicted - self.true)


@dataclass(frozen=True, slots=True)
class WrongSetLabel:
    """A label that a row gets and does not have, or that it has and does not get.

    Attributes
    ----------
    row : KeptRow
    label : any
    true, predicted : tuple
        All labels that the row has, and those that it gets.
    probability : float
        Of the label.
    is_missed : bool
        Whether the row has the label.
    """

    row: KeptRow
    label: Any
    true: tuple[Any, ...]
    predicted: tuple[Any, ...]
    probability: float
    is_missed: bool

    @property
    def rank(self) -> float:
        """How sure the model was of the opposite of the truth."""
        return 1 - self.probability if self.is_missed else self.probability


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that one of two models predicts better.

    Attributes
    ----------
    row : KeptRow
    true, first, second : any
        Its target, and what the models predict.
    of_first, of_second : float or None
        The probabilities of these; None of numbers and of several labels.
    rank : float
        How much the change matters.
    """

    row: KeptRow
    true: Any
    first: Any
    second: Any
    of_first: float | None
    of_second: float | None
    rank: float
