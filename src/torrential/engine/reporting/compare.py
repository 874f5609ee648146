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
from torrential.engine.reporting.kinds.choice import KINDS, Kind, kind_of, targets_cast
from torrential.engine.reporting.kinds.contract import Verdicts
from torrential.engine.reporting.shown_rows import RowKeeper, is_of_texts
from torrential.engine.scoring.predict import Scored
from torrential.errors import enough_memory_to
from torrential.evaluation.findings.highest_rows import HighestRows
from torrential.evaluation.findings.rows import ChangedRow
from torrential.execution import Executor, Recipe, TreeFold
from torrential.features.weighting import Weighting, weighed
from torrential.types import Batch, Float64, Int64, merged

Models = tuple[HashedModel, HashedModel]
COUNTS = ("counts", "n_better", "n_worse", "n_same", "n_bytes", "weight", "squared_weights")
"""Names of what is added up."""


class PairSummary:
    """What two models predict for the rows so far: a summary.

    Parameters
    ----------
    kind : Kind
    models : tuple of HashedModel
    casts : tuple of LabelCast or None
    keeper : RowKeeper
    most : int
        Rows of each kind of change that are kept.
    """

    def __init__(
        self, kind: Kind, models: Models, casts: tuple[Any, Any], keeper: RowKeeper, most: int
    ) -> None:
        self._kind, self._keeper = kind, keeper
        self.first, self.second = map(kind.evaluation, models, casts)
        self.counts: Int64 = np.zeros(2, np.int64)
        """Rows that both models get right, and that both get wrong; only of labels."""
        self.n_better = self.n_worse = self.n_same = self.n_bytes = 0
        self.changes: Float64 = np.zeros((2, 0))
        """Sums of the differences of the measures, and of their squares."""
        self.weight = self.squared_weights = 0.0
        self.better: HighestRows[ChangedRow] = HighestRows(most)
        self.worse: HighestRows[ChangedRow] = HighestRows(most)

    def update(self, models: Models, batch: Batch, scored: tuple[Scored, Scored]) -> None:
        """Add a batch."""
        self.n_bytes += batch.n_bytes
        found = [
            each.update(model, scores)
            for each, model, scores in zip((self.first, self.second), models, scored, strict=True)
        ]
        if any(each is None for each in found):
            return
        first, second = map(self._kind.verdicts, found)
        if first.is_right is not None and second.is_right is not None:
            both, neither = first.is_right & second.is_right, ~first.is_right & ~second.is_right
            self.counts += np.array([np.count_nonzero(both), np.count_nonzero(neither)])
        weights, change = first.weights, second.measures - first.measures
        sums = np.stack([weights @ change, weights @ (change * change)])
        self.changes = sums if self.changes.shape[1] == 0 else self.changes + sums
        self.weight += float(weights.sum())
        self.squared_weights += float(weights @ weights)
        by = change[:, 0]
        self.n_better += int(np.count_nonzero(by > 0))
        self.n_worse += int(np.count_nonzero(by < 0))
        self.n_same += sum(first.predicted(at) == second.predicted(at) for at in range(len(by)))
        ranks = np.abs(by)
        if first.certainty is not None and second.certainty is not None:
            ranks = first.certainty + second.certainty
        for kept, is_one in ((self.better, by > 0), (self.worse, by < 0)):
            wanted = kept.wanted(ranks, is_one)
            rows = self._keeper.kept(batch, first.rows[wanted])
            kept.add(
                [
                    ChangedRow(
                        row,
                        true=first.true(at),
                        first=first.predicted(at),
                        second=second.predicted(at),
                        of_first=_certainty(first, at),
                        of_second=_certainty(second, at),
                        rank=float(ranks[at]),
                    )
                    for row, at in zip(rows, wanted.tolist(), strict=True)
                ]
            )

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        for name in ("first", "second", "better", "worse"):
            getattr(self, name).merge(getattr(other, name))
        if self.changes.shape[1] and other.changes.shape[1]:
            self.changes = self.changes + other.changes
        elif other.changes.shape[1]:
            self.changes = other.changes
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def _certainty(found: Verdicts, at: int) -> float | None:
    return None if found.certainty is None else float(found.certainty[at])


@dataclass(frozen=True)
class _Pair:
    """What all workers share."""

    kind: Kind
    models: Models
    casts: tuple[Any, Any]
    keeper: RowKeeper
    most: int

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
        return PairSummary(self.kind, self.models, self.casts, self.keeper, self.most)


@enough_memory_to("compare")
def compare(
    models: Models,
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
        Two of the same kind of targets and of the same columns.
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
    casts = targets_cast(first, dataset), targets_cast(second, dataset)
    keeper = RowKeeper(is_of_texts(first), not isinstance(dataset.source, View))
    shared = _Pair(KINDS[kind_of(first)], models, casts, keeper, most)
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
        scores.check(dataset, "compare on")
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
