"""Classifiers of hashed rows trained in parts: the work on each part, and the averaging."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np

from torrential.data.dataset import Dataset
from torrential.engine.batches.encoding import Encoder, hashed_batches, hashed_here
from torrential.engine.batches.windows import windows
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.model.side_statistics import Notes
from torrential.engine.targets.labels import Labels
from torrential.engine.targets.targets import (
    Targets,
    are_labeled,
    labeled_rows,
    of_window,
    table_of,
)
from torrential.engine.training.averaging_types import Books, Stretch
from torrential.engine.training.learner import Learner
from torrential.engine.training.serial import noted
from torrential.evaluation.regression import RegressionMetrics
from torrential.execution import Executor
from torrential.features.document_frequencies import DocumentFrequencies
from torrential.features.spec import NOTHING, FeatureSpec
from torrential.features.weighting import weighed
from torrential.linear.class_weight import ClassWeight
from torrential.linear.mixing import WeightSums
from torrential.linear.window import in_turn
from torrential.tracing import span
from torrential.types import Csr, Float32, Partition, merged

MAX_HELD_OUT = 4096
"""Approximate number of rows on which parts are validated: more would cost time for little gain."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Hashed rows that no part learns, batch by batch.

    Attributes
    ----------
    batches : tuple of (Csr, Targets of shape (n_rows,), float32 array or None)
        Rows, not weighed by IDF yet, their targets, and their weights.
    """

    batches: tuple[tuple[Csr, Targets, Float32 | None], ...]

    def score(self, model: HashedModel) -> float:
        """Return the weighted share of labeled rows whose label is predicted; R2 of numbers."""
        return self._r2(model) if model.is_regression else self._accuracy(model)

    def _r2(self, model: HashedModel) -> float:
        metrics, weighting = RegressionMetrics(), model.weighting.current()
        for rows, targets, weight in self.batches:
            scores = model.decide(weighed(rows, weighting))
            predicted = model.task(scores).predict(scores)
            metrics.update(*labeled_rows(cast(Float32, targets), predicted, weight))
        r2 = metrics.report().r2 if metrics.n_rows else None
        return float("nan") if r2 is None else r2

    def _accuracy(self, model: HashedModel) -> float:
        correct = total = 0.0
        weighting = model.weighting.current()
        for rows, targets, weight in self.batches:
            rows = weighed(rows, weighting)
            of_rows = are_labeled(targets).astype(np.float64)
            if weight is not None:
                of_rows *= weight
            scores = model.decide(rows)
            correct += float(of_rows[model.task(scores).correct(scores, targets)].sum())
            total += float(of_rows.sum())
        return correct / total if total else float("nan")


@dataclass(slots=True)
class HashedLearned:
    """The model of a part: a summary.

    Attributes
    ----------
    weights : WeightSums
    books : Books
    notes : Notes or None
        Figures of new rows: of the first round.
    """

    weights: WeightSums
    books: Books
    notes: Notes | None

    def merge(self, other: Self) -> Self:
        """Add the result of another part."""
        self.weights.merge(other.weights)
        self.books.merge(other.books)
        if self.notes is not None and other.notes is not None:
            self.notes.merge(other.notes)
        return self


@dataclass(frozen=True, slots=True)
class HashedPartLearner:
    """Trains parts of texts on workers, and averages the models.

    Attributes
    ----------
    weighting : {'rows', 'updates'}
    class_weight : dict of label to weight, or None
    seed : int or None
        Seed of the order of rows within windows; None keeps their order.
    held_out : HeldOut or None
        Rows to validate the parts' models on, and their average.
    """

    weighting: str
    class_weight: dict[Any, float] | None
    seed: int | None
    held_out: HeldOut | None = None

    def learn(self, state: HashedModel, stretch: Stretch) -> HashedLearned:
        """Learn the rows of a stretch, starting from a model that does not change."""
        model, is_new = state.branch(), stretch.round == 0
        seed = None if self.seed is None else (self.seed, stretch.part.number, stretch.step)
        learner = Learner(
            model,
            ClassWeight(self.class_weight),
            in_turn,
            seed=seed,
            epoch=stretch.round,
        )
        observe = model.observe if is_new else NOTHING
        encoder = model.encoder(observe, weighs=not learner.weighs)
        hashed = hashed_here(stretch.part.pieces, encoder)
        for window in windows(noted(hashed, model), model.targets):
            with span("learn", rows=window.n_rows):
                learner.learn(window)
        return self._learned(model, state, learner, is_new)

    def _learned(
        self, model: HashedModel, state: HashedModel, learner: Learner, is_new: bool
    ) -> HashedLearned:
        validation = learner.validation
        weights = model.linear.changes_since(state.linear, validation.n_rows, self.weighting)
        score = self.score(model)
        books = Books(
            n_rows=validation.n_rows,
            loss=validation.total_loss,
            n_correct=validation.n_correct,
            parts=() if score is None else (score,),
            n_bytes=weights.n_bytes,
            sketch=validation.sketch,
        )
        notes = Notes.of(model, state, counts_documents=learner.weighs) if is_new else None
        return HashedLearned(weights, books, notes)

    def mix(self, state: HashedModel, learned: HashedLearned) -> None:
        """Make a model the average of the results of all parts."""
        state.linear.take_in(learned.weights)
        if learned.notes is not None:
            learned.notes.add_to(state)

    def score(self, state: HashedModel) -> float | None:
        """Return the accuracy or R2 on the held-out rows; None without any."""
        return None if self.held_out is None else self.held_out.score(state)


def hold_out(model: HashedModel, dataset: Dataset, n_jobs: int = 1) -> HeldOut:
    """Hash the first rows of a dataset, with the targets as the model has them."""
    kept: list[tuple[Csr, Targets, Float32 | None]] = []
    labels = Labels(model.labels.values)  # labels that are only here count as errors
    table = table_of(model.linear.settings, labels)
    n_rows = 0
    with closing(
        hashed_batches(dataset.partitions(), model.encoder(weighs=False), n_jobs)
    ) as batches:
        for batch in batches:
            if batch.target is not None:
                targets = of_window(table.targets(batch.target, batch.rows.n_rows), table)
                kept.append((batch.rows, targets, batch.weight))
            n_rows += batch.rows.n_rows
            if n_rows >= MAX_HELD_OUT:
                break
    return HeldOut(tuple(kept))


def count_documents(
    model: HashedModel, dataset: Dataset, executor: Executor
) -> DocumentFrequencies:
    """Count the labeled documents of each column, on an executor."""
    counted: DocumentFrequencies = executor.map_reduce(
        _count_partition, dataset.partitions(), merged, model.spec
    )
    return counted


def _count_partition(spec: FeatureSpec, partition: Partition) -> DocumentFrequencies:
    frequencies = DocumentFrequencies(spec.n_features)
    for batch in hashed_here([partition], Encoder(spec)):
        if batch.target is not None:
            frequencies.update(batch.rows, batch.target.codes >= 0)
    return frequencies
