"""Findings of a model of one label a row: confidence, and the most confident wrong rows."""

from typing import Self

import numpy as np

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.kinds.contract import Findings, Judged, Verdicts
from torrential.engine.reporting.scored_texts import ScoredTexts
from torrential.engine.reporting.shown_rows import RowKeeper
from torrential.engine.scoring.evaluate import Evaluation
from torrential.engine.scoring.label_scores import LabeledRows
from torrential.engine.targets.label_casts import LabelCast
from torrential.evaluation.classification import log_losses
from torrential.evaluation.findings.confidence import Confidence
from torrential.evaluation.findings.highest_rows import HighestRows
from torrential.evaluation.findings.rows import WrongRow
from torrential.types import Batch


class LabelFindings(Findings):
    """What a report shows of one label a row; the measure of segments is 1 of right rows.

    Parameters
    ----------
    model : HashedModel
    cast : LabelCast
    keeper : RowKeeper
    most : int
        Wrong rows that are kept.
    """

    def __init__(self, model: HashedModel, cast: LabelCast, keeper: RowKeeper, most: int) -> None:
        self.evaluation = Evaluation(model, cast, is_full=True)
        self.confidence = Confidence(len(model.labels))
        self.worst: HighestRows[WrongRow] = HighestRows(most)
        self.squared_losses = 0.0
        self._keeper, self._n_classes = keeper, len(model.labels)

    def update(self, model: HashedModel, scored: ScoredTexts) -> Judged | None:
        """Add a batch, and return its labeled rows; None without a target."""
        found = self.evaluation.update(model, scored)
        if found is None:
            return None
        weights = found.weights
        assert found.probabilities is not None  # as the evaluation is full
        losses = log_losses(found.true, found.probabilities, self._n_classes)
        self.squared_losses += float(weights @ (losses * losses))
        self.confidence.update(found.predicted, found.of_predicted, found.is_right, weights)
        self._add_worst(scored.batch, found)
        return Judged(found.rows, weights, found.is_right.astype(np.float64)[:, None])

    def _add_worst(self, batch: Batch, found: LabeledRows) -> None:
        labels, true, probabilities = found.labels, found.true, found.probabilities
        assert probabilities is not None
        of_label = found.of_predicted
        wanted = self.worst.wanted(of_label, ~found.is_right)
        kept = self._keeper.kept(batch, found.rows[wanted])
        self.worst.add(
            [
                WrongRow(
                    row,
                    true=labels[true[at]],
                    predicted=labels[found.predicted[at]],
                    probability=float(of_label[at]),
                    of_true=float(probabilities[at, true[at]])
                    if true[at] < self._n_classes
                    else None,
                )
                for row, at in zip(kept, wanted.tolist(), strict=True)
            ]
        )

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self.evaluation.merge(other.evaluation)
        self.confidence.merge(other.confidence)
        self.worst.merge(other.worst)
        self.squared_losses += other.squared_losses
        return self


def new_label_evaluation(model: HashedModel, cast: LabelCast) -> Evaluation:
    """Return empty metrics of a model to compare."""
    return Evaluation(model, cast, is_full=True)


def label_verdicts(found: LabeledRows) -> Verdicts:
    """Return what a comparison needs of labeled rows; the measure is 1 of right rows."""
    labels = found.labels
    return Verdicts(
        rows=found.rows,
        weights=found.weights,
        measures=found.is_right.astype(np.float64)[:, None],
        is_right=found.is_right,
        certainty=found.of_predicted.astype(np.float64),
        true=lambda at: labels[found.true[at]],
        predicted=lambda at: labels[found.predicted[at]],
    )
