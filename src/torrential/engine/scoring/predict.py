"""Prediction: partitions hashed and scored on any executor, results in the order of the input."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol, Self, TypeVar

import numpy as np

from torrential.data.dataset import Dataset
from torrential.engine.batches.cached import Done, Item, recorded
from torrential.engine.batches.encoding import Encoder
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.advance import Advance, results_of
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.errors import enough_memory_to
from torrential.execution import Executor, Recipe, TreeFold, stop_requested
from torrential.features.weighting import Weighting, weighed
from torrential.tracing import span
from torrential.types import Float32, Partition, merged


@dataclass(frozen=True, slots=True)
class Scored:
    """A batch and its scores.

    Attributes
    ----------
    hashed : HashedBatch
    scores : float32 array of shape (n_rows, n_columns)
    """

    hashed: HashedBatch
    scores: Float32


class Scorer:
    """A model that is ready to score, and its encoders: what all workers share.

    Parameters
    ----------
    model : HashedModel
    """

    def __init__(self, model: HashedModel) -> None:
        model.linear.prepare()
        self.model = model

    @cached_property
    def encoder(self) -> Encoder:
        """Encoder of the rows that the model scores, made once in each process."""
        return self.model.encoder()

    @cached_property
    def unweighed(self) -> Encoder:
        """Encoder of rows for several models that weigh terms themselves."""
        return self.model.encoder(weighs=False)

    @cached_property
    def weighting(self) -> Weighting | None:
        """Weights of the terms, made once in each process."""
        return self.model.weighting.current()

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model}


class ScoreSummary(Protocol):
    """A summary of rows that were scored."""

    def update(self, model: HashedModel, scored: Scored) -> Any:
        """Add a batch."""
        ...

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        ...


Summary = TypeVar("Summary", bound=ScoreSummary)


@enough_memory_to("score")
def summarize(
    model: HashedModel,
    dataset: Dataset,
    new: Callable[[HashedModel], Summary],
    executor: Executor,
    *,
    progress: Progress | None = None,
    task: str = "score",
) -> Summary:
    """Score a dataset and summarize it, partition by partition, merged in the fixed tree.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
    new : callable
        Makes an empty summary; it is sent to the workers.
    executor : Executor
    progress : Progress, default=None
    task : str
        What progress is called.
    """
    progress = progress or SilentProgress()
    partitions = measured(dataset.partitions())
    recipe = Recipe(_read, _score, partial(_summarized, new))
    fold: TreeFold[Summary] = TreeFold(merged)
    with progress:
        progress.begin(task, partitions)
        with closing(executor.stream(recipe, partitions, Scorer(model))) as outputs:
            for summary in results_of(outputs, progress):
                fold.add(summary)
    return fold.result() if fold else new(model)


def _summarized(
    new: Callable[[HashedModel], Summary], scorer: Scorer, results: Iterator[Done[Scored]]
) -> Iterator[Advance | Summary]:
    """Yield the progress of the work, and finally the summary of the source."""
    summary = new(scorer.model)
    with closing(recorded(results, is_cut=stop_requested)) as batches:
        for scored in batches:
            summary.update(scorer.model, scored)
            yield Advance(scored.hashed.rows.n_rows, scored.hashed.n_bytes)
    yield summary


def _read(scorer: Scorer, partition: Partition) -> Iterable[Item]:
    return scorer.encoder.items(partition)


def _score(scorer: Scorer, item: Item) -> Done[Scored]:
    hashed, records = scorer.encoder.encode_item(item)
    with span("score"):
        scores = scorer.model.linear.decision(hashed.rows)
    return Scored(hashed, scores), item.recorder, records, hashed.rows.n_rows


def _scores(scorer: Scorer, item: Item) -> Done[Float32]:
    scored, recorder, records, n_rows = _score(scorer, item)
    return scored.scores, recorder, records, n_rows


def _recorded(shared: object, results: Iterator[Done[Any]]) -> Iterator[Any]:
    return recorded(results, is_cut=stop_requested)


@enough_memory_to("score all rows")
def decision(model: HashedModel, dataset: Dataset, executor: Executor) -> Float32:
    """Return the scores of all rows, shape (n_rows, n_columns), columns by code."""
    recipe = Recipe(_read, _scores, _recorded)
    with closing(executor.stream(recipe, dataset.partitions(), Scorer(model))) as scores:
        return _joined(model, scores)


def decisions(models: Sequence[HashedModel], dataset: Dataset, executor: Executor) -> list[Float32]:
    """Return the scores of all rows by each of several models that share the hashing."""
    scorers = [Scorer(model) for model in models]
    recipe = Recipe(_read_for_all, _scores_of_all, _recorded)
    with closing(executor.stream(recipe, dataset.partitions(), scorers)) as batches:
        parts = list(batches)
    return [_joined(model, (part[number] for part in parts)) for number, model in enumerate(models)]


def _read_for_all(scorers: Sequence[Scorer], partition: Partition) -> Iterable[Item]:
    return scorers[0].unweighed.items(partition)


def _scores_of_all(scorers: Sequence[Scorer], item: Item) -> Done[list[Float32]]:
    hashed, records = scorers[0].unweighed.encode_item(item)
    scores = [each.model.decide(weighed(hashed.rows, each.weighting)) for each in scorers]
    return scores, item.recorder, records, hashed.rows.n_rows


def _joined(model: HashedModel, parts: Iterable[Float32]) -> Float32:
    return np.concatenate([np.zeros((0, model.linear.n_columns), np.float32), *parts])
