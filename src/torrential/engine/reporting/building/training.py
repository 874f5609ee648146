"""Make the report of a model by itself, from what it has kept of its training."""

from collections.abc import Sequence
from typing import Any

from torrential.engine.model.counts import Counts
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.building.classes import MOST_WITH_TERMS, PRECISION
from torrential.engine.reporting.building.common import (
    Subject,
    columns_of,
    number_terms,
    top_terms,
)
from torrential.engine.reporting.training_report import KeptLabel, TrainingHead, TrainingReport
from torrential.engine.scoring.hashed import HashedPredictor
from torrential.engine.targets.label_values import plain_label
from torrential.errors import ParameterError
from torrential.evaluation.findings import intervals
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.evaluation.thresholds import Goal

ODD_ROWS = {
    "malformed": "Malformed",
    "unlabelled": "Without a label",
    "null_text": "Null texts",
    "invalid_utf8": "Not UTF-8",
    "other_labels": "Further labels",
    "no_terms": "Without a term",
}
"""Counts of the training, and their names."""


def build_training(
    subject: Subject, history: Sequence[ProgressiveValidation], counts: Counts
) -> TrainingReport:
    """Return the report.

    Parameters
    ----------
    subject : Subject
    history : sequence of ProgressiveValidation
        The passes of the training.
    counts : Counts
        Its rows.
    """
    model = subject.model
    n_sampled, labels = _labels(model)
    return TrainingReport(
        name=subject.name,
        head=_head(subject, history),
        learning=subject.learning,
        top_terms=_top_terms(model, labels),
        columns=columns_of(model),
        provenance=subject.provenance,
        n_sampled=n_sampled,
        labels=labels,
        odd_rows={name: getattr(counts, field) for field, name in ODD_ROWS.items()},
        has_terms=model.terms is not None,
    )


def _head(subject: Subject, history: Sequence[ProgressiveValidation]) -> TrainingHead:
    first = next((each for each in history if not each.learned_before and each.n_rows), None)
    line = None if first is None else first.line()
    accuracy = None
    if line is not None and line.accuracy is not None:
        accuracy = intervals.share(line.accuracy * line.n_rows, line.n_rows)
    model = subject.model
    return TrainingHead(
        model_bytes=subject.size,
        n_passes=len(history),
        n_labels=None if model.is_regression else len(model.labels),
        accuracy=accuracy,
        loss=None if line is None else line.average_loss,
        log_loss=None if line is None else line.log_loss,
        roc_auc=None if line is None else line.roc_auc,
    )


def _labels(model: HashedModel) -> tuple[int, tuple[KeptLabel, ...]]:
    """Return the labels by the sample of predictions, and its rows."""
    if model.is_regression:
        return 0, ()
    predictor = HashedPredictor(model)
    try:
        best = predictor.choose_thresholds(Goal())
        precise = predictor.choose_thresholds(Goal(min_precision=PRECISION))
    except ParameterError:  # the model keeps no predictions
        return 0, ()
    chosen, least = predictor.thresholds, precise.thresholds
    found = [
        KeptLabel(
            label=plain_label(each.label),
            support=each.support,
            precision=each.precision,
            recall=each.recall,
            f1=each.f1,
            least=each.threshold,
            for_precision=_finite(least.get(each.label)),
            chosen=_finite(chosen.get(each.label)),
        )
        for each in best.labels
    ]
    return best.n_rows, tuple(sorted(found, key=lambda each: -each.support))


def _finite(threshold: float | None) -> float | None:
    return None if threshold is None or threshold == float("inf") else float(threshold)


def _top_terms(model: HashedModel, labels: Sequence[KeptLabel]) -> Any:
    if model.is_regression:
        return number_terms(model, model.terms, words_only=True)
    names = [plain_label(label) for label in model.labels.order().classes.tolist()]
    wanted = [names.index(each.label) for each in labels] or [*range(len(names))]
    return top_terms(model, model.terms, names, wanted[:MOST_WITH_TERMS], words_only=True)
