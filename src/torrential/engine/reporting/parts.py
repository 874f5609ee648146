"""Parts of the reports of several kinds of models."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Confusion:
    """A label that is predicted for rows of another.

    Attributes
    ----------
    true, predicted : str, int, float, bool or None
    weight : float
        Of the rows.
    share : float
        Of the rows of the true label.
    """

    true: Any
    predicted: Any
    weight: float
    share: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text.

    Attributes
    ----------
    text : str
    score : float
        What it adds: to the predicted label against the true one, to a label of several, or to a
        number.
    """

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class TermLine:
    """A term.

    Attributes
    ----------
    term : str
    weight : float
        What one occurrence adds to the score of a class; of errors, what it added in all of them.
    count : int
        How often it occurs; of errors, in how many of them.
    """

    term: str
    weight: float
    count: int


@dataclass(frozen=True, slots=True)
class ClassTerms:
    """The heaviest terms of a class.

    Attributes
    ----------
    label : str, int, float or bool
    terms : tuple of TermLine
        The heaviest first.
    """

    label: Any
    terms: tuple[TermLine, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that terms are hashed to.

    Attributes
    ----------
    n_features : int
    vocabulary, occupied : int
        Different terms of the training, and columns that have one.
    shared_mass : float
        Share of the occurrences whose terms share a column.
    advice : str
        What this costs, and what more columns bring.
    """

    n_features: int
    vocabulary: int
    occupied: int
    shared_mass: float
    advice: str


@dataclass(frozen=True, slots=True)
class RowFacts:
    """Rows that are odd.

    Attributes
    ----------
    malformed, unlabeled, null, empty, very_long, invalid, no_terms : int
        Rows that were left out as malformed or without a label; whose text is null, empty, has a
        million characters, or is not UTF-8; and without a term that the model knows.
    unknown_terms : float
        Share of the terms that have no weight in the model.
    """

    malformed: int
    unlabeled: int
    null: int
    empty: int
    very_long: int
    invalid: int
    no_terms: int
    unknown_terms: float
