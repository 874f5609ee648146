"""Measuring a model of numbers on labeled rows."""

from functools import partial
from typing import Any, Self

from numpy.typing import NDArray

from torrential.data.dataset import Dataset
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.predict import Scored, summarize
from torrential.engine.targets.targets import Numbers, labeled_rows
from torrential.errors import DataError
from torrential.evaluation.regression import RegressionMetrics, RegressionReport
from torrential.execution import Executor, Threads
from torrential.types import Float32, Float64


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
    if found.metrics.n_rows == 0:
        raise DataError(
            f"No row of {dataset.source} has a number in {dataset.target!r} to {task} on: check "
            "the target."
        )
    warn_of_lost_rows(found.n_malformed, found.n_rows, dataset.source)
    return found.metrics.report()


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

    def update(self, model: HashedModel, scored: Scored) -> None:
        """Add a batch."""
        hashed = scored.hashed
        self.n_malformed += hashed.n_malformed
        self.n_rows += hashed.rows.n_rows + hashed.n_malformed
        self.metrics.update(*labeled_numbers(model, hashed, scored.scores))

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self.metrics.merge(other.metrics)
        self.n_rows += other.n_rows
        self.n_malformed += other.n_malformed
        return self


def labeled_numbers(
    model: HashedModel, batch: HashedBatch, scores: Float32
) -> tuple[Float64, NDArray[Any], Float32 | None]:
    """Return targets, predictions and weights of the rows of a batch that have a target.

    Parameters
    ----------
    model : HashedModel
    batch : HashedBatch
    scores : float32 array of shape (n_rows, 1)
        Those of the model.
    """
    numbers = Numbers().exact(batch.target, batch.rows.n_rows)
    return labeled_rows(numbers, model.task(scores).predict(scores), batch.weight)
