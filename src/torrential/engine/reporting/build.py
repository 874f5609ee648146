"""Make the report of a model from what the pass has found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torrential.engine.explaining.explanation import collisions
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.history import Learning, Provenance
from torrential.engine.reporting.measure import Measured
from torrential.engine.reporting.parts import (
    ClassLine,
    ClassTerms,
    Columns,
    Confusion,
    Head,
    RowFacts,
    WrongText,
)
from torrential.engine.reporting.report import Report
from torrential.engine.reporting.summary import (
    FILE,
    LEARNED,
    LEARNED_NAMES,
    LENGTH,
    SCRIPT,
    UNKNOWN,
    UNKNOWN_NAMES,
    ReportSummary,
)
from torrential.engine.reporting.terms import heaviest
from torrential.engine.reporting.text_shapes import LENGTH_NAMES, SCRIPTS, WITHOUT_SPACES
from torrential.engine.reporting.wrong_texts import WrongTexts
from torrential.engine.targets.label_values import plain_label
from torrential.evaluation.findings import intervals
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.findings.segments import SegmentTable
from torrential.evaluation.ratios import ratio
from torrential.evaluation.report import EvaluationReport
from torrential.features.terms.collisions import CollisionReport

MOST_IN_MATRIX = 30
"""Classes up to which a confusion matrix can be read."""

MOST_CONFUSIONS = 40
MOST_WITH_TERMS = 100
"""Classes with terms: those with the most rows."""

N_TERMS = 12
N_ERROR_TERMS = 20
MOST_SEGMENTS = 14
PRECISION = 0.95
"""Share of right ones that the threshold of a class is for."""

ORDERS = {LENGTH: LENGTH_NAMES, UNKNOWN: list(UNKNOWN_NAMES), LEARNED: list(LEARNED_NAMES)}
"""Natural orders of segments."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is of, besides the rows.

    Attributes
    ----------
    name : str
    model : HashedModel
    model_bytes : int or None
        Of its file; None if it is in memory.
    learning : Learning
    provenance : Provenance
    seconds : float
    label_errors : tuple of WrongText, or None
    """

    name: str
    model: HashedModel
    model_bytes: int | None
    learning: Learning
    provenance: Provenance
    seconds: float
    label_errors: tuple[WrongText, ...] | None = None


def build(subject: Subject, found: Measured) -> Report:
    """Return the report."""
    summary, model = found.summary, subject.model
    metrics: EvaluationReport = summary.metrics.report()
    order = sorted(
        range(len(metrics.classes)), key=lambda place: (-metrics.classes[place].support, place)
    )
    confusion = None if metrics.confusion is None else np.array(metrics.confusion)
    confusions = _confusions(metrics, confusion)
    words_only = not _is_without_spaces(summary)
    wrong, of_columns = WrongTexts(words_only), collisions(model)
    for row in summary.worst.rows():
        wrong.add(model, row)
    return Report(
        name=subject.name,
        head=_head(subject, of_columns.memory, summary, metrics, confusion),
        learning=subject.learning,
        classes=_classes(summary, metrics, order),
        matrix=_matrix(confusion, order),
        confusions=tuple(confusions[:MOST_CONFUSIONS]),
        n_confusions=len(confusions),
        errors=tuple(wrong.texts),
        label_errors=subject.label_errors,
        error_terms=wrong.terms(N_ERROR_TERMS),
        top_terms=_terms(model, found, metrics, order, words_only=words_only),
        columns=_columns(of_columns),
        reliability=metrics.reliability,
        coverage=summary.confidence.curve(),
        shares=summary.confidence.shares(),
        segments=_segments(summary),
        rows=_rows(summary),
        provenance=subject.provenance,
    )


def _head(
    subject: Subject, memory: int, summary: ReportSummary, metrics: EvaluationReport, confusion: Any
) -> Head:
    total = metrics.total_weight
    size = total * total / summary.squared_weights  # rows that count as independent (Kish 1965)
    right = metrics.accuracy * total
    assert metrics.log_loss is not None and metrics.brier_score is not None
    assert metrics.calibration_error is not None
    largest = max(metrics.classes, key=lambda each: each.support)
    f1 = None if confusion is None else intervals.macro_f1(confusion, size, metrics.macro_f1)
    log_loss = metrics.log_loss
    return Head(
        n_rows=metrics.n_rows,
        n_bytes=summary.counts.n_bytes,
        seconds=subject.seconds,
        model_bytes=memory if subject.model_bytes is None else subject.model_bytes,
        accuracy=intervals.share(right, total, size),
        macro_f1=f1 or Estimate(metrics.macro_f1, metrics.macro_f1, metrics.macro_f1),
        log_loss=intervals.mean(log_loss * total, summary.squared_losses, total, size),
        brier_score=metrics.brier_score,
        calibration_error=metrics.calibration_error,
        majority=plain_label(largest.label),
        baseline=largest.support / total,
    )


def _classes(
    summary: ReportSummary, metrics: EvaluationReport, order: Sequence[int]
) -> tuple[ClassLine, ...]:
    support = np.array([each.support for each in metrics.classes])
    thresholds = summary.confidence.thresholds(PRECISION, support)
    return tuple(
        ClassLine(
            label=plain_label(each.label),
            support=each.support,
            predicted=each.predicted,
            precision=each.precision,
            recall=each.recall,
            f1=each.f1,
            seen=each.seen,
            threshold=thresholds[place] if place < len(thresholds) else None,
        )
        for place, each in ((place, metrics.classes[place]) for place in order)
    )


def _matrix(confusion: Any, order: Sequence[int]) -> tuple[tuple[float, ...], ...] | None:
    """Return the confusion matrix in an order, with columns for labels that are not classes."""
    if confusion is None or len(order) > MOST_IN_MATRIX:
        return None
    square = np.zeros((len(order), len(order)))
    square[:, : confusion.shape[1]] = confusion[: len(order)]
    return tuple(tuple(row) for row in square[np.ix_(order, order)].tolist())


def _confusions(metrics: EvaluationReport, confusion: Any) -> list[Confusion]:
    if confusion is None:
        return []
    true, predicted = np.nonzero(confusion)
    is_wrong = true != predicted
    true, predicted = true[is_wrong], predicted[is_wrong]
    weights = confusion[true, predicted]
    classes = metrics.classes
    return [
        Confusion(
            plain_label(classes[true[at]].label),
            plain_label(classes[predicted[at]].label),
            float(weights[at]),
            ratio(float(weights[at]), classes[true[at]].support),
        )
        for at in np.argsort(-weights, kind="stable").tolist()
    ]


def _terms(
    model: HashedModel,
    found: Measured,
    metrics: EvaluationReport,
    order: Sequence[int],
    *,
    words_only: bool,
) -> tuple[ClassTerms, ...]:
    names = model.spec.names(found.terms)
    if names is None or len(names.columns) == 0:
        return ()
    seen = [place for place in order if metrics.classes[place].seen]
    labels = [plain_label(each.label) for each in metrics.classes]
    wanted = seen[:MOST_WITH_TERMS]
    return heaviest(model, names, labels, wanted, N_TERMS, words_only=words_only)


def _is_without_spaces(summary: ReportSummary) -> bool:
    """Return whether most rows are of scripts whose words are not between spaces."""
    if SCRIPT not in summary.segments.names:
        return False
    segments = summary.segments.table(SCRIPT, len(SCRIPTS)).segments
    total = sum(each.weight for each in segments)
    return 2 * sum(each.weight for each in segments if each.value in WITHOUT_SPACES) > total


def _columns(found: CollisionReport) -> Columns:
    enough = found.smallest_n_features
    if enough is None or found.n_features >= enough:
        more = "more columns would not help"
    else:
        more = f"{enough:,} columns would be enough"
    return Columns(
        n_features=found.n_features,
        vocabulary=found.vocabulary,
        occupied=found.occupied,
        shared_mass=found.shared_mass,
        advice=f"{found.cost_sentence()}; {more}",
    )


def _segments(summary: ReportSummary) -> tuple[SegmentTable, ...]:
    tables = []
    for name in summary.segments.names:
        table = summary.segments.table(name, MOST_SEGMENTS, ORDERS.get(name, ()))
        # One file has all rows, and so has one script, most often.
        if len(table.segments) > 1 or name not in (FILE, LENGTH, UNKNOWN, SCRIPT):
            tables.append(table)
    return tuple(tables)


def _rows(summary: ReportSummary) -> RowFacts:
    counts = summary.counts
    return RowFacts(
        malformed=counts.malformed,
        unlabeled=counts.unlabeled,
        null=counts.null,
        empty=counts.empty,
        very_long=counts.very_long,
        invalid=counts.invalid,
        no_terms=counts.no_terms,
        unknown_terms=ratio(counts.n_unknown, counts.n_values),
    )
