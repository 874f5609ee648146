"""The report of a model by itself, from what it has kept of its training, as plain data."""

from dataclasses import dataclass
from typing import Any

from torrential.engine.reporting.report import AnyReport
from torrential.evaluation.findings.intervals import Estimate


@dataclass(frozen=True, slots=True)
class TrainingHead:
    """The most important figures.

    Attributes
    ----------
    model_bytes : int
        Of its file, or of its weights in memory.
    n_passes : int
    n_labels : int or None
        None of numbers.
    accuracy : Estimate or None
        Share of the rows of the first pass that were right before they were learned; with several
        labels all of them. None of numbers.
    loss : float or None
        Mean loss of these rows.
    log_loss, roc_auc : float or None
        Of their probabilities; only of two classes.
    """

    model_bytes: int
    n_passes: int
    n_labels: int | None
    accuracy: Estimate | None
    loss: float | None
    log_loss: float | None
    roc_auc: float | None


@dataclass(frozen=True, slots=True)
class KeptLabel:
    """A label, by the predictions that the training has kept of rows before they were learned.

    Attributes
    ----------
    label : str, int, float, bool or None
    support : float
        Weight of its rows in the sample.
    precision, recall, f1 : float
        At the threshold of the best F1.
    least : float or None
        That threshold; None if none is of use.
    for_precision : float or None
        The lowest threshold of a precision of 95 %; None if none reaches it.
    chosen : float or None
        The threshold that is part of the model, if one was chosen.
    """

    label: Any
    support: float
    precision: float
    recall: float
    f1: float
    least: float | None
    for_precision: float | None
    chosen: float | None


@dataclass(frozen=True, slots=True)
class TrainingReport(AnyReport):
    """The report of a model without labeled rows.

    Attributes
    ----------
    head : TrainingHead
    n_sampled : int
        Rows of the sample of predictions; 0 without one.
    labels : tuple of KeptLabel
        By the number of their rows; empty without a sample.
    odd_rows : dict of str to int
        Rows of the training that were left out, or are odd, by name.
    has_terms : bool
        Whether the model has kept terms.
    """

    head: TrainingHead
    n_sampled: int
    labels: tuple[KeptLabel, ...]
    odd_rows: dict[str, int]
    has_terms: bool
