"""How well a model does on hashed rows, by scikit-learn's names of metrics."""

from typing import Self

import numpy as np

from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.model.text_model import TextModel
from torrential.engine.targets.labels import UNLABELLED, Labels
from torrential.evaluation.scorers import FoldScores, Scoring
from torrential.types import Float32


class TextFoldScores:
    """Scores of one model on hashed rows: a summary.

    Parameters
    ----------
    model : TextModel
    scoring : Scoring
    """

    def __init__(self, model: TextModel, scoring: Scoring) -> None:
        self._model = model
        self._scoring = scoring
        _, self._order = model.labels.sorted()
        self._rank = np.argsort(self._order)
        self._labels = Labels(model.labels.values[code] for code in self._order)
        self.scores = FoldScores(self._labels.values, scoring)

    def update(self, batch: HashedBatch, scores: Float32) -> None:
        """Take in rows with the model's scores of them, shape (n_rows, n_columns)."""
        if batch.target is None:
            return
        codes = self._labels.codes(batch.target)
        self.scores.extend(self._labels.values)
        labelled = codes != UNLABELLED
        scores = scores[labelled]
        needs = self._scoring.needs_probabilities
        self.scores.update(
            codes[labelled],
            self._rank[self._model.predict_codes(scores)],
            self._in_order(scores),
            self._model.probabilities(scores)[:, self._order] if needs else None,
            None if batch.weight is None else batch.weight[labelled],
        )

    def _in_order(self, scores: Float32) -> Float32:
        if scores.shape[1] > 1:
            return scores[:, self._order]
        return -scores if self._order[0] == 1 else scores

    def merge(self, other: Self) -> Self:
        """Take in what the other has seen."""
        self.scores.merge(other.scores)
        return self
