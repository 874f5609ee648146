"""Evaluation: a model's metrics on labeled rows, in one pass."""

from functools import partial
from typing import Any, Self

import numpy as np

from torrential.data.dataset import Dataset
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.text_model import TextModel
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.predict import Scored, summarize
from torrential.engine.targets.label_casts import LabelCast, cast_of, none_is_known
from torrential.engine.targets.labels import UNLABELED, Labels
from torrential.errors import DataError
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.report import EvaluationReport
from torrential.execution import Executor, Threads


def evaluate(
    model: TextModel,
    dataset: Dataset,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Measure a model on the rows of a dataset that have a label.

    Labels that were never seen in training count as errors, and are named in the report. Labels of
    another type than the classes count as the classes that they equal exactly, such as ``"1"`` for
    1; the logger ``torrential.read`` says so. The report is the same to the bit for any executor.

    Parameters
    ----------
    model : TextModel
    dataset : Dataset
    executor : Executor, default=Threads(1)
    progress : Progress, default=None

    Returns
    -------
    report : EvaluationReport

    Raises
    ------
    DataError
        If no row has a label, or none one of the model's, or if they are of another type that does
        not match the classes.
    """
    executor = executor or Threads()
    new = partial(_Evaluation, cast=cast_of(model.labels.values, dataset))
    scores = summarize(model, dataset, new, executor, progress=progress, task="evaluate")
    if scores.metrics.n_rows == 0:
        raise DataError(f"No row of {dataset.source} has a label to evaluate on: check target.")
    if not scores.is_any_known:
        raise none_is_known(dataset.source, scores.unknown(), model.labels.order().classes.tolist())
    warn_of_lost_rows(scores.n_malformed, scores.n_rows, dataset.source)
    return scores.metrics.report()


class _Evaluation:
    """Metrics of a model on the rows so far: a summary."""

    def __init__(self, model: TextModel, cast: LabelCast) -> None:
        self._order = model.labels.order()
        self._labels = Labels(model.labels.values[code] for code in self._order.codes)
        self._cast, self._n_classes = cast, len(self._labels)
        self.metrics = ClassificationMetrics(self._labels.values)
        self.is_any_known = False
        self.n_rows = self.n_malformed = 0

    def update(self, model: TextModel, scored: Scored) -> None:
        """Add a batch."""
        self.n_malformed += scored.hashed.n_malformed
        self.n_rows += scored.hashed.rows.n_rows + scored.hashed.n_malformed
        if scored.hashed.target is None:
            return
        codes = self._labels.codes(self._cast.encoded(scored.hashed.target))
        self.metrics.extend(self._labels.values)
        labeled = codes != UNLABELED
        self.is_any_known |= bool((codes[labeled] < self._n_classes).any())
        scores, weight = scored.scores[labeled], scored.hashed.weight
        self.metrics.update(
            codes[labeled],
            self._order.places[model.task(scores).predict(scores)],
            self._order.by_class(model.probabilities(scores)),
            None if weight is None else weight[labeled],
        )

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self.metrics.merge(other.metrics)
        self.is_any_known |= other.is_any_known
        self.n_rows += other.n_rows
        self.n_malformed += other.n_malformed
        return self

    def unknown(self) -> Any:
        """Return a label that is not one of the model's labels."""
        return self.metrics.labels[self._n_classes]


def accuracy(model: TextModel, dataset: Dataset, executor: Executor | None = None) -> float:
    """Return the weighted accuracy on labeled rows; labels as in `evaluate`."""
    new = partial(_Accuracy, cast=cast_of(model.labels.values, dataset))
    result = summarize(model, dataset, new, executor or Threads())
    if result.total == 0:
        raise DataError(f"No row of {dataset.source} has a label to score on: check target.")
    if not result.is_any_known:
        raise none_is_known(dataset.source, result.unknown, model.labels.order().classes.tolist())
    return result.right / result.total


class _Accuracy:
    """Weight of the rows that were predicted right, and of all: a summary."""

    def __init__(self, model: TextModel, cast: LabelCast) -> None:
        self._cast = cast
        self.right = self.total = 0.0
        self.is_any_known = False
        self.unknown: Any = None

    def update(self, model: TextModel, scored: Scored) -> None:
        """Add a batch."""
        target = scored.hashed.target
        if target is None:
            return
        target = self._cast.encoded(target)
        codes, weight = model.labels.codes(target, add=False), scored.hashed.weight
        self.is_any_known |= bool((codes != UNLABELED).any())
        if not self.is_any_known and target.values:
            self.unknown = target.values[0]
        weight = np.ones(len(codes), np.float32) if weight is None else weight
        labeled = target.codes != UNLABELED
        correct = model.task(scored.scores).correct(scored.scores, codes)
        self.right += float(weight[labeled & correct].sum())
        self.total += float(weight[labeled].sum())

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self.right += other.right
        self.total += other.total
        self.is_any_known |= other.is_any_known
        self.unknown = other.unknown if self.unknown is None else self.unknown
        return self
