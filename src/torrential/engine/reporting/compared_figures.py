"""Figures of two models side by side, for each kind of targets."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from torrential.engine.reporting.comparison import Figure
from torrential.engine.reporting.kinds.choice import LABEL_SETS, LABELS, NUMBERS


class _Shown(NamedTuple):
    """A figure that is shown, and how it comes from a report of evaluate."""

    name: str
    value: Callable[[Any], float | None]
    is_share: bool = True
    is_loss: bool = False


FIGURES = {
    LABELS: (
        _Shown("accuracy", lambda report: report.accuracy),
        _Shown("macro-F1", lambda report: report.macro_f1),
        _Shown("log loss", lambda report: report.log_loss, is_share=False, is_loss=True),
        _Shown("Brier score", lambda report: report.brier_score, is_share=False, is_loss=True),
        _Shown("expected calibration error", lambda report: report.calibration_error, is_loss=True),
    ),
    NUMBERS: (
        _Shown(
            "mean absolute error",
            lambda report: report.mean_absolute_error,
            is_share=False,
            is_loss=True,
        ),
        _Shown(
            "root mean squared error",
            lambda report: math.sqrt(report.mean_squared_error),
            is_share=False,
            is_loss=True,
        ),
        _Shown("R2", lambda report: report.r2, is_share=False),
        _Shown("Spearman", lambda report: report.spearman, is_share=False),
        _Shown("accuracy", lambda report: report.accuracy),
    ),
    LABEL_SETS: (
        _Shown("micro-F1", lambda report: report.micro_f1),
        _Shown("macro-F1", lambda report: report.macro_f1),
        _Shown("exactly right", lambda report: report.accuracy),
        _Shown("precision at 1", lambda report: report.precision_at.get(1)),
        _Shown("ranking precision", lambda report: report.ranking_precision),
        _Shown("Hamming loss", lambda report: report.hamming_loss, is_share=False, is_loss=True),
    ),
}


def figures_of(kind: str, first: Any, second: Any) -> tuple[Figure, ...]:
    """Return the figures of two reports of evaluate that both have.

    Parameters
    ----------
    kind : str
        Of the targets.
    first, second : EvaluationReport, RegressionReport or MultilabelReport
    """
    found = (
        Figure(each.name, each.value(first), each.value(second), each.is_share, each.is_loss)
        for each in FIGURES[kind]
    )
    return tuple(each for each in found if each.first is not None and each.second is not None)
