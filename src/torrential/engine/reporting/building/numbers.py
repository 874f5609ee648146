"""Make the report of a model of numbers from what the pass has found."""

from typing import Any

import numpy as np

from torrential.engine.reporting.building.common import (
    N_ERROR_TERMS,
    Subject,
    common,
    has_words,
    number_terms,
)
from torrential.engine.reporting.explained_rows import RowExplainer, distinct
from torrential.engine.reporting.kinds.numbers import NumberFindings
from torrential.engine.reporting.measure import Measured
from torrential.engine.reporting.number_report import (
    NumberError,
    NumberHead,
    NumberReport,
    PredictionGroup,
    Within,
)
from torrential.evaluation.findings import intervals
from torrential.evaluation.findings.heat_map import heat_map, points
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.findings.segments import NumberSegment
from torrential.evaluation.regression import RegressionReport

N_GROUPS = 10
"""Groups by prediction."""

SHARES = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Shares of the rows whose largest error is shown."""

MOST_LEVELS = 40
"""Levels that have a bin each in the heat map."""


def build_numbers(subject: Subject, found: Measured) -> NumberReport:
    """Return the report."""
    summary, model = found.summary, subject.model
    findings: NumberFindings = summary.findings
    words_only = has_words(summary)
    explainer = RowExplainer(model, words_only=words_only)
    levels = () if model.levels is None else model.levels.values
    return NumberReport(
        **common(subject, summary, NumberSegment.of),
        head=_head(subject, found, findings),
        within=tuple(Within(share, findings.sizes.quantile(share)) for share in SHARES),
        heat_map=heat_map(_pairs(findings), levels if len(levels) <= MOST_LEVELS else ()),
        groups=_groups(findings),
        errors=_errors(findings, explainer),
        error_terms=explainer.terms(N_ERROR_TERMS),
        top_terms=number_terms(model, found.terms, words_only=words_only),
    )


def _pairs(findings: NumberFindings) -> Any:
    pairs = findings.evaluation.metrics.pairs
    assert pairs is not None  # as the evaluation ranks
    return pairs


def _head(subject: Subject, found: Measured, findings: NumberFindings) -> NumberHead:
    sums, size = findings.evaluation.metrics, found.summary.size
    metrics = sums.report()
    settings, total = subject.model.linear.settings, metrics.total_weight
    absolute, squared = metrics.mean_absolute_error, metrics.mean_squared_error
    bias = findings.errors / total
    median = findings.targets.quantile(0.5)
    rank = metrics.spearman
    return NumberHead(
        n_rows=metrics.n_rows,
        n_bytes=found.summary.counts.n_bytes,
        seconds=subject.seconds,
        model_bytes=subject.size,
        mean_absolute_error=intervals.mean(absolute * total, squared * total, total, size),
        root_mean_squared_error=intervals.root(
            intervals.mean(squared * total, findings.fourth_powers, total, size)
        ),
        r2=_r2(metrics, findings, size),
        spearman=None if rank is None else intervals.correlation(rank, size),
        bias=intervals.mean(bias * total, squared * total, total, size),
        accuracy=None
        if metrics.accuracy is None
        else intervals.share(metrics.accuracy * total, total, size),
        not_above=intervals.share(findings.not_above, total, size),
        quantile=settings.quantile if settings.loss == "quantile" else None,
        mean=sums.mean,
        median=median,
        baseline_absolute=findings.targets.distance(median),
        baseline_squared=sums.deviation,
    )


def _r2(metrics: RegressionReport, findings: NumberFindings, size: float) -> Estimate | None:
    """Return R2 with its interval, of the ratio of the squared errors and the squared spread."""
    if metrics.r2 is None:
        return None
    true, predicted, weights = points(_pairs(findings))
    spread = np.square(true - findings.evaluation.metrics.mean)
    if not spread.any():
        return Estimate(metrics.r2, metrics.r2, metrics.r2)
    unexplained = intervals.ratio_of_means(np.square(true - predicted), spread, weights, size)
    half = unexplained.high - unexplained.value
    return Estimate(metrics.r2, metrics.r2 - half, min(1.0, metrics.r2 + half))


def _groups(findings: NumberFindings) -> tuple[PredictionGroup, ...]:
    groups = []
    for each in findings.by_prediction.groups(N_GROUPS):
        errors, squares, sizes = each.totals
        bias = intervals.mean(errors, squares, each.weight)
        groups.append(
            PredictionGroup(
                low=each.low,
                high=each.high,
                weight=each.weight,
                mean_prediction=each.mean,
                mean_target=each.mean - bias.value,
                bias=bias,
                mean_absolute_error=sizes / each.weight,
            )
        )
    return tuple(groups)


def _errors(findings: NumberFindings, explainer: RowExplainer) -> tuple[NumberError, ...]:
    found = []
    for each in distinct(findings.worst.rows(), lambda each: (each.row.text, each.true)):
        sign = 1.0 if each.predicted > each.true else -1.0
        explained = explainer.explain(each.row, np.ones(1), sign)
        found.append(NumberError(each.true, each.predicted, **explained._asdict()))
    return tuple(found)
