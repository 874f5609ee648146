"""Scores of a model on hashed rows, by scikit-learn's names of metrics."""

from typing import Protocol

import numpy as np

from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.scoring.evaluate_numbers import labeled_numbers
from torrential.engine.targets.labels import UNLABELED, Labels
from torrential.engine.targets.targets import sets_of
from torrential.evaluation.fold_scores import FoldScores, MultilabelScores, RegressionScores
from torrential.evaluation.scoring import Scoring
from torrential.types import Float32


class HashedScores(Protocol):
    """Scores of one model on hashed rows: a summary."""

    @property
    def scores(self) -> FoldScores | MultilabelScores | RegressionScores:
        """Scores so far."""
        ...

    def update(self, batch: HashedBatch, scores: Float32) -> None:
        """Add rows with the model's scores, shape (n_rows, n_columns)."""
        ...


def scores_of(model: HashedModel, scoring: Scoring) -> HashedScores:
    """Return an empty summary of the scores of a model."""
    if model.is_regression:
        return HashedNumberScores(model, scoring)
    if model.is_multilabel:
        return HashedSetScores(model, scoring)
    return HashedFoldScores(model, scoring)


class HashedNumberScores:
    """Scores of a model of numbers on hashed rows: a summary.

    Parameters
    ----------
    model : HashedModel
    scoring : Scoring
    """

    def __init__(self, model: HashedModel, scoring: Scoring) -> None:
        self._model = model
        self.scores = RegressionScores(scoring, levels=model.levels is not None)

    def update(self, batch: HashedBatch, scores: Float32) -> None:
        """Add rows with the model's scores, shape (n_rows, 1)."""
        found = labeled_numbers(self._model, batch, scores)
        self.scores.update(found.true, found.predicted, found.weight)


class HashedFoldScores:
    """Scores of one classifier on hashed rows: a summary.

    Parameters
    ----------
    model : HashedModel
    scoring : Scoring
    """

    def __init__(self, model: HashedModel, scoring: Scoring) -> None:
        self._model = model
        self._scoring = scoring
        self._order = model.labels.order()
        self._labels = Labels(model.labels.values[code] for code in self._order.codes)
        self.scores = FoldScores(self._labels.values, scoring)

    def update(self, batch: HashedBatch, scores: Float32) -> None:
        """Add rows with the model's scores, shape (n_rows, n_columns)."""
        if batch.target is None:
            return
        codes = self._labels.codes(batch.target)
        self.scores.extend(self._labels.values)
        labeled = codes != UNLABELED
        scores = scores[labeled]
        needs = self._scoring.needs_probabilities
        self.scores.update(
            codes[labeled],
            self._order.places[self._model.task(scores).predict(scores)],
            self._order.by_class(scores),
            self._order.by_class(self._model.probabilities(scores)) if needs else None,
            None if batch.weight is None else batch.weight[labeled],
        )


class HashedSetScores:
    """Scores of one classifier of several labels a row on hashed rows: a summary.

    Parameters
    ----------
    model : HashedModel
    scoring : Scoring
    """

    def __init__(self, model: HashedModel, scoring: Scoring) -> None:
        self._model = model
        self._order = model.labels.order()
        self._labels = Labels(model.labels.values[code] for code in self._order.codes)
        self.scores = MultilabelScores(self._labels.values, scoring)

    def update(self, batch: HashedBatch, scores: Float32) -> None:
        """Add rows with the model's scores, shape (n_rows, n_columns)."""
        if batch.target is None:
            return
        truth = sets_of(batch.target, self._labels)
        self.scores.extend(self._labels.values)
        labeled = truth.codes != UNLABELED
        scores = scores[labeled]
        self.scores.update(
            truth.take(np.flatnonzero(labeled)),
            self._order.by_class(self._model.task(scores).predict(scores)),
            self._order.by_class(scores),
            None if batch.weight is None else batch.weight[labeled],
        )
