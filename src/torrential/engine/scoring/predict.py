"""Prediction: partitions hashed and scored on any executor, results in the order of the input."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Protocol, Self, TypeVar

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.engine.batches.cached import Done, Item, recorded
from torrential.engine.batches.encoding import Encoder
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.model.text_model import TextModel
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.errors import enough_memory_to
from torrential.execution import (
    Executor,
    Threads,
    TreeFold,
    count_jobs,
    stop_requested,
    stream,
)
from torrential.features.weighting import weighed
from torrential.tracing import span
from torrential.types import Float32, Partition, merged


@dataclass(frozen=True, slots=True)
class Scored:
    """A batch and its scores.

    Attributes
    ----------
    hashed : HashedBatch
    scores : float32 array of shape (n_rows, n_columns)
    rows : pa.RecordBatch or None
        The input's columns, where they were asked for.
    partition : int
        Number of the partition that it is from.
    """

    hashed: HashedBatch
    scores: Float32
    rows: pa.RecordBatch | None
    partition: int


class ScoreSummary(Protocol):
    """A summary of rows that were scored."""

    def update(self, model: TextModel, scored: Scored) -> None:
        """Take in a batch."""
        ...

    def merge(self, other: Self) -> Self:
        """Take in what the other has seen."""
        ...


Summary = TypeVar("Summary", bound=ScoreSummary)
Result = TypeVar("Result")


@enough_memory_to("score")
def summarise(
    model: TextModel,
    dataset: Dataset,
    new: Callable[[TextModel], Summary],
    executor: Executor,
    *,
    progress: Progress | None = None,
    task: str = "score",
) -> Summary:
    """Score a dataset, and sum it up: one summary for each partition, merged in the fixed tree.

    Parameters
    ----------
    model : TextModel
    dataset : Dataset
    new : callable
        Makes a summary of no rows; it travels to the workers.
    executor : Executor
    progress : Progress, default=None
    task : str
        What progress is called.
    """
    progress = progress or SilentProgress()
    partitions = measured(dataset.partitions())
    with progress:
        progress.begin(task, partitions)
        if isinstance(executor, Threads):
            return _summarise_here(model, partitions, new, executor, progress)
        if not partitions:
            return new(model)
        result: Summary = executor.map_reduce(
            partial(_summarise_partition, new=new),
            dataset.partitions(),
            merged,
            model,
            done=lambda place: progress.advance(partitions[place].n_rows or 0, 0),
        )
        return result


def _summarise_here(
    model: TextModel,
    partitions: Sequence[Partition],
    new: Callable[[TextModel], Summary],
    executor: Threads,
    progress: Progress,
) -> Summary:
    """Do so on threads that all work on one partition: so a single large file keeps them busy."""
    fold: TreeFold[Summary] = TreeFold(merged)
    summary, number = new(model), 0
    with closing(score_partitions(model, partitions, count_jobs(executor.n_jobs))) as batches:
        for scored in batches:
            while number < scored.partition:
                fold.add(summary)
                summary, number = new(model), number + 1
            summary.update(model, scored)
            progress.advance(scored.hashed.rows.n_rows, scored.hashed.n_bytes)
    for _ in range(number, len(partitions)):
        fold.add(summary)
        summary = new(model)
    return fold.result() if fold else summary


def _summarise_partition(
    model: TextModel, partition: Partition, new: Callable[[TextModel], Summary]
) -> Summary:
    summary = new(model)
    for scored in _scored_here(model, partition):
        summary.update(model, scored)
    return summary


def score_partitions(
    model: TextModel, partitions: Sequence[Partition], n_jobs: int
) -> Generator[Scored, None, None]:
    """Score partitions batch by batch on threads, in their order and in bounded memory."""
    model.linear.prepare()
    encoder = model.encoder()
    sources = [partial(_numbered, number, part, encoder) for number, part in enumerate(partitions)]
    score = partial(_score, model=model, encoder=encoder)
    with closing(stream(sources, score, n_jobs)) as items, closing(recorded(items)) as batches:
        yield from batches


def _scored_here(model: TextModel, partition: Partition) -> Iterator[Scored]:
    """Score a partition in this thread, until the run that it is part of is interrupted."""
    encoder = model.encoder()
    items = takewhile(_goes_on, _numbered(0, partition, encoder))
    done = (_score(item, model, encoder) for item in items)
    with closing(recorded(done, is_cut=stop_requested)) as batches:
        yield from batches


def _numbered(number: int, partition: Partition, encoder: Encoder) -> Iterator[tuple[int, Item]]:
    for item in encoder.items(partition):
        yield number, item


def _score(numbered: tuple[int, Item], model: TextModel, encoder: Encoder) -> Done[Scored]:
    number, item = numbered
    hashed, records = encoder.encode_item(item)
    rows = None if item.batch is None else item.batch.rows
    with span("score"):
        scores = model.linear.decision(hashed.rows)
    scored = Scored(hashed, scores, rows, number)
    return scored, item.recorder, records, hashed.rows.n_rows


@enough_memory_to("score all rows")
def decision(model: TextModel, dataset: Dataset, executor: Executor) -> Float32:
    """Scores of all rows, shape (n_rows, n_columns), columns by code."""
    parts: list[Float32] = []
    partitions = dataset.partitions()
    if isinstance(executor, Threads):
        n_jobs = count_jobs(executor.n_jobs)
        with closing(score_partitions(model, partitions, n_jobs)) as batches:
            parts = [scored.scores for scored in batches]
    elif partitions:
        with closing(executor.map(_scores_of_partition, partitions, model)) as results:
            parts = list(results)
    if not parts:
        return np.zeros((0, model.linear.n_columns), np.float32)
    return np.concatenate(parts)


def decisions(models: Sequence[TextModel], dataset: Dataset, executor: Executor) -> list[Float32]:
    """Scores of all rows by each of several models that hash alike: rows are hashed once."""
    parts: list[list[Float32]] = []
    partitions = dataset.partitions()
    encoder = models[0].encoder(weighs=False)
    for model in models:
        model.linear.prepare()
    if isinstance(executor, Threads):
        sources = [partial(encoder.items, part) for part in partitions]
        score = partial(_scores_of_item, models, encoder)
        jobs = count_jobs(executor.n_jobs)
        with closing(stream(sources, score, jobs)) as items, closing(recorded(items)) as batches:
            parts = list(batches)
    elif partitions:
        with closing(executor.map(_scores_of_each, partitions, models)) as results:
            parts = [scores for result in results for scores in result]
    return [
        np.concatenate(
            [np.zeros((0, model.linear.n_columns), np.float32), *(part[number] for part in parts)]
        )
        for number, model in enumerate(models)
    ]


def _scores_of_item(
    models: Sequence[TextModel], encoder: Encoder, item: Item
) -> Done[list[Float32]]:
    hashed, records = encoder.encode_item(item)
    scores = [model.decide(weighed(hashed.rows, model.terms.weighting())) for model in models]
    return scores, item.recorder, records, hashed.rows.n_rows


def _scores_of_each(models: Sequence[TextModel], partition: Partition) -> list[list[Float32]]:
    encoder = models[0].encoder(weighs=False)
    items = takewhile(_goes_on, encoder.items(partition))
    done = (_scores_of_item(models, encoder, item) for item in items)
    return list(recorded(done, is_cut=stop_requested))


def _goes_on(item: object) -> bool:
    """Whether anyone still waits for the results of a batch."""
    return not stop_requested()


def _scores_of_partition(model: TextModel, partition: Partition) -> Float32:
    parts = [scored.scores for scored in _scored_here(model, partition)]
    return np.concatenate([np.zeros((0, model.linear.n_columns), np.float32), *parts])
