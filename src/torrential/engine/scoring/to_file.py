"""Prediction of a dataset to a file: its columns, labels and probabilities, as a stream."""

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from torrential.data.dataset import Dataset
from torrential.data.sources.known_columns import local_paths
from torrential.engine.batches.batch_stream import read_batches
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.progress.display import LineProgress, make_progress
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.scoring.application import Application
from torrential.engine.scoring.copied import CopiedRows
from torrential.engine.scoring.output_rows import OutputRows, check_header
from torrential.engine.scoring.predicted import predicted
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.engine.scoring.top_rows import top_rows
from torrential.errors import DataError, enough_memory_to
from torrential.execution import Executor, Recipe, Threads
from torrential.persistence.outputs import check_is_not_read, is_replaceable, is_standard_output
from torrential.persistence.table_writers import TableWriter
from torrential.persistence.writers import TEXT_FORMATS, check_table, open_writer
from torrential.types import Partition


@enough_memory_to("predict")
def apply_to_file(
    application: Application,
    dataset: Dataset,
    path: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    format: str | None = None,
    columns: Sequence[str] | None = None,
    with_predictions: bool = True,
    progress: Progress | None = None,
) -> PredictionCounts:
    """Write a dataset's columns with the predicted label of each row and its probability.

    Rows are in the order of the input, for any executor, and memory is bounded. Columns of the
    input are passed on without a loss, also if files or rows further down have others. The new
    columns are ``label`` and ``probability``, with ``predicted_`` before a name that the input has
    already; of several models they have their names.

    Parameters
    ----------
    application : Application
    dataset : Dataset
        Its target is not needed.
    path : str or path-like
        Parquet, CSV, JSON Lines or Arrow by its extension; "-" for standard output.
    executor : Executor, default=Threads(1)
        Reads, hashes and scores; the file is written by the driver.
    format : str, default=None
        Format of the file, if its extension does not tell it.
    columns : sequence of str, default=None
        Columns of the input to pass on; an empty one for none. None for all.
    with_predictions : bool, default=True
        Whether the predictions are written; else only rows of the input, which a filter chooses.
    progress : Progress, default=None

    Returns
    -------
    counts : PredictionCounts
        Rows predicted and written, and rows that were skipped or malformed.

    Raises
    ------
    DataError
        If there is no row, a row is malformed, or no file has a column of ``columns``.
    ParameterError
        If the format is not known, or if the path is one of the files that are read.
    OutputError
        If the file is not writable; an existing file stays whole.
    """
    progress, executor = progress or SilentProgress(), executor or Threads()
    kind, _ = check_table(path, format)
    check_is_not_read(path, local_paths(dataset.source))
    is_fixed = kind in ("csv", "tsv") and not is_replaceable(path)
    parts = dataset.partitions("all", columns, ahead=is_fixed)
    output = output_rows(
        application, dataset, kind, columns, ahead=is_fixed, with_predictions=with_predictions
    )
    ranking = top_rows(application, parts, dataset, columns, path, executor, progress)
    with progress, ranking as (found, first):
        if first is not None:
            _check_rows(first, dataset.source)
        copied = CopiedRows.of(dataset, output, application, kind, path)
        if copied is not None:
            counts = copied.write(application, executor, path, progress)
        else:
            with open_writer(path, output.schema, kind) as writer:
                counts = write_stream(application, output, found, executor, writer, path, progress)
                counts = counts if first is None else replace(first, n_kept=counts.n_kept)
                _check_rows(counts, dataset.source)
    warn_of_lost_rows(counts.malformed, counts.n_rows + counts.malformed, dataset.source)
    return counts


def output_rows(
    application: Application,
    dataset: Dataset,
    kind: str,
    columns: Sequence[str] | None,
    *,
    ahead: bool = False,
    with_predictions: bool = True,
) -> OutputRows:
    """Return what makes the rows of a file of a format."""
    known = dataset.known_columns(columns, ahead=ahead)
    is_text = kind in TEXT_FORMATS
    return OutputRows.of(
        application.columns if with_predictions else (),
        known,
        columns,
        dataset.text if is_text else (),
    )


def write_stream(
    application: Application,
    output: OutputRows,
    partitions: Sequence[Partition],
    executor: Executor,
    writer: TableWriter,
    path: str | os.PathLike[str],
    progress: Progress,
) -> PredictionCounts:
    """Predict partitions on an engine, and write them in order."""
    sources = measured(partitions)
    recipe = Recipe(read_batches, partial(predicted, output))
    counts = PredictionCounts()
    with closing(executor.stream(recipe, sources, application)) as batches:
        progress.begin("predict", sources)
        for batch in batches:
            check_header(batch.rows, batch.origin, writer.names, path)
            writer.write(batch.rows)
            counts.merge(batch.counts)
            progress.advance(batch.counts.n_rows, batch.counts.n_bytes)
    return counts


def _check_rows(counts: PredictionCounts, source: object) -> None:
    if counts.n_rows == 0:
        raise DataError(f"{source} has no rows: give files with rows.")


def progress_of_file(path: str | os.PathLike[str], verbose: int) -> Progress:
    """Make the display of a prediction to a file.

    Rows that go to the standard output may appear on the same terminal: there is no bar next to
    them, and lines only with ``verbose=2``.
    """
    if not is_standard_output(path):
        return make_progress(verbose)
    if verbose >= 2 and sys.stderr is not None:
        return LineProgress(sys.stderr)
    return SilentProgress()
