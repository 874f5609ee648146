"""Training: workers read and hash batches in parallel, one learner takes them in order."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from torrential.data.dataset import Dataset
from torrential.data.order import partition_order
from torrential.engine.hashing import NOTHING, HashedBatch, hashed_batches
from torrential.engine.learner import Learner
from torrential.engine.progress import Progress, SilentProgress
from torrential.engine.route import MeasuredPartition, measured
from torrential.engine.text_model import TextModel
from torrential.engine.windows import windows
from torrential.errors import DataError
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import TaskRunner
from torrential.linear.class_weight import ClassWeight

logger = logging.getLogger("torrential.train")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often, and in which order, the data is gone through.

    Attributes
    ----------
    epochs : int
    shuffle : bool
        Whether partitions, and rows within windows, are permuted anew in every epoch.
    seed : int
    tol : float or None
        Stop when the progressive loss of an epoch is not below the best one by this much ...
    patience : int
        ... for so many epochs in a row.
    """

    epochs: int = 1
    shuffle: bool = True
    seed: int = 0
    tol: float | None = None
    patience: int = 1


def train(
    model: TextModel,
    dataset: Dataset,
    schedule: Schedule,
    *,
    class_weight: ClassWeight,
    n_jobs: int = 1,
    progress: Progress | None = None,
    before_epoch: Callable[[int], object] = lambda epoch: None,
    after_epoch: Callable[[int], bool] = lambda epoch: False,
) -> list[ProgressiveValidation]:
    """Learn a dataset, and return the progressive validation of each epoch.

    The model is the same to the bit for any ``n_jobs``: the order of rows depends on the data and
    the seed alone, and one learner takes them one by one; only its columns are split over threads.
    `after_epoch` ends it by True. Also when an error or Ctrl-C goes through, the model is whole.

    Raises
    ------
    DataError
        When no row has a label, or all have the same.
    """
    progress = progress or SilentProgress()
    history: list[ProgressiveValidation] = []
    partitions = measured(dataset.partitions())
    try:
        with progress, TaskRunner(n_jobs) as run:
            if model.terms.are_uncounted:
                _count_documents(model, partitions, n_jobs, progress)
            for epoch in range(schedule.epochs):
                before_epoch(epoch)
                title = "train" if schedule.epochs == 1 else f"epoch {epoch + 1}/{schedule.epochs}"
                in_order = _in_order(partitions, schedule, epoch)
                progress.begin(title, in_order)
                seed = [schedule.seed] if schedule.shuffle else None
                learner = Learner(
                    model, class_weight, run, n_jobs, seed=seed, epoch=epoch, progress=progress
                )
                weighting = None if learner.weighs else model.terms.weighting()
                noting = model.noting if epoch == 0 else NOTHING
                hashed = hashed_batches(in_order, model.hashing, weighting, n_jobs, noting)
                with closing(hashed) as batches:
                    for window in windows(_noted(batches, model), model.labels):
                        learner.learn(window)
                history.append(learner.validation)
                if after_epoch(epoch) or _has_converged(history, schedule):
                    break
    finally:
        model.settle()
    return history


def _noted(batches: Iterable[HashedBatch], model: TextModel) -> Iterator[HashedBatch]:
    """Have the model take note of the terms of batches as they come."""
    for batch in batches:
        model.note(batch)
        yield replace(batch, terms=None, registers=None)


def _count_documents(
    model: TextModel, partitions: tuple[MeasuredPartition, ...], n_jobs: int, progress: Progress
) -> None:
    """Count the labelled documents of each column, in a pass of its own."""
    progress.begin("count terms", partitions)
    with closing(hashed_batches(partitions, model.hashing, None, n_jobs)) as batches:
        for batch in batches:
            if batch.target is not None:
                model.terms.frequencies.update(batch.rows, batch.target.codes >= 0)
            progress.advance(batch.rows.n_rows, batch.n_bytes)


def check_learnt(model: TextModel, dataset: Dataset, labels: str | None = None) -> None:
    """Raise a DataError if what was read cannot make a classifier.

    Parameters
    ----------
    model : TextModel
    dataset : Dataset
        What it has learnt.
    labels : str, default=None
        What the user calls the labels; by default their column.
    """
    counts, labels = model.counts, labels or f"column {dataset.target!r}"
    if counts.n_rows == 0:
        raise DataError(
            f"There is no row at all in {dataset.source}: give files with labelled rows."
        )
    if len(model.labels) == 0:
        raise DataError(
            f"All {counts.n_rows} rows of {dataset.source} have a null label in {labels}: give "
            "rows with labels there."
        )
    if len(model.labels) == 1:
        raise DataError(
            f"All rows of {dataset.source} have the one label {model.labels.values[0]!r} in "
            f"{labels}, but a classifier needs two classes: add rows of another."
        )


def _in_order(
    partitions: tuple[MeasuredPartition, ...], schedule: Schedule, epoch: int
) -> tuple[MeasuredPartition, ...]:
    if not schedule.shuffle:
        return partitions
    order = partition_order(len(partitions), schedule.seed, epoch)
    return tuple(partitions[place] for place in order)


def _has_converged(history: list[ProgressiveValidation], schedule: Schedule) -> bool:
    """Whether the last ``patience`` epochs brought the loss no lower by ``tol``."""
    if schedule.tol is None or len(history) <= schedule.patience:
        return False
    losses = [validation.average_loss for validation in history]
    best_before = min(losses[: -schedule.patience])
    return min(losses[-schedule.patience :]) > best_before - schedule.tol
