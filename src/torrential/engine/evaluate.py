"""Evaluation: a model's metrics on labelled rows, in one pass."""

from typing import Self

import numpy as np

from torrential.data.dataset import Dataset
from torrential.engine.labels import UNLABELLED, Labels
from torrential.engine.predict import Scored, summarise
from torrential.engine.progress import Progress
from torrential.engine.text_model import TextModel
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

    Labels that were never seen in training count as errors, and are named in the report. The report
    is the same to the bit for any executor.

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
        When no row has a label.
    """
    executor = executor or Threads()
    scores = summarise(model, dataset, _Evaluation, executor, progress=progress, task="evaluate")
    if scores.metrics.n_rows == 0:
        raise DataError(f"No row of {dataset.source} has a label to evaluate on: check target.")
    return scores.metrics.report()


class _Evaluation:
    """Metrics of a model on the rows so far: a summary."""

    def __init__(self, model: TextModel) -> None:
        classes, self._order = model.labels.sorted()
        self._rank = np.argsort(self._order)
        self._labels = Labels(classes.tolist())
        self.metrics = ClassificationMetrics(self._labels.values)

    def update(self, model: TextModel, scored: Scored) -> None:
        """Take in a batch."""
        if scored.hashed.target is None:
            return
        codes = self._labels.codes(scored.hashed.target)
        self.metrics.extend(self._labels.values)
        labelled = codes != UNLABELLED
        scores, weight = scored.scores[labelled], scored.hashed.weight
        self.metrics.update(
            codes[labelled],
            self._rank[model.predict_codes(scores)],
            model.probabilities(scores)[:, self._order],
            None if weight is None else weight[labelled],
        )

    def merge(self, other: Self) -> Self:
        """Take in what the other has seen."""
        self.metrics.merge(other.metrics)
        return self


def accuracy(model: TextModel, dataset: Dataset, executor: Executor | None = None) -> float:
    """Share of labelled rows, by weight, whose label is predicted."""
    result = summarise(model, dataset, _Accuracy, executor or Threads())
    if result.total == 0:
        raise DataError(f"No row of {dataset.source} has a label to score on: check target.")
    return result.right / result.total


class _Accuracy:
    """Weight of the rows that were predicted right, and of all: a summary."""

    def __init__(self, model: TextModel) -> None:
        self.right = self.total = 0.0

    def update(self, model: TextModel, scored: Scored) -> None:
        """Take in a batch."""
        target = scored.hashed.target
        if target is None:
            return
        codes, weight = model.labels.codes(target, add=False), scored.hashed.weight
        weight = np.ones(len(codes), np.float32) if weight is None else weight
        labelled = target.codes != UNLABELLED
        self.right += float(weight[labelled & (model.predict_codes(scored.scores) == codes)].sum())
        self.total += float(weight[labelled].sum())

    def merge(self, other: Self) -> Self:
        """Take in what the other has seen."""
        self.right += other.right
        self.total += other.total
        return self
