"""Evaluation: a model's metrics on labeled rows, in one pass."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from torrential.data.dataset import Dataset
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.hashed import HashedPredictor, decided_codes
from torrential.engine.scoring.label_scores import (
    LabeledRows,
    LabelScores,
    LabelSetScores,
    Predicted,
    SetRows,
)
from torrential.engine.scoring.predict import Scored, summarize
from torrential.engine.scoring.row_filter import RowFilter
from torrential.engine.targets.label_casts import LabelCast, cast_of
from torrential.evaluation.multilabel_report import MultilabelReport
from torrential.evaluation.report import EvaluationReport
from torrential.evaluation.thresholds import NO_LABEL
from torrential.execution import Executor, Threads
from torrential.types import Bool, Float32, Float64, Int32


def evaluate(
    model: HashedModel,
    dataset: Dataset,
    executor: Executor | None = None,
    progress: Progress | None = None,
    row_filter: RowFilter | None = None,
) -> EvaluationReport | MultilabelReport:
    """Measure a model on the rows of a dataset that have a label.

    Labels that were never seen in training count as errors, and are named in the report. Labels of
    another type than the classes count as the classes that they equal exactly, such as ``"1"`` for
    1; the logger ``torrential.read`` says so. The report is the same to the bit for any executor.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
    executor : Executor, default=Threads(1)
    progress : Progress, default=None
    row_filter : RowFilter, default=None
        Its thresholds decide which label a row has, and whether it has one.

    Returns
    -------
    report : EvaluationReport, or MultilabelReport of a model of several labels a row

    Raises
    ------
    DataError
        If no row has a label, or none one of the model's, or if they are of another type that does
        not match the classes.
    """
    scores = _evaluated(model, dataset, "evaluate", executor, progress, row_filter)
    warn_of_lost_rows(scores.n_malformed, scores.n_rows, dataset.source)
    report: EvaluationReport | MultilabelReport = scores.metrics.report()
    return report


def accuracy(model: HashedModel, dataset: Dataset, executor: Executor | None = None) -> float:
    """Return the share of labeled rows, by weight, whose label is predicted, as in `evaluate`.

    With several labels a row, all of them have to be, and no other.
    """
    return float(_evaluated(model, dataset, "score", executor).metrics.report().accuracy)


def _evaluated(
    model: HashedModel,
    dataset: Dataset,
    task: str,
    executor: Executor | None,
    progress: Progress | None = None,
    row_filter: RowFilter | None = None,
) -> "Evaluation | SetEvaluation":
    """Measure with probabilities for the task "evaluate", else without."""
    cast = cast_of(model.labels.values, dataset)
    kind = SetEvaluation if model.is_multilabel else partial(Evaluation, row_filter=row_filter)
    new: Any = partial(kind, cast=cast, is_full=task == "evaluate")
    scores: Evaluation | SetEvaluation = summarize(
        model, dataset, new, executor or Threads(), progress=progress, task=task
    )
    scores.check(dataset, task)
    return scores


class Evaluation(LabelScores):
    """Metrics of a model of hashed rows."""

    def __init__(
        self,
        model: HashedModel,
        cast: LabelCast,
        *,
        is_full: bool,
        row_filter: RowFilter | None = None,
    ) -> None:
        self._is_full, self._row_filter = is_full, row_filter
        self._order = model.labels.order()
        super().__init__([model.labels.values[code] for code in self._order.codes], cast)

    def update(self, model: HashedModel, scored: Scored) -> LabeledRows | None:
        """Add a batch, and return its labeled rows; None without a target."""

        def predict(labeled: Bool) -> Predicted:
            scores = scored.scores[labeled]
            places = self._order.places[model.task(scores).predict(scores)]
            if not self._is_full:
                return Predicted(places)
            probabilities = model.probabilities(scores)
            decided = self._decided(model, scores, probabilities)
            return Predicted(places, self._order.by_class(probabilities), decided)

        found: LabeledRows | None = _added(self, scored, predict)
        return found

    def _decided(self, model: HashedModel, scores: Float32, probabilities: Float64) -> Int32 | None:
        """Return the places of the labels that thresholds decide for, or `NO_LABEL`."""
        if self._row_filter is None:
            return None
        codes = decided_codes(HashedPredictor(model), scores, self._row_filter, probabilities)
        return np.append(self._order.places, NO_LABEL).astype(np.int32)[codes]  # the last for -1


class SetEvaluation(LabelSetScores):
    """Metrics of a model of hashed rows that have several labels each."""

    def __init__(self, model: HashedModel, cast: LabelCast, *, is_full: bool) -> None:
        self._is_full = is_full
        self._order = model.labels.order()
        super().__init__([model.labels.values[code] for code in self._order.codes], cast)

    def update(self, model: HashedModel, scored: Scored) -> SetRows | None:
        """Add a batch, and return its labeled rows; None without a target."""

        def predict(labeled: Bool) -> Predicted:
            scores = scored.scores[labeled]
            predicted = self._order.by_class(model.task(scores).predict(scores))
            return Predicted(predicted, self._order.by_class(scores) if self._is_full else None)

        found: SetRows | None = _added(self, scored, predict)
        return found


def _added(scores: LabelScores, scored: Scored, predict: Callable[[Bool], Predicted]) -> Any:
    """Add a batch to the scores, and return its labeled rows."""
    hashed = scored.hashed
    return scores.add(
        hashed.target,
        hashed.weight,
        predict,
        n_rows=hashed.rows.n_rows,
        n_malformed=hashed.n_malformed,
    )
