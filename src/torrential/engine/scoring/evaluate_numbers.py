"""Measuring a model of numbers on labeled rows."""

from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from torrential.data.dataset import Dataset
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.label_scores import weights_of
from torrential.engine.scoring.predict import Scored, summarize
from torrential.engine.targets.targets import Numbers, are_labeled, labeled_rows
from torrential.errors import DataError
from torrential.evaluation.regression import RegressionMetrics, RegressionReport
from torrential.execution import Executor, Threads
from torrential.types import Bool, Float32, Float64, Int64


def evaluate_numbers(
    model: HashedModel,
    dataset: Dataset,
    executor: Executor | None = None,
    progress: Progress | None = None,
    *,
    task: str = "evaluate",
    cut: float | None = None,
) -> RegressionReport:
    """Measure a model on the rows of a dataset that have a number as their target.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
    executor : Executor, default=Threads(1)
    progress : Progress, default=None
    task : str, default="evaluate"
        What progress is called.
    cut : float, default=None
        The least target of the rows that predictions are to select.

    Raises
    ------
    DataError
        If no row has a target, or one is not a finite number.
    """
    found = summarize(
        model,
        dataset,
        partial(NumbersEvaluation, ranks=task == "evaluate", cut=cut),
        executor or Threads(),
        progress=progress,
        task=task,
    )
    found.check(dataset, task)
    warn_of_lost_rows(found.n_malformed, found.n_rows, dataset.source)
    return found.metrics.report()


class NumberRows(NamedTuple):
    """The rows of a batch that have a number, and what is predicted for them.

    Attributes
    ----------
    labeled : bool array of shape (n_rows,)
        Which rows of the batch they are.
    true : float64 array of shape (n_labeled,)
    predicted : float array of shape (n_labeled,)
    weight : float32 array of shape (n_labeled,), or None
    """

    labeled: Bool
    true: Float64
    predicted: NDArray[Any]
    weight: Float32 | None

    @property
    def rows(self) -> Int64:
        """Places of the rows in the batch."""
        return np.flatnonzero(self.labeled)

    @property
    def weights(self) -> Float64:
        """Weights of the rows, 1 without any."""
        return weights_of(self.weight, len(self.true))

    @property
    def errors(self) -> Float64:
        """Predictions less targets."""
        found: Float64 = self.predicted.astype(np.float64) - self.true
        return found


class NumbersEvaluation:
    """Metrics of a model of hashed rows: a summary.

    Parameters
    ----------
    model : HashedModel
    ranks, cut
        As `RegressionMetrics` takes them.
    """

    def __init__(
        self, model: HashedModel, *, ranks: bool = False, cut: float | None = None
    ) -> None:
        has_levels = model.levels is not None
        self.metrics = RegressionMetrics(ranks=ranks, cut=cut, levels=has_levels)
        self.n_rows = self.n_malformed = 0

    def update(self, model: HashedModel, scored: Scored) -> NumberRows:
        """Add a batch, and return its rows with a number."""
        hashed = scored.hashed
        self.n_malformed += hashed.n_malformed
        self.n_rows += hashed.rows.n_rows + hashed.n_malformed
        found = labeled_numbers(model, hashed, scored.scores)
        self.metrics.update(found.true, found.predicted, found.weight)
        return found

    def check(self, dataset: Dataset, task: str) -> None:
        """Raise a DataError if no row has a number."""
        if self.metrics.n_rows == 0:
            raise DataError(
                f"No row of {dataset.source} has a number in {dataset.target!r} to {task} on: "
                "check the target."
            )

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self.metrics.merge(other.metrics)
        self.n_rows += other.n_rows
        self.n_malformed += other.n_malformed
        return self


def labeled_numbers(model: HashedModel, batch: HashedBatch, scores: Float32) -> NumberRows:
    """Return the rows of a batch that have a target, with their predictions.

    Parameters
    ----------
    model : HashedModel
    batch : HashedBatch
    scores : float32 array of shape (n_rows, 1)
        Those of the model.
    """
    numbers = Numbers().exact(batch.target, batch.rows.n_rows)
    found = labeled_rows(numbers, model.task(scores).predict(scores), batch.weight)
    return NumberRows(are_labeled(numbers), *found)
