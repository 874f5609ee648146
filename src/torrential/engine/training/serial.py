"""Training: workers read and hash batches in parallel, one learner takes them in order."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from torrential.data.dataset import Dataset
from torrential.data.views.order import partition_order
from torrential.engine.batches.encoding import NOTHING, hashed_batches
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.batches.windows import Window, windows
from torrential.engine.checkpoints.cursor import Course
from torrential.engine.model.text_model import TextModel
from torrential.engine.model.weight_memory import say_memory
from torrential.engine.progress.measured import MeasuredPartition, Route, measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.progress.warm_up import load_kernels
from torrential.engine.targets.labels import Labels, check_not_continuous
from torrential.engine.training.learner import Learner
from torrential.errors import DataError, enough_memory_to
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import TaskRunner, Whole
from torrential.linear.class_weight import ClassWeight
from torrential.logs import logger_of
from torrential.tracing import span

logger = logger_of("train")


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


@enough_memory_to("train")
def train(
    model: TextModel,
    dataset: Dataset,
    schedule: Schedule,
    *,
    class_weight: ClassWeight,
    n_jobs: int = 1,
    progress: Progress | None = None,
    course: Course | None = None,
    before_epoch: Callable[[int], object] = lambda epoch: None,
    after_epoch: Callable[[int], bool] = lambda epoch: False,
    after_window: Callable[[], object] = lambda: None,
) -> list[ProgressiveValidation]:
    """Learn a dataset, and return the progressive validation of each epoch.

    The model is the same to the bit for any ``n_jobs``: the order of rows depends on the data and
    the seed alone, and one learner takes them one by one; only its columns are split over threads.

    Training goes on from where `course` stands, with a model and class weights that stand there
    too, and moves it. `after_epoch` ends it by True. `after_window` is called between two windows,
    and an interrupt waits for it, as for the learning of a window: so when Ctrl-C goes through,
    model, class weights and course are at the same window. Also after an error the model is whole.

    Raises
    ------
    DataError
        When no row has a label, or all have the same.
    """
    progress, course = progress or SilentProgress(), course or Course()
    partitions = measured(dataset.partitions())
    with Whole() as whole:
        try:
            with progress, TaskRunner(n_jobs) as run:
                if model.terms.are_uncounted:
                    _count_documents(model, partitions, n_jobs, progress)
                while course.epoch < schedule.epochs and not course.is_complete:
                    epoch = course.epoch
                    before_epoch(epoch)
                    ordered = in_order(partitions, schedule, epoch)
                    rest = ordered[course.place[0] :]
                    progress.begin(title(schedule, epoch), rest)
                    load_kernels(
                        run,
                        [model.hashing],
                        [model.linear.settings],
                        counts_terms=model.noting.terms,
                    )
                    learner = Learner(
                        model,
                        class_weight,
                        run,
                        n_jobs,
                        seed=[schedule.seed] if schedule.shuffle else None,
                        epoch=epoch,
                        validation=course.validation,
                        n_windows=course.n_windows,
                    )
                    with closing(_hashed(ordered, learner, model, course, n_jobs)) as batches:
                        for window in windows(noted(batches, model, course, whole), model.labels):
                            whole(partial(_learn, learner, window, course))
                            n_rows, n_bytes = window.rows.n_rows, window.n_bytes
                            progress.advance(n_rows, n_bytes, course.validation)
                            if epoch == 0 and learner.n_windows == 1:
                                say_memory(model, Route(ordered), n_rows)
                            whole(after_window)
                    ends = after_epoch(epoch) or is_last(course, schedule)
                    whole(partial(course.end_epoch, is_last=ends))
        except BaseException:
            whole(partial(_forget_unlearnt, model))
            raise
        finally:
            whole(model.settle)
    warn_of_lost_rows(model.counts.malformed, model.counts.n_rows, dataset.source)
    return course.history


def title(schedule: Schedule, epoch: int) -> str:
    """Return what progress calls an epoch."""
    return "train" if schedule.epochs == 1 else f"epoch {epoch + 1}/{schedule.epochs}"


def _hashed(
    ordered: Sequence[MeasuredPartition],
    learner: Learner,
    model: TextModel,
    course: Course,
    n_jobs: int,
) -> Generator[HashedBatch, None, None]:
    """Hash the rows of an epoch that are still to be learnt."""
    weighting = None if learner.weighs else model.terms.weighting()
    noting = model.noting if course.epoch == 0 else NOTHING
    return hashed_batches(ordered, model.hashing, weighting, n_jobs, noting, course.place)


def noted(
    batches: Iterable[HashedBatch],
    model: TextModel,
    course: Course | None = None,
    whole: Callable[[Callable[[], object]], object] = lambda function: function(),
) -> Iterator[HashedBatch]:
    """Have the model take note of the terms of batches as they come.

    Parameters
    ----------
    batches : iterable of HashedBatch
    model : TextModel
    course : Course, default=None
        Knows of how many of them it has taken note before, and which one came last.
    whole : callable
        Runs a function that is not to be interrupted.
    """
    course = course or Course()
    n_known = course.n_noted
    for number, batch in enumerate(batches):
        if number >= n_known and batch.terms is not None:
            whole(partial(_note, batch, model, course))
        elif number >= n_known and batch.registers is not None:
            _note(batch, model, course)  # after an interrupt it may be done again: the same comes
        course.reached = batch.place
        yield replace(batch, terms=None, registers=None)


def _note(batch: HashedBatch, model: TextModel, course: Course) -> None:
    model.note(batch)
    course.n_noted += 1


def _learn(learner: Learner, window: Window, course: Course) -> None:
    """Learn a window, and note that: what an interrupt must not tear apart."""
    with span("learn", rows=window.rows.n_rows):
        learner.learn(window)
    course.end_window(window.rows.n_rows)


def _forget_unlearnt(model: TextModel) -> None:
    """Take back the numbers of labels that were met in rows that are not learnt any more."""
    model.labels = Labels(model.labels.values[: model.linear.n_classes])


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
    counts, called = model.counts, labels or f"column {dataset.target!r}"
    if counts.n_rows == 0:
        raise DataError(
            f"There is no row at all in {dataset.source}: give files with labelled rows."
        )
    if len(model.labels) == 0:
        raise DataError(
            f"All {counts.n_rows} rows of {dataset.source} have a null label in {called}: give "
            "rows with labels there."
        )
    if len(model.labels) == 1:
        raise one_label(model.labels.values[0], dataset, labels)
    check_not_continuous(model.labels, counts.n_rows - counts.left_out)


def one_label(label: object, dataset: Dataset, labels: str | None = None) -> DataError:
    """Return the error of rows that all have the same label; arguments as in `check_learnt`."""
    return DataError(
        f"All rows of {dataset.source} have the one label {label!r} in "
        f"{labels or f'column {dataset.target!r}'}, but a classifier needs two classes: add rows "
        "of another."
    )


def in_order(
    partitions: tuple[MeasuredPartition, ...], schedule: Schedule, epoch: int
) -> tuple[MeasuredPartition, ...]:
    """Return partitions in the order of an epoch."""
    if not schedule.shuffle:
        return partitions
    order = partition_order(len(partitions), schedule.seed, epoch)
    return tuple(partitions[place] for place in order)


def is_last(course: Course, schedule: Schedule) -> bool:
    """Whether all epochs are done, or the last ``patience`` brought no loss lower by ``tol``."""
    if course.epoch + 1 >= schedule.epochs:
        return True
    if schedule.tol is None or len(course.history) < schedule.patience:
        return False
    losses = [validation.average_loss for validation in [*course.history, course.validation]]
    best_before = min(losses[: -schedule.patience])
    return min(losses[-schedule.patience :]) > best_before - schedule.tol
