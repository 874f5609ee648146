"""Training: workers read and hash batches in parallel, one learner takes them in order."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from torrential.data.dataset import Dataset
from torrential.data.expected import expected_rows
from torrential.engine.batches.encoding import hashed_batches
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.kept import keep_for_later
from torrential.engine.batches.lost_rows import warn_of_lost_rows, warn_of_other_number
from torrential.engine.batches.windows import Window, windows
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.model.weight_memory import say_memory
from torrential.engine.progress.measured import MeasuredPartition, Route, measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.progress.warm_up import load_kernels
from torrential.engine.targets.labels import Labels
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.learner import Learner
from torrential.engine.training.schedule import epochs, is_last
from torrential.errors import enough_memory_to
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import TaskRunner, Whole
from torrential.features.spec import NOTHING
from torrential.logs import logger_of
from torrential.tracing import span

logger = logger_of("train")


@enough_memory_to("train")
def train(
    candidate: Candidate,
    dataset: Dataset,
    *,
    n_jobs: int = 1,
    progress: Progress | None = None,
    before_epoch: Callable[[int], object] = lambda epoch: None,
    after_epoch: Callable[[int], bool] = lambda epoch: False,
    after_window: Callable[[], object] = lambda: None,
) -> list[ProgressiveValidation]:
    """Learn a dataset, and return the progressive validation of each epoch.

    The model is the same to the bit for any ``n_jobs``: the order of rows depends on the data and
    the seed alone, and one learner takes them one by one; only its columns are split over threads.

    Training continues at the candidate's cursor, and moves it. `after_epoch` ends the training by
    True. `after_window` is called between two windows, and an interrupt waits for it, as for the
    learning of a window: so when Ctrl-C goes through, model, class weights and cursor are at the
    same window. Also after an error the model is whole.

    Raises
    ------
    DataError
        When no row has a label, or all have the same.
    """
    model, cursor = candidate.model, candidate.cursor
    progress = progress or SilentProgress()
    partitions = measured(dataset.partitions())
    with Whole() as whole:
        try:
            with progress, TaskRunner(n_jobs) as run:
                if model.weighting.are_uncounted:
                    _count_documents(model, partitions, n_jobs, progress)
                n_left = candidate.schedule.epochs - cursor.epoch
                room = keep_for_later(partitions, dataset, model.spec) if n_left > 1 else None
                expected = None if candidate.C is None else expected_rows(dataset)
                for epoch, ordered in epochs(candidate.schedule, cursor, partitions, progress):
                    before_epoch(epoch)
                    if expected is not None or cursor.history:
                        candidate.strengthen(expected or 0)
                    whole(candidate.begin_epoch)
                    load_kernels(
                        run,
                        [model.spec],
                        [model.linear.settings],
                        model.observe,
                    )
                    learner = candidate.learner(run, n_jobs)
                    with closing(_hashed(ordered, learner, model, cursor, n_jobs)) as batches:
                        for window in windows(noted(batches, model, cursor, whole), model.targets):
                            whole(partial(_learn, learner, window, candidate, expected))
                            n_rows, n_bytes = window.rows.n_rows, window.n_bytes
                            progress.advance(n_rows, n_bytes, cursor.validation)
                            if epoch == 0 and learner.n_windows == 1:
                                say_memory(model, Route(ordered), n_rows)
                            whole(after_window)
                    if room is not None:
                        room.is_open = False
                    ends = after_epoch(epoch) or is_last(cursor, candidate.schedule)
                    whole(partial(candidate.end_epoch, is_last=ends))
                    n_rows = cursor.history[0].n_rows
                    if epoch == 0 and expected is not None and n_rows > 0:
                        warn_of_other_number(expected, n_rows, dataset.source)
        except BaseException:
            whole(partial(_forget_unlearned, model))
            raise
        finally:
            whole(model.settle)
    warn_of_lost_rows(model.counts.malformed, model.counts.n_rows, dataset.source)
    return cursor.history


def _hashed(
    ordered: Sequence[MeasuredPartition],
    learner: Learner,
    model: HashedModel,
    cursor: Cursor,
    n_jobs: int,
) -> Generator[HashedBatch, None, None]:
    """Hash the rows of an epoch that are not learned yet."""
    observe = model.observe if cursor.epoch == 0 else NOTHING
    encoder = model.encoder(observe, weighs=not learner.weighs)
    return hashed_batches(ordered, encoder, n_jobs, cursor.place)


def noted(
    batches: Iterable[HashedBatch],
    model: HashedModel,
    cursor: Cursor | None = None,
    whole: Callable[[Callable[[], object]], object] = lambda function: function(),
) -> Iterator[HashedBatch]:
    """Update the model's term statistics from each batch.

    Parameters
    ----------
    batches : iterable of HashedBatch
    model : HashedModel
    cursor : Cursor, default=None
        Knows of how many of them it has taken note before, and which one came last.
    whole : callable
        Runs a function that is not to be interrupted.
    """
    cursor = cursor or Cursor()
    n_known = cursor.n_noted
    for number, batch in enumerate(batches):
        if number >= n_known and batch.terms is not None:
            whole(partial(_note, batch, model, cursor))
        elif number >= n_known and batch.registers is not None:
            _note(batch, model, cursor)  # after an interrupt it may be done again: the same comes
        cursor.reached = batch.place
        yield replace(batch, terms=None, registers=None)


def _note(batch: HashedBatch, model: HashedModel, cursor: Cursor) -> None:
    model.note(batch)
    cursor.n_noted += 1


def _learn(learner: Learner, window: Window, candidate: Candidate, n_expected: int | None) -> None:
    """Learn a window and record that, as one step that an interrupt does not split.

    Where the number of rows is not known, the strength of the penalty is for the rows so far.
    """
    cursor = candidate.cursor
    if n_expected is None:
        candidate.strengthen(cursor.validation.n_rows + int(window.are_labeled.sum()))
    with span("learn", rows=window.rows.n_rows):
        learner.learn(window)
    cursor.end_step(window.rows.n_rows)


def _forget_unlearned(model: HashedModel) -> None:
    """Remove the codes of labels that occur only in rows that will not be learned."""
    model.labels = Labels(model.labels.values[: model.linear.n_classes])


def _count_documents(
    model: HashedModel, partitions: tuple[MeasuredPartition, ...], n_jobs: int, progress: Progress
) -> None:
    """Count the labeled documents of each column, in a separate pass."""
    progress.begin("count terms", partitions)
    with closing(hashed_batches(partitions, model.encoder(weighs=False), n_jobs)) as batches:
        for batch in batches:
            if batch.target is not None:
                model.weighting.frequencies.update(batch.rows, batch.target.codes >= 0)
            progress.advance(batch.rows.n_rows, batch.n_bytes)
