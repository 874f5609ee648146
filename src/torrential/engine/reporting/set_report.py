"""The report of a model of several labels a row as plain data."""

from dataclasses import dataclass
from typing import Any

from torrential.engine.reporting.parts import Confusion, Piece
from torrential.engine.reporting.report import MeasuredReport
from torrential.evaluation.findings.confidence import Kept
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.reliability import ReliabilityBin


@dataclass(frozen=True, slots=True)
class SetHead:
    """The most important figures.

    Attributes
    ----------
    n_rows : int
        Rows with a set of labels, which may be empty.
    n_bytes : int
        Bytes of the inputs of all rows that were read.
    seconds : float
        Time of the pass.
    model_bytes : int
        Of its file, or of its weights in memory.
    micro_f1 : Estimate
    macro_f1 : Estimate
        Its interval is that of a jackknife of groups of rows, and empty with few rows or more than
        2,000 labels.
    exact : Estimate
        Share of the rows that get exactly their labels.
    mean_f1 : Estimate
        Mean F1 of the rows: 1 of a row without a label that gets none.
    precision_at : dict of str to float
        Mean share of the k labels of the highest scores that are right, by k.
    ranking_precision : float or None
    hamming_loss : float
    n_labels_per_row, n_predicted_per_row : float
        Mean number of labels that rows have and get.
    majority : str, int, float, bool or None
        The most frequent label.
    baseline : float
        Micro-F1 of always giving it alone.
    calibration_error : float
        Of the pairs of a row and a label with a probability of 1 % or more.
    """

    n_rows: int
    n_bytes: int
    seconds: float
    model_bytes: int
    micro_f1: Estimate
    macro_f1: Estimate
    exact: Estimate
    mean_f1: Estimate
    precision_at: dict[str, float]
    ranking_precision: float | None
    hamming_loss: float
    n_labels_per_row: float
    n_predicted_per_row: float
    majority: Any
    baseline: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class SetLabelLine:
    """A label.

    Attributes
    ----------
    label : str, int, float, bool or None
    support, predicted : float
        Weight of the rows that have it, and that get it.
    precision, recall, f1 : float
    seen : bool
        Whether it was seen in training.
    least : float or None
        Probability from which on it is given; None if it never is.
    is_chosen : bool
        Whether that is a threshold that was chosen.
    threshold : Kept or None
        Least probability at which 95 % of the rows that reach it have the label, and the share of
        its rows that do; None if there is none.
    """

    label: Any
    support: float
    predicted: float
    precision: float
    recall: float
    f1: float
    seen: bool
    least: float | None
    is_chosen: bool
    threshold: Kept | None


@dataclass(frozen=True, slots=True)
class MissedPair:
    """Two labels that rows have and do not get.

    Attributes
    ----------
    first, second : str, int, float, bool or None
    weight : float
        Of the rows.
    """

    first: Any
    second: Any
    weight: float


@dataclass(frozen=True, slots=True)
class SetError:
    """A label that a row gets and does not have, or that it has and does not get.

    Attributes
    ----------
    label : str, int, float, bool or None
    is_missed : bool
        Whether the row has it.
    probability : float
        Of the label.
    true, predicted : tuple
        All labels that the row has, and those that it gets.
    origin : str
    number : int or None
        Place of the row in its origin, from 0; None of a view, which has other rows.
    pieces : tuple of Piece
        The part of the text that matters most; scores are what words add to that of the label.
    is_cut : bool
        Whether the text is longer than that.
    """

    label: Any
    is_missed: bool
    probability: float
    true: tuple[Any, ...]
    predicted: tuple[Any, ...]
    origin: str
    number: int | None
    pieces: tuple[Piece, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class SetReport(MeasuredReport):
    """The report of a model of several labels a row.

    Attributes
    ----------
    head : SetHead
    labels : tuple of SetLabelLine
        By the number of their rows.
    confusions : tuple of Confusion
        Labels that a row misses and gets instead, the most frequent ones.
    n_confusions : int
        How many there are.
    missed_together : tuple of MissedPair
        The most frequent ones.
    wrong, missed : tuple of SetError
        Wrong labels of the highest probability, and missed ones of the lowest.
    reliability : tuple of ReliabilityBin
        Of the pairs of a row and a label with a probability of 1 % or more.
    """

    head: SetHead
    labels: tuple[SetLabelLine, ...]
    confusions: tuple[Confusion, ...]
    n_confusions: int
    missed_together: tuple[MissedPair, ...]
    wrong: tuple[SetError, ...]
    missed: tuple[SetError, ...]
    reliability: tuple[ReliabilityBin, ...]
