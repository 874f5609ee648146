"""Findings of a model of numbers: errors by prediction, and the rows that are furthest off."""

from typing import Any, Self

import numpy as np

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.kinds.contract import Findings, Judged, Verdicts
from torrential.engine.reporting.scored_texts import ScoredTexts
from torrential.engine.reporting.shown_rows import RowKeeper
from torrential.engine.scoring.evaluate_numbers import NumberRows, NumbersEvaluation
from torrential.evaluation.findings.binned_sums import BinnedSums
from torrential.evaluation.findings.highest_rows import HighestRows
from torrential.evaluation.findings.rows import WrongNumber


class NumberFindings(Findings):
    """What a report shows of numbers; the measures of segments are the error and its size.

    Parameters
    ----------
    model : HashedModel
    cast : None
        Numbers need none.
    keeper : RowKeeper
    most : int
        Rows that are kept.
    """

    def __init__(self, model: HashedModel, cast: Any, keeper: RowKeeper, most: int) -> None:
        self.evaluation = NumbersEvaluation(model, ranks=True)
        self.targets, self.sizes = BinnedSums(0), BinnedSums(0)
        self.by_prediction = BinnedSums(3)
        """Errors, their squares and their sizes, by prediction."""
        self.errors = self.fourth_powers = self.not_above = 0.0
        self.worst: HighestRows[WrongNumber] = HighestRows(most)
        self._keeper = keeper

    def update(self, model: HashedModel, scored: ScoredTexts) -> Judged:
        """Add a batch, and return its labeled rows."""
        found = self.evaluation.update(model, scored)
        errors, weights = found.errors, found.weights
        sizes, squares, nothing = np.abs(errors), errors * errors, np.zeros((len(errors), 0))
        self.targets.update(found.true, nothing, weights)
        self.sizes.update(sizes, nothing, weights)
        values = np.column_stack([errors, squares, sizes])
        self.by_prediction.update(found.predicted.astype(np.float64), values, weights)
        self.errors += float(weights @ errors)
        self.fourth_powers += float(weights @ (squares * squares))
        self.not_above += float(weights @ (errors >= 0))
        wanted = self.worst.wanted(sizes, sizes > 0)
        kept = self._keeper.kept(scored.batch, found.rows[wanted])
        self.worst.add(
            [
                WrongNumber(row, float(found.true[at]), float(found.predicted[at]))
                for row, at in zip(kept, wanted.tolist(), strict=True)
            ]
        )
        return Judged(found.rows, weights, np.column_stack([errors, sizes]))

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        for name in ("evaluation", "targets", "sizes", "by_prediction", "worst"):
            getattr(self, name).merge(getattr(other, name))
        self.errors += other.errors
        self.fourth_powers += other.fourth_powers
        self.not_above += other.not_above
        return self


def new_number_evaluation(model: HashedModel, cast: Any) -> NumbersEvaluation:
    """Return empty metrics of a model to compare."""
    return NumbersEvaluation(model, ranks=True)


def number_verdicts(found: NumberRows) -> Verdicts:
    """Return what a comparison needs of rows: errors count less the smaller they are."""
    errors = found.errors
    return Verdicts(
        rows=found.rows,
        weights=found.weights,
        measures=-np.column_stack([np.abs(errors), errors * errors]),
        is_right=None,
        certainty=None,
        true=lambda at: float(found.true[at]),
        predicted=lambda at: float(found.predicted[at]),
    )
