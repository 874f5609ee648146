"""Parts of the report of a model."""

from dataclasses import dataclass
from typing import Any

from torrential.evaluation.findings.confidence import Kept
from torrential.evaluation.findings.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Head:
    """The most important figures.

    Attributes
    ----------
    n_rows : int
        Labeled rows.
    n_bytes : int
        Bytes of text of all rows that were read.
    seconds : float
        Time of the pass.
    model_bytes : int
        Of its file, or of its weights in memory.
    accuracy : Estimate
    macro_f1 : Estimate
        Its interval is that of a bootstrap, and empty where there are too many classes for it.
    log_loss : Estimate
    brier_score, calibration_error : float
    majority : str, int, float, bool or None
        The most frequent label.
    baseline : float
        Accuracy of always predicting it.
    """

    n_rows: int
    n_bytes: int
    seconds: float
    model_bytes: int
    accuracy: Estimate
    macro_f1: Estimate
    log_loss: Estimate
    brier_score: float
    calibration_error: float
    majority: Any
    baseline: float


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class.

    Attributes
    ----------
    label : str, int, float, bool or None
    support, predicted : float
        Weight of the rows that have it, and that it is predicted for.
    precision, recall, f1 : float
    seen : bool
        Whether it was seen in training.
    threshold : Kept or None
        Least probability at which 95 % of its predictions are right, and the share of its rows that
        reach it; None if there is none.
    """

    label: Any
    support: float
    predicted: float
    precision: float
    recall: float
    f1: float
    seen: bool
    threshold: Kept | None


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
        What it adds to the predicted label against the true one.
    """

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class WrongText:
    """A row whose predicted label is wrong, with the reasons.

    Attributes
    ----------
    true, predicted : str, int, float, bool or None
    probability : float
    of_true : float or None
        Probability of the true label; None if it was not seen in training.
    origin : str
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    pieces : tuple of Piece
        The part of the text that matters most.
    is_cut : bool
        Whether the text is longer than that.
    """

    true: Any
    predicted: Any
    probability: float
    of_true: float | None
    origin: str
    number: int | None
    pieces: tuple[Piece, ...]
    is_cut: bool


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
