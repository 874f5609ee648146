"""The report of a model of one label a row as plain data."""

from dataclasses import dataclass
from typing import Any

from torrential.engine.reporting.parts import Confusion, Piece
from torrential.engine.reporting.report import MeasuredReport
from torrential.evaluation.findings.confidence import Kept
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.reliability import ReliabilityBin


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
class Report(MeasuredReport):
    """The report of a model of one label a row.

    Attributes
    ----------
    head : Head
    classes : tuple of ClassLine
        By the number of their rows.
    matrix : tuple of tuples of float, or None
        Weight by true label and predicted class, both in the order of ``classes``; None of more
        than 30 of them.
    confusions : tuple of Confusion
        The most frequent ones.
    n_confusions : int
        How many there are.
    errors : tuple of WrongText
        Wrong predictions of the highest probability.
    label_errors : tuple of WrongText, or None
        Rows of the training whose labels models contradict that have not learned them; None if
        they were not asked for.
    reliability : tuple of ReliabilityBin
    coverage, shares : tuple of Kept
        A curve, and a table of the most confident rows.
    """

    head: Head
    classes: tuple[ClassLine, ...]
    matrix: tuple[tuple[float, ...], ...] | None
    confusions: tuple[Confusion, ...]
    n_confusions: int
    errors: tuple[WrongText, ...]
    label_errors: tuple[WrongText, ...] | None
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[Kept, ...]
    shares: tuple[Kept, ...]
