"""Prediction of files to a folder: a file for each file that is read, whole or not at all."""

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.shards import Shard, joined, shards_of, unreadable
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.progress.measured import MeasuredPartition
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.scoring.application import Application, description
from torrential.engine.scoring.copied import CopiedRows, StoppedError
from torrential.engine.scoring.output_rows import OutputRows, check_header
from torrential.engine.scoring.predicted import predicted
from torrential.engine.scoring.prediction_counts import FolderCounts, PredictionCounts
from torrential.engine.scoring.shard_ranks import ShardRanks, ranked
from torrential.engine.scoring.to_file import output_rows, write_stream
from torrential.errors import DataError, OutputError, TorrentialError, enough_memory_to
from torrential.execution import Executor, Threads, count_jobs, stop_requested
from torrential.persistence.output_folder import OutputFolder
from torrential.persistence.table_writers import TableWriter
from torrential.persistence.writers import check_table, open_writer

FORMAT = "parquet"
"""Format of the files, if none is named."""

LEAST_SHARDS = 2
"""Files for each thread from which on a thread predicts whole ones, without waiting for others."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What all files have in common."""

    application: Application
    columns: Sequence[str] | None
    kind: str
    with_predictions: bool


@dataclass(frozen=True, slots=True)
class _Task:
    """A file to predict, where to, and its rows' ranks if they are what counts."""

    shard: Shard
    path: str
    ranks: ShardRanks | None

    @property
    def name(self) -> str:
        return self.shard.file.url


@enough_memory_to("predict")
def apply_to_folder(
    application: Application,
    dataset: Dataset,
    folder: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    format: str | None = None,
    columns: Sequence[str] | None = None,
    with_predictions: bool = True,
    resume: bool = False,
    progress: Progress | None = None,
) -> FolderCounts:
    """Write a file of predictions for each file of a dataset, under the same name in a folder.

    A file that fails is left out; the others are written. Workers of a cluster, and threads where
    there are files enough, read, predict and write whole files.

    Parameters
    ----------
    application : Application
    dataset : Dataset
        Of files.
    folder : str or path-like
        Made if it is not there; empty, unless ``resume``.
    executor : Executor, default=Threads(1)
        Workers of a cluster write the files: they must see the folder.
    format : str, default="parquet"
        Format and extension of the files, perhaps with a compression: ``"jsonl.zst"``.
    columns, with_predictions, progress
        As in `apply_to_file`.
    resume : bool, default=False
        Keep the files of an earlier run that was stopped, and write those that are missing, and
        those that were read before their input changed.

    Returns
    -------
    counts : FolderCounts
        Of the files that this run has written.

    Raises
    ------
    ParameterError
        If the dataset is not of files, two have the same name, or the format is not known.
    OutputError
        If the folder has other files in it, or it is not writable.
    """
    progress, executor = progress or SilentProgress(), executor or Threads()
    format = format or FORMAT
    kind, _ = check_table(f"x.{format}")
    shards = {f"{shard.name}.{format}": shard for shard in shards_of(dataset)}
    work = _Work(application, columns, kind, with_predictions)
    failed = _check(work, dataset, list(shards.values()))
    shards = {name: shard for name, shard in shards.items() if shard.file.url not in failed}
    place = OutputFolder(folder, _about(work, format))
    done = _current(place, shards, place.begin(shards, resume=resume))
    counts = FolderCounts(n_done=len(done), failed=failed)
    missing = {name: shard for name, shard in shards.items() if name not in done}
    with progress, ranked(application, shards, columns, place.path, executor, progress) as ranks:
        counts.failed.update(ranks.failed)
        tasks = [
            _Task(shard, str(place.file(name)), ranks.of(name))
            for name, shard in missing.items()
            if shard.file.url not in counts.failed
        ]
        _run(work, tasks, executor, progress, counts)
    if not counts.failed and not done and counts.n_rows + counts.n_files == 0:
        raise DataError(f"{dataset.source} has no rows: give files with rows.")
    warn_of_lost_rows(counts.malformed, counts.n_rows + counts.malformed, dataset.source)
    return counts


def _check(work: _Work, dataset: Dataset, shards: Sequence[Shard]) -> dict[str, str]:
    """Return files that are not readable, and why; raise an error if no file can be predicted."""
    try:
        _output_of(work, dataset)
    except DataError:
        failed = unreadable(shards)
        readable = [shard for shard in shards if shard.file.url not in failed]
        if not failed or not readable:
            raise
        _output_of(work, joined(readable))
        return failed
    return {}


def _output_of(work: _Work, dataset: Dataset) -> OutputRows:
    with_predictions = work.with_predictions
    return output_rows(
        work.application, dataset, work.kind, work.columns, with_predictions=with_predictions
    )


def _about(work: _Work, format: str) -> dict[str, Any]:
    columns = None if work.columns is None else list(work.columns)
    return {
        **description(work.application),
        "columns": columns,
        "format": format,
        "predictions": work.with_predictions,
    }


def _current(place: OutputFolder, shards: dict[str, Shard], found: set[str]) -> set[str]:
    """Return the files that are newer than what they were made of."""
    current = set()
    for name in found:
        changed = shards[name].file.modified
        if changed is None or changed <= (place.path / name).stat().st_mtime_ns:
            current.add(name)
    return current


def _run(
    work: _Work,
    tasks: Sequence[_Task],
    executor: Executor,
    progress: Progress,
    counts: FolderCounts,
) -> None:
    is_whole = not isinstance(executor, Threads) or (
        len(tasks) >= LEAST_SHARDS * count_jobs(executor.n_jobs)
    )
    sources = [MeasuredPartition(task) for task in tasks]  # type: ignore[arg-type]
    progress.begin("predict", sources if is_whole else ())
    if not is_whole:
        for task in tasks:
            _add(counts, task, _in_stream(work, task, executor, progress))
        return
    with closing(executor.map(_whole, tasks, work)) as results:
        for task, source, result in zip(tasks, sources, results, strict=True):
            _add(counts, task, result)
            if not isinstance(result, str):
                source.n_rows = result.n_rows
                progress.advance(result.n_rows, result.n_bytes)


def _add(counts: FolderCounts, task: _Task, result: PredictionCounts | str) -> None:
    if isinstance(result, str):
        counts.failed[task.name] = result
    else:
        counts.merge(result)
        counts.n_files += 1


def _whole(work: _Work, task: _Task) -> PredictionCounts | str:
    """Predict a file in this thread; return its counts, or the sentence that says what failed."""

    def encode(
        output: OutputRows, partitions: Sequence[Any], writer: TableWriter
    ) -> PredictionCounts:
        counts = PredictionCounts()
        for partition in partitions:
            for batch in partition.batches():
                if stop_requested():
                    raise StoppedError
                result = predicted(output, work.application, batch)
                check_header(result.rows, result.origin, writer.names, task.path)
                writer.write(result.rows)
                counts.merge(result.counts)
        return counts

    return _written(
        work, task, lambda copied: copied.write_here(work.application, task.path), encode
    )


def _in_stream(
    work: _Work, task: _Task, executor: Executor, progress: Progress
) -> PredictionCounts | str:
    """Predict a file on all threads."""
    application, path = work.application, task.path
    return _written(
        work,
        task,
        lambda copied: copied.write(application, executor, path, progress),
        lambda output, partitions, writer: write_stream(
            application, output, partitions, executor, writer, path, progress
        ),
    )


def _written(
    work: _Work,
    task: _Task,
    copy: Callable[[CopiedRows], PredictionCounts],
    encode: Callable[[OutputRows, Sequence[Any], TableWriter], PredictionCounts],
) -> PredictionCounts | str:
    """Write a file, and return its counts, or the sentence that says what failed.

    Parameters
    ----------
    work : _Work
    task : _Task
    copy : callable
        Writes the file where columns are copied.
    encode : callable
        Writes the rows of partitions, where they are not.
    """
    try:
        output, copied = _output(work, task)
        if copied is not None:
            return copy(copied)
        partitions = _partitions(work, task)
        with open_writer(task.path, output.schema) as writer:
            counts = encode(output, partitions, writer)
    except StoppedError:
        return "stopped"
    except OutputError:
        raise
    except TorrentialError as error:
        return str(error)
    return _with_ranks(counts, task)


def _output(work: _Work, task: _Task) -> tuple[OutputRows, CopiedRows | None]:
    """Return what makes the rows of a file, and the columns that are copied, if they can be."""
    dataset = task.shard.dataset
    output = _output_of(work, dataset)
    return output, CopiedRows.of(dataset, output, work.application, work.kind, task.path)


def _partitions(work: _Work, task: _Task) -> Sequence[Any]:
    partitions: Sequence[Any] = task.shard.dataset.partitions("all", work.columns)
    return partitions if task.ranks is None else task.ranks.chosen(partitions)


def _with_ranks(counts: PredictionCounts, task: _Task) -> PredictionCounts:
    """Return counts of all rows that were predicted, where that was before."""
    return counts if task.ranks is None else replace(task.ranks.counts, n_kept=counts.n_kept)
