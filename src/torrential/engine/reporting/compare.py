"""The pass that compares two models: rows are read once, and hashed once for equal features."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from torrential.data.dataset import Dataset
from torrential.data.source import View
from torrential.engine.batches.batch_stream import read_batches
from torrential.engine.batches.encoding import Encoder
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.advance import Advance, results_of
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.reporting.shown_rows import shown_rows
from torrential.engine.scoring.evaluate import Evaluation
from torrential.engine.scoring.predict import Scored
from torrential.engine.targets.label_casts import LabelCast, cast_of
from torrential.errors import enough_memory_to
from torrential.evaluation.findings.highest_rows import HighestRows
from torrential.evaluation.findings.rows import ChangedRow
from torrential.execution import Executor, Recipe, TreeFold
from torrential.features.weighting import Weighting, weighed
from torrential.types import Batch, merged

MOST_BYTES = 4000
"""Bytes of a text that are kept to show it."""


class PairSummary:
    """What two models predict for the rows so far: a summary.

    Parameters
    ----------
    models : tuple of HashedModel
    casts : tuple of LabelCast
    most : int
        Rows of each kind that are kept.
    has_places : bool
        Whether rows are at the places that their batches say.
    """

    def __init__(
        self,
        models: tuple[HashedModel, HashedModel],
        casts: tuple[LabelCast, LabelCast],
        most: int,
        *,
        has_places: bool,
    ) -> None:
        self._has_places = has_places
        self.first, self.second = (
            Evaluation(model, cast, is_full=True) for model, cast in zip(models, casts, strict=True)
        )
        self.counts = np.zeros((2, 2), np.int64)
        """Rows by whether the first model is right, and the second."""
        self.n_same = self.n_bytes = 0
        self.change = self.squares = self.weight = self.squared_weights = 0.0
        self.better: HighestRows[ChangedRow] = HighestRows(most)
        self.worse: HighestRows[ChangedRow] = HighestRows(most)

    def update(
        self, models: tuple[HashedModel, HashedModel], batch: Batch, scored: tuple[Scored, Scored]
    ) -> None:
        """Add a batch."""
        self.n_bytes += batch.n_bytes
        first = self.first.update(models[0], scored[0])
        second = self.second.update(models[1], scored[1])
        if first is None or second is None:
            return
        np.add.at(self.counts, (first.is_right.astype(int), second.is_right.astype(int)), 1)
        weights = first.weights
        change = second.is_right.astype(np.float64) - first.is_right
        self.change += float(weights @ change)
        self.squares += float(weights @ (change * change))
        self.weight += float(weights.sum())
        self.squared_weights += float(weights @ weights)
        labels = [[each.labels[at] for at in each.predicted.tolist()] for each in (first, second)]
        self.n_same += sum(one == other for one, other in zip(*labels, strict=True))
        rows, of_first, of_second = first.rows, first.of_predicted, second.of_predicted
        for kept, is_one in ((self.better, change > 0), (self.worse, change < 0)):
            wanted = kept.wanted(of_first + of_second, is_one)
            texts = shown_rows(batch.columns, rows[wanted])
            kept.add(
                [
                    ChangedRow(
                        text=text[:MOST_BYTES],
                        n_bytes=len(text),
                        true=first.labels[first.true[at]],
                        first=labels[0][at],
                        second=labels[1][at],
                        of_first=float(of_first[at]),
                        of_second=float(of_second[at]),
                        origin=batch.origin,
                        number=batch.first_row + int(rows[at]) if self._has_places else None,
                    )
                    for text, at in zip(texts, wanted.tolist(), strict=True)
                ]
            )

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self.first.merge(other.first)
        self.second.merge(other.second)
        self.counts += other.counts
        for name in ("n_same", "n_bytes", "change", "squares", "weight", "squared_weights"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.better.merge(other.better)
        self.worse.merge(other.worse)
        return self


@dataclass(frozen=True)
class _Pair:
    """What all workers share."""

    models: tuple[HashedModel, HashedModel]
    casts: tuple[LabelCast, LabelCast]
    most: int
    has_places: bool = True

    @cached_property
    def encoders(self) -> list[Encoder]:
        """Encoders of both models, one if their features are equal; terms are weighed later."""
        first, second = (model.encoder(weighs=False) for model in self.models)
        return [first] if first.spec == second.spec else [first, second]

    @cached_property
    def weightings(self) -> list[Weighting | None]:
        """Weights of the terms of both."""
        return [model.weighting.current() for model in self.models]

    def new_summary(self) -> PairSummary:
        """Return an empty summary."""
        return PairSummary(self.models, self.casts, self.most, has_places=self.has_places)


@enough_memory_to("compare")
def compare(
    models: tuple[HashedModel, HashedModel],
    dataset: Dataset,
    executor: Executor,
    progress: Progress | None = None,
    *,
    most: int = 30,
) -> PairSummary:
    """Compare two models on labeled rows, in one pass; the same to the bit for any executor.

    Parameters
    ----------
    models : tuple of HashedModel
        Two of texts, of one label a row.
    dataset : Dataset
    executor : Executor
    progress : Progress, default=None
    most : int, default=30
        Rows of each kind of change that are kept.

    Raises
    ------
    DataError
        As `evaluate`.
    """
    progress = progress or SilentProgress()
    first, second = models
    casts = cast_of(first.labels.values, dataset), cast_of(second.labels.values, dataset)
    shared = _Pair(models, casts, most, not isinstance(dataset.source, View))
    partitions = measured(replace(dataset, cached=None).partitions())  # the cache has no texts
    fold: TreeFold[PairSummary] = TreeFold(merged)
    for model in models:
        model.linear.prepare()
    recipe = Recipe(read_batches, _score, _summarized)
    with progress:
        progress.begin("compare", partitions)
        with closing(executor.stream(recipe, partitions, shared)) as outputs:
            for summary in results_of(outputs, progress):
                fold.add(summary)
    found = fold.result() if fold else shared.new_summary()
    for scores in (found.first, found.second):
        scores.check(dataset.source, "compare on")
    warn_of_lost_rows(found.first.n_malformed, found.first.n_rows, dataset.source)
    return found


def _score(shared: _Pair, batch: Batch) -> tuple[Batch, tuple[Scored, Scored]]:
    hashed = [encoder.encode(batch) for encoder in shared.encoders]
    first, second = (
        _scored(model, hashed[min(number, len(hashed) - 1)], shared.weightings[number])
        for number, model in enumerate(shared.models)
    )
    return batch, (first, second)


def _scored(model: HashedModel, hashed: HashedBatch, weighting: Weighting | None) -> Scored:
    rows = weighed(hashed.rows, weighting)
    return Scored(replace(hashed, rows=rows), model.linear.decision(rows))


def _summarized(
    shared: _Pair, results: Iterable[tuple[Batch, tuple[Scored, Scored]]]
) -> Iterator[Any]:
    """Yield the progress of the work, and finally the summary of the source."""
    summary = shared.new_summary()
    for batch, scored in results:
        summary.update(shared.models, batch, scored)
        yield Advance(batch.n_rows, batch.n_bytes)
    yield summary
