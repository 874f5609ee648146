"""Make the report of a model of several labels a row from what the pass has found."""

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
from torrential.engine.reporting.kinds.label_sets import LabelSetFindings
from torrential.engine.reporting.measure import Measured
from torrential.engine.reporting.set_report import (
    MissedPair,
    SetError,
    SetHead,
    SetLabelLine,
    SetReport,
)
from torrential.engine.targets.label_values import plain_label
from torrential.evaluation.findings import intervals
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.findings.rows import WrongSetLabel
from torrential.evaluation.findings.segments import SetSegment
from torrential.evaluation.multilabel_report import MultilabelReport
from torrential.evaluation.ratios import ratio

LEAST_IN_GROUPS = 2
"""Rows of a group from which on groups say something of chance."""


def build_label_sets(subject: Subject, found: Measured) -> SetReport:
    """Return the report."""
    summary, model = found.summary, subject.model
    findings: LabelSetFindings = summary.findings
    metrics: MultilabelReport = findings.evaluation.metrics.report()
    order = by_support(metrics.classes)
    words_only = has_words(summary)
    explainer = RowExplainer(model, words_only=words_only)
    labels = [plain_label(each.label) for each in metrics.classes]
    confused = findings.confused.heaviest(MOST_CONFUSIONS)
    together = findings.missed_together.heaviest(MOST_CONFUSIONS)
    return SetReport(
        **common(subject, summary, SetSegment.of),
        head=_head(subject, found, metrics),
        labels=_labels(model, findings, metrics, order),
        confusions=confusions_of(metrics.classes, confused),
        n_confusions=len(findings.confused),
        missed_together=tuple(
            MissedPair(labels[first], labels[second], weight) for first, second, weight in together
        ),
        wrong=_errors(model, findings.wrong.rows(), explainer),
        missed=_errors(model, findings.missed.rows(), explainer),
        error_terms=explainer.terms(N_ERROR_TERMS),
        top_terms=class_terms(model, found.terms, metrics.classes, words_only=words_only),
        reliability=findings.reliability.bins(),
    )


def _head(subject: Subject, found: Measured, metrics: MultilabelReport) -> SetHead:
    findings: LabelSetFindings = found.summary.findings
    total, size = metrics.total_weight, found.summary.size
    largest = max(metrics.classes, key=lambda each: each.support)
    support = sum(each.support for each in metrics.classes)
    predicted = sum(each.predicted for each in metrics.classes)
    twice = metrics.micro_f1 * (support + predicted)
    micro_f1 = intervals.ratio_of_sums(
        [twice, support + predicted, *findings.products.tolist()], total, size
    )
    has_pairs = findings.reliability.weight > 0
    return SetHead(
        n_rows=metrics.n_rows,
        n_bytes=found.summary.counts.n_bytes,
        seconds=subject.seconds,
        model_bytes=subject.size,
        micro_f1=micro_f1,
        macro_f1=_macro_f1(findings, metrics),
        exact=intervals.share(metrics.accuracy * total, total, size),
        mean_f1=intervals.mean(findings.f1, findings.squared_f1, total, size),
        precision_at={str(k): value for k, value in metrics.precision_at.items()},
        ranking_precision=metrics.ranking_precision,
        hamming_loss=metrics.hamming_loss,
        n_labels_per_row=metrics.n_labels_per_row,
        n_predicted_per_row=metrics.n_predicted_per_row,
        majority=plain_label(largest.label),
        baseline=ratio(2 * largest.support, total + support),
        calibration_error=findings.reliability.error if has_pairs else 0.0,
    )


def _macro_f1(findings: LabelSetFindings, metrics: MultilabelReport) -> Estimate:
    value, groups = metrics.macro_f1, findings.groups
    if groups is None or metrics.n_rows < LEAST_IN_GROUPS * len(groups):
        return Estimate(value, value, value)
    return intervals.macro_f1_of_sets(groups, len(metrics.classes), value)


def _labels(
    model: HashedModel, findings: LabelSetFindings, metrics: MultilabelReport, order: Sequence[int]
) -> tuple[SetLabelLine, ...]:
    thresholds = thresholds_of(findings.confidence, metrics.classes)
    codes = model.labels.order().codes.tolist()
    chosen = model.calibration.thresholds or {}
    by_score = float(model.probabilities(np.zeros((1, max(1, len(codes))), np.float32))[0, 0])
    lines = []
    for place in order:
        each = metrics.classes[place]
        code = codes[place] if each.seen else None
        least = chosen.get(code, by_score) if code is not None else None
        lines.append(
            SetLabelLine(
                label=plain_label(each.label),
                support=each.support,
                predicted=each.predicted,
                precision=each.precision,
                recall=each.recall,
                f1=each.f1,
                seen=each.seen,
                least=None if least is None or not np.isfinite(least) else float(least),
                is_chosen=code in chosen,
                threshold=thresholds[place],
            )
        )
    return tuple(lines)


def _errors(
    model: HashedModel, rows: Iterable[WrongSetLabel], explainer: RowExplainer
) -> tuple[SetError, ...]:
    found = []
    for each in distinct(rows, lambda each: (each.row.text, each.label)):
        sign = -1.0 if each.is_missed else 1.0
        explained = explainer.explain(each.row, contrast(model, [each.label]), sign)
        found.append(
            SetError(
                label=plain_label(each.label),
                is_missed=each.is_missed,
                probability=each.probability,
                true=_plain(each.true),
                predicted=_plain(each.predicted),
                **explained._asdict(),
            )
        )
    return tuple(found)


def _plain(labels: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(map(plain_label, labels))
