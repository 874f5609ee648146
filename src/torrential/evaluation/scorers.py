"""Scorers by scikit-learn's names, those that can be computed from a stream, and one of ours.

``SCORERS`` has a row for each: one more is one more row.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from typing import Any

from torrential.evaluation.multilabel_report import KS, MultilabelReport
from torrential.evaluation.report import EvaluationReport
from torrential.evaluation.tasks import BINARY, MULTICLASS, MULTILABEL, TARGETS

ACCURACY = "accuracy"

POSITIVE = 1
"""Code of the positive one of two classes: the class that sorts last, as in scikit-learn."""

PROBABILITIES, RANKING, EVERY_CLASS = "probabilities", "ranking", "every class"
"""Possible needs of a scorer: probabilities of all classes; the order of all scores, in a sketch;
learned rows of each class, without which the score is nan, as in scikit-learn."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """One scorer.

    Attributes
    ----------
    name : str
        scikit-learn's; 'spearman' is ours.
    function : callable
        Takes a report; in classification, with the need of a ranking, a sketch.
    tasks : tuple of str
    needs : tuple of str, default=()
    error : callable, default=None
        Gives the most that the score from a sketch can be off, from the same.
    for_many : tuple of str, default=()
        Scorers to suggest if one for two classes is requested for more.
    cut : float, default=None
        Least target of the rows that predicted numbers are to select; it takes a `CutReport` then.
    """

    name: str
    function: Callable[[Any], float]
    tasks: tuple[str, ...]
    needs: tuple[str, ...] = ()
    error: Callable[[Any], float] | None = None
    for_many: tuple[str, ...] = ()
    cut: float | None = None


def _balanced_accuracy(report: EvaluationReport) -> float:
    recalls = [each.recall for each in report.classes if each.support]
    return sum(recalls) / len(recalls)


def _neg_log_loss(report: EvaluationReport) -> float:
    return float("nan") if report.log_loss is None else -report.log_loss


def or_nan(name: str) -> Callable[[Any], float]:
    """Return the function that takes a figure from a report, and nan for None."""

    def score(report: Any) -> float:
        value = getattr(report, name)
        return float("nan") if value is None else float(value)

    return score


def _of_positive(metric: str) -> Callable[[EvaluationReport], float]:
    return lambda report: float(getattr(report.classes[POSITIVE], metric))


def _averaged(metric: str, average: str) -> Callable[[EvaluationReport], float]:
    """Average over the classes that are true or predicted, as scikit-learn does.

    With several labels a row, it is over all of them.
    """

    def score(report: EvaluationReport | MultilabelReport) -> float:
        if isinstance(report, MultilabelReport):
            return report.averages[metric][average]
        if average == "micro":  # with one label a row, on average over the rows
            return report.accuracy
        present = [each for each in report.classes if each.support or each.predicted]
        values = [float(getattr(each, metric)) for each in present]
        if average == "macro":
            return sum(values) / len(values)
        weights = [each.support for each in present]
        return sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights)

    return score


def _at(figures: str, k: int) -> Callable[[MultilabelReport], float]:
    return lambda report: float(getattr(report, figures)[k])


OF_CLASSES = ("macro", "micro", "weighted")
CLASSES = (BINARY, MULTICLASS)
RANKED = (RANKING, EVERY_CLASS)

_ROWS = (
    Scorer("r2", or_nan("r2"), (TARGETS,)),
    Scorer("neg_mean_absolute_error", lambda report: -report.mean_absolute_error, (TARGETS,)),
    Scorer("neg_mean_squared_error", lambda report: -report.mean_squared_error, (TARGETS,)),
    Scorer(
        "neg_root_mean_squared_error",
        lambda report: -math.sqrt(report.mean_squared_error),
        (TARGETS,),
    ),
    Scorer("spearman", or_nan("spearman"), (TARGETS,), (RANKING,), error=or_nan("spearman_error")),
    Scorer(ACCURACY, attrgetter("accuracy"), (*CLASSES, MULTILABEL, TARGETS)),
    Scorer("balanced_accuracy", _balanced_accuracy, CLASSES),
    *(
        Scorer(
            metric,
            _of_positive(metric),
            (BINARY,),
            for_many=tuple(f"{metric}_{average}" for average in OF_CLASSES),
        )
        for metric in ("f1", "precision", "recall")
    ),
    *(
        Scorer(
            f"{metric}_{average}",
            _averaged(metric, average),
            (*CLASSES, MULTILABEL) if average in OF_CLASSES else (MULTILABEL,),
        )
        for metric in ("f1", "precision", "recall")
        for average in (*OF_CLASSES, "samples")
    ),
    Scorer("neg_hamming_loss", lambda report: -report.hamming_loss, (MULTILABEL,)),
    Scorer("ranking_precision", attrgetter("ranking_precision"), (MULTILABEL,)),
    *(
        Scorer(f"{name}_{k}", _at(name, k), (MULTILABEL,))
        for name in ("precision_at", "recall_at", "hits_at")
        for k in KS
    ),
    Scorer("neg_log_loss", _neg_log_loss, CLASSES, (PROBABILITIES, EVERY_CLASS)),
    Scorer(
        "roc_auc",
        methodcaller("roc_auc"),
        (BINARY,),
        RANKED,
        methodcaller("roc_auc_error"),
        for_many=("roc_auc_ovr",),
    ),
    Scorer(
        "roc_auc_ovr",
        methodcaller("roc_auc"),
        CLASSES,
        (PROBABILITIES, *RANKED),
        methodcaller("roc_auc_error"),
    ),
    Scorer(
        "average_precision",
        methodcaller("average_precision"),
        (BINARY,),
        RANKED,
        methodcaller("average_precision_error"),
        for_many=("roc_auc_ovr",),
    ),
)

SCORERS: dict[str, Scorer] = {scorer.name: scorer for scorer in _ROWS}
"""Scorers by name; the first scorer of a task is its default."""
