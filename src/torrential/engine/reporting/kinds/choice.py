"""Which accumulators a model has: the one place that asks for the kind of its targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torrential.data.dataset import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.kinds.contract import Findings, Verdicts
from torrential.engine.reporting.kinds.label_sets import (
    LabelSetFindings,
    new_set_evaluation,
    set_verdicts,
)
from torrential.engine.reporting.kinds.labels import (
    LabelFindings,
    label_verdicts,
    new_label_evaluation,
)
from torrential.engine.reporting.kinds.numbers import (
    NumberFindings,
    new_number_evaluation,
    number_verdicts,
)
from torrential.engine.reporting.shown_rows import RowKeeper
from torrential.engine.targets.label_casts import LabelCast, cast_of

LABELS, NUMBERS, LABEL_SETS = "labels", "numbers", "label sets"


@dataclass(frozen=True, slots=True)
class Kind:
    """What reports and comparisons accumulate for one kind of target.

    Attributes
    ----------
    findings : callable
        Makes empty `Findings`, given the model, the cast of labels, what keeps rows, and how many.
    evaluation : callable
        Makes empty metrics, given the model and the cast of labels.
    verdicts : callable
        Makes `Verdicts` of the rows that the metrics return for a batch.
    """

    findings: Callable[[HashedModel, Any, RowKeeper, int], Findings]
    evaluation: Callable[[HashedModel, Any], Any]
    verdicts: Callable[[Any], Verdicts]


KINDS = {
    LABELS: Kind(LabelFindings, new_label_evaluation, label_verdicts),
    LABEL_SETS: Kind(LabelSetFindings, new_set_evaluation, set_verdicts),
    NUMBERS: Kind(NumberFindings, new_number_evaluation, number_verdicts),
}


def kind_of(model: HashedModel) -> str:
    """Return the kind of the targets of a model."""
    if model.is_regression:
        return NUMBERS
    return LABEL_SETS if model.is_multilabel else LABELS


def targets_cast(model: HashedModel, dataset: Dataset) -> LabelCast | None:
    """Return the cast of the labels of rows to those of the model; None of numbers."""
    return None if model.is_regression else cast_of(model.labels.values, dataset)
