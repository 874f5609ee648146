"""Make the report of a model of one label a row from what the pass has found."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.building.classes import (
    MOST_CONFUSIONS,
    by_support,
    class_terms,
    confusions_of,
    thresholds_of,
)
from torrential.engine.reporting.building.common import (
    N_ERROR_TERMS,
    Subject,
    common,
    has_words,
)
from torrential.engine.reporting.explained_rows import RowExplainer, contrast, distinct
from torrential.engine.reporting.kinds.labels import LabelFindings
from torrential.engine.reporting.label_report import ClassLine, Head, Report, WrongText
from torrential.engine.reporting.measure import Measured
from torrential.engine.targets.label_values import plain_label
from torrential.evaluation.findings import intervals
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.findings.rows import WrongRow
from torrential.evaluation.findings.segments import Segment
from torrential.evaluation.report import EvaluationReport

MOST_IN_MATRIX = 30
"""Classes up to which a confusion matrix can be read."""


def build_labels(subject: Subject, found: Measured) -> Report:
    """Return the report."""
    summary, model = found.summary, subject.model
    findings: LabelFindings = summary.findings
    metrics: EvaluationReport = findings.evaluation.metrics.report()
    order = by_support(metrics.classes)
    confusion = None if metrics.confusion is None else np.array(metrics.confusion)
    confused = _confused(confusion)
    words_only = has_words(summary)
    explainer = RowExplainer(model, words_only=words_only)
    return Report(
        **common(subject, summary, Segment.of),
        head=_head(subject, found, metrics, confusion),
        classes=_classes(findings, metrics, order),
        matrix=_matrix(confusion, order),
        confusions=confusions_of(metrics.classes, confused[:MOST_CONFUSIONS]),
        n_confusions=len(confused),
        errors=wrong_texts(model, findings.worst.rows(), explainer),
        label_errors=subject.label_errors,
        error_terms=explainer.terms(N_ERROR_TERMS),
        top_terms=class_terms(model, found.terms, metrics.classes, words_only=words_only),
        reliability=metrics.reliability,
        coverage=findings.confidence.curve(),
        shares=findings.confidence.shares(),
    )


def wrong_texts(
    model: HashedModel, rows: Iterable[WrongRow], explainer: RowExplainer
) -> tuple[WrongText, ...]:
    """Return wrong rows with what their words add; equal ones once."""
    found = []
    for each in distinct(rows, lambda each: (each.row.text, each.true, each.predicted)):
        direction = contrast(model, [each.predicted], [each.true])
        explained = explainer.explain(each.row, direction)
        found.append(
            WrongText(
                true=plain_label(each.true),
                predicted=plain_label(each.predicted),
                probability=each.probability,
                of_true=each.of_true,
                **explained._asdict(),
            )
        )
    return tuple(found)


def _head(subject: Subject, found: Measured, metrics: EvaluationReport, confusion: Any) -> Head:
    total, size = metrics.total_weight, found.summary.size
    right = metrics.accuracy * total
    assert metrics.log_loss is not None and metrics.brier_score is not None
    assert metrics.calibration_error is not None
    largest = max(metrics.classes, key=lambda each: each.support)
    f1 = None if confusion is None else intervals.macro_f1(confusion, size, metrics.macro_f1)
    squares = found.summary.findings.squared_losses
    return Head(
        n_rows=metrics.n_rows,
        n_bytes=found.summary.counts.n_bytes,
        seconds=subject.seconds,
        model_bytes=subject.size,
        accuracy=intervals.share(right, total, size),
        macro_f1=f1 or Estimate(metrics.macro_f1, metrics.macro_f1, metrics.macro_f1),
        log_loss=intervals.mean(metrics.log_loss * total, squares, total, size),
        brier_score=metrics.brier_score,
        calibration_error=metrics.calibration_error,
        majority=plain_label(largest.label),
        baseline=largest.support / total,
    )


def _classes(
    findings: LabelFindings, metrics: EvaluationReport, order: Sequence[int]
) -> tuple[ClassLine, ...]:
    thresholds = thresholds_of(findings.confidence, metrics.classes)
    return tuple(
        ClassLine(
            label=plain_label(each.label),
            support=each.support,
            predicted=each.predicted,
            precision=each.precision,
            recall=each.recall,
            f1=each.f1,
            seen=each.seen,
            threshold=thresholds[place],
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


def _confused(confusion: Any) -> list[tuple[int, int, float]]:
    """Return the true and the predicted place of wrong predictions, the most frequent first."""
    if confusion is None:
        return []
    true, predicted = np.nonzero(confusion)
    is_wrong = true != predicted
    true, predicted = true[is_wrong], predicted[is_wrong]
    weights = confusion[true, predicted]
    order = np.argsort(-weights, kind="stable")
    places = true[order].tolist(), predicted[order].tolist()
    return list(zip(*places, weights[order].astype(float).tolist(), strict=True))
