"""The rows with the highest probability of a label: found in a first pass, read in a second."""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.engine.batches.batch_stream import read_batches, with_end
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.application import Application
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.errors import DataError, ParameterError
from torrential.execution import Executor, Recipe
from torrential.persistence.score_file import Marks, PackedMarks, ScoreFile, temporary_scores
from torrential.types import Batch, Float32, Partition

NO_SCORE = np.float32(np.nan)
"""Score of a row that the model has not seen."""


@dataclass(frozen=True, slots=True)
class ChosenPartition:
    """Some rows of a partition.

    Attributes
    ----------
    partition : Partition
    marks : Marks or PackedMarks
        Which rows.
    """

    partition: Partition
    marks: Marks | PackedMarks

    @property
    def name(self) -> str:
        """Name shown in messages."""
        return self.partition.name

    def batches(self) -> Iterator[Batch]:
        """Read the partition; yield the chosen rows of each batch that has some."""
        kept, first = self.marks.load(), 0
        for batch in self.partition.batches():
            of_batch = kept[first : first + batch.n_rows]
            first += batch.n_rows
            if first > len(kept):
                break
            if of_batch.any():
                yield _chosen(batch, pa.array(np.flatnonzero(of_batch)))
        if first != len(kept):
            raise DataError(
                f"{self.name} has other rows than when it was read first: let it not change while "
                "keep_top reads it twice."
            )


def _chosen(batch: Batch, numbers: pa.Array) -> Batch:
    rows = None if batch.rows is None else batch.rows.take(numbers)
    return replace(batch, columns=batch.columns.take(numbers), rows=rows, target=None, weight=None)


@contextmanager
def top_rows(
    application: Application,
    partitions: Sequence[Partition],
    dataset: Dataset,
    columns: Sequence[str] | None,
    path: Any,
    executor: Executor,
    progress: Progress,
) -> Iterator[tuple[Sequence[Partition], PredictionCounts | None]]:
    """Yield the partitions with the rows that a filter keeps by their rank, and the first counts.

    Without such a filter these are the partitions, and None.

    Parameters
    ----------
    application : Application
    partitions : sequence of Partition
        To be written from.
    dataset : Dataset
        What they are partitions of.
    columns : sequence of str or None
        Columns of the input that they have.
    path : str or path-like
        The output, next to which scores are kept: 4 bytes for each row.
    executor : Executor
    progress : Progress
    """
    row_filter = application.row_filter
    if row_filter is None or row_filter.top is None:
        yield partitions, None
        return
    with temporary_scores(path) as scores:
        counts = _first_pass(application, to_score(dataset, columns), scores, executor, progress)
        cut = scores.cut(n_kept(row_filter.top, scores.n_scores))
        marks = scores.marks(cut, 0, scores.n_sources)
        yield [ChosenPartition(*each) for each in zip(partitions, marks, strict=True)], counts


def n_kept(top: Fraction | int, n_rows: int) -> int:
    """Return how many rows are kept; a share is rounded up.

    >>> n_kept(Fraction(1, 10), 15), n_kept(20, 15)
    (2, 15)
    """
    return min(n_rows, top if isinstance(top, int) else math.ceil(top * n_rows))


def to_score(dataset: Dataset, columns: Sequence[str] | None) -> Sequence[Partition]:
    """Return the partitions of a first pass, with the columns that it needs.

    Where malformed rows are skipped, those with all columns: which ones are malformed depends on
    the columns.

    Raises
    ------
    ParameterError
        If the rows can be read only once.
    """
    if dataset.is_read_once:
        raise ParameterError(
            f"keep_top reads the rows twice, which {dataset.source} does not allow: save them to a "
            "file, or give a threshold instead."
        )
    options = getattr(dataset.source, "options", None)
    if getattr(options, "on_bad_rows", "raise") == "skip":
        return dataset.partitions("all", columns)
    return replace(dataset, cached=None).partitions()


def _first_pass(
    application: Application,
    partitions: Sequence[Partition],
    scores: ScoreFile,
    executor: Executor,
    progress: Progress,
) -> PredictionCounts:
    sources = measured(partitions)
    recipe = Recipe(read_batches, scored, with_end)
    counts = PredictionCounts()
    with closing(executor.stream(recipe, sources, application)) as outputs:
        progress.begin("score", sources)
        for output in outputs:
            if output is None:
                scores.end_source()
                continue
            of_rows, of_batch = output
            scores.write(of_rows)
            counts.merge(of_batch)
            progress.advance(of_batch.n_rows, of_batch.n_bytes)
    return counts


def scored(application: Application, batch: Batch) -> tuple[Float32, PredictionCounts]:
    """Return the scores that a filter ranks rows by, nan for rows that are not seen."""
    applied = application.apply(batch)
    last = applied.outcomes[-1]
    scores = application.of_filter(last)[:, 0]
    if last.seen is not None:
        scores = np.where(last.seen, scores, NO_SCORE)
    return scores, applied.counts
