"""Evaluation: a model's metrics on labeled rows, in one pass."""

from functools import partial
from typing import Any, Self

from torrential.data.dataset import Dataset
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.predict import Scored, summarize
from torrential.engine.targets.label_casts import LabelCast, cast_of, none_is_known
from torrential.engine.targets.labels import UNLABELED, Labels
from torrential.errors import DataError
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.report import EvaluationReport
from torrential.execution import Executor, Threads


def evaluate(
    model: HashedModel,
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
    model : HashedModel
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
    scores = _evaluated(model, dataset, "evaluate", executor, progress)
    warn_of_lost_rows(scores.n_malformed, scores.n_rows, dataset.source)
    return scores.metrics.report()


def accuracy(model: HashedModel, dataset: Dataset, executor: Executor | None = None) -> float:
    """Return the share of labeled rows, by weight, whose label is predicted, as in `evaluate`."""
    return _evaluated(model, dataset, "score", executor).metrics.report().accuracy


def _evaluated(
    model: HashedModel,
    dataset: Dataset,
    task: str,
    executor: Executor | None,
    progress: Progress | None = None,
) -> "_Evaluation":
    """Measure with probabilities for the task "evaluate", else without."""
    cast = cast_of(model.labels.values, dataset)
    new = partial(_Evaluation, cast=cast, is_full=task == "evaluate")
    scores = summarize(model, dataset, new, executor or Threads(), progress=progress, task=task)
    if scores.metrics.n_rows == 0:
        raise DataError(f"No row of {dataset.source} has a label to {task} on: check target.")
    if not scores.is_any_known:
        raise none_is_known(dataset.source, scores.unknown(), model.labels.order().classes.tolist())
    return scores


class _Evaluation:
    """Metrics of a model on the rows so far: a summary."""

    def __init__(self, model: HashedModel, cast: LabelCast, *, is_full: bool) -> None:
        self._is_full = is_full
        self._order = model.labels.order()
        self._labels = Labels(model.labels.values[code] for code in self._order.codes)
        self._cast, self._n_classes = cast, len(self._labels)
        self.metrics = ClassificationMetrics(self._labels.values)
        self.is_any_known = False
        self.n_rows = self.n_malformed = 0

    def update(self, model: HashedModel, scored: Scored) -> None:
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
            self._order.by_class(model.probabilities(scores)) if self._is_full else None,
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
