"""Findings of a model of several labels a row: labels that are wrong or missed, and pairs."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.kinds.contract import Findings, Judged, Verdicts
from torrential.engine.reporting.scored_texts import ScoredTexts
from torrential.engine.reporting.shown_rows import RowKeeper
from torrential.engine.scoring.evaluate import SetEvaluation
from torrential.engine.scoring.label_scores import SetRows
from torrential.engine.targets.label_casts import LabelCast
from torrential.evaluation.findings.confidence import Confidence
from torrential.evaluation.findings.highest_rows import HighestRows
from torrential.evaluation.findings.intervals import N_GROUPS
from torrential.evaluation.findings.pair_counts import PairCounts
from torrential.evaluation.findings.rows import WrongSetLabel
from torrential.evaluation.ratios import ratios
from torrential.evaluation.reliability import ReliabilityBins
from torrential.types import Batch, Bool, Float32, Float64, Int64

N_AT_ONCE = 2**20
"""Pairs of a row and a label that are looked at at once."""

MOST_IN_GROUPS = 2000
"""Labels whose counts are kept by group: 1 MB."""

LEAST = 0.01
"""Probability from which on pairs of a row and a label are counted by it."""


class _Part(NamedTuple):
    """Some labeled rows, with the labels that the model knows."""

    first: int
    truth: Bool
    predicted: Bool
    likely: Float32
    weights: Float64


class LabelSetFindings(Findings):
    """What a report shows of several labels a row; the measure of segments is the F1 of a row.

    Parameters
    ----------
    model : HashedModel
    cast : LabelCast
    keeper : RowKeeper
    most : int
        Wrong labels that are kept, and missed ones.
    """

    def __init__(self, model: HashedModel, cast: LabelCast, keeper: RowKeeper, most: int) -> None:
        self.evaluation = SetEvaluation(model, cast, is_full=True)
        self.confidence = Confidence(len(model.labels))
        self.reliability = ReliabilityBins()
        self.confused, self.missed_together = PairCounts(), PairCounts()
        self.wrong: HighestRows[WrongSetLabel] = HighestRows(most)
        self.missed: HighestRows[WrongSetLabel] = HighestRows(most)
        self.f1 = self.squared_f1 = 0.0
        self.products: Float64 = np.zeros(3)
        """Squares of twice the hits of a row, their products with its labels, squares of these."""
        n_classes = len(model.labels)
        self.groups: Float64 | None = None
        """Of groups of rows, the weights by label that macro-F1 is computed from."""
        if n_classes <= MOST_IN_GROUPS:
            self.groups = np.zeros((N_GROUPS, 3, n_classes))
        self._keeper, self._n_rows = keeper, 0

    def update(self, model: HashedModel, scored: ScoredTexts) -> Judged | None:
        """Add a batch, and return its labeled rows; None without a target."""
        found = self.evaluation.update(model, scored)
        if found is None:
            return None
        for part in _parts(model, found):
            self._add(part, found, scored.batch)
            self._add_groups(part)
        weights = found.weights
        hits, n_labels = counts_of(found)
        twice = 2 * hits
        f1 = row_f1(hits, n_labels)
        self.f1 += float(weights @ f1)
        self.squared_f1 += float(weights @ (f1 * f1))
        products = [twice * twice, twice * n_labels, n_labels * n_labels]
        self.products = self.products + np.stack(products) @ weights
        return Judged(found.rows, weights, f1[:, None])

    def _add(self, part: _Part, found: SetRows, batch: Batch) -> None:
        is_likely = part.likely >= LEAST
        rows, labels = np.nonzero(is_likely)
        likely, is_right, weights = (
            part.likely[is_likely],
            part.truth[is_likely],
            part.weights[rows],
        )
        self.confidence.update(labels, likely, is_right, weights)
        self.reliability.update(likely, is_right, weights)
        missed, wrong = part.truth & ~part.predicted, part.predicted & ~part.truth
        self.confused.update(missed, wrong, part.weights)
        self.missed_together.update(missed, missed, part.weights, ordered=False)
        for kept, pairs, is_missed in ((self.wrong, wrong, False), (self.missed, missed, True)):
            rows, labels = np.nonzero(pairs)
            likely = part.likely[rows, labels]
            ranks = 1 - likely if is_missed else likely
            wanted = kept.wanted(ranks, np.ones(len(ranks), np.bool_))
            at = part.first + rows[wanted]
            kept_rows = self._keeper.kept(batch, found.rows[at])
            kept.add(
                [
                    WrongSetLabel(
                        row,
                        label=found.labels[label],
                        true=true_set(found, place),
                        predicted=predicted_set(found, place),
                        probability=float(probability),
                        is_missed=is_missed,
                    )
                    for row, place, label, probability in zip(
                        kept_rows,
                        at.tolist(),
                        labels[wanted].tolist(),
                        likely[wanted].tolist(),
                        strict=True,
                    )
                ]
            )

    def _add_groups(self, part: _Part) -> None:
        n_rows = len(part.weights)
        for number in range(N_GROUPS if self.groups is not None else 0):
            some = slice((number - self._n_rows) % N_GROUPS, n_rows, N_GROUPS)
            truth, predicted, weights = part.truth[some], part.predicted[some], part.weights[some]
            sums = [weights @ each for each in (truth, predicted, truth & predicted)]
            self.groups[number] += sums  # type: ignore[index]
        self._n_rows += n_rows

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        for name in ("evaluation", "confidence", "reliability", "confused", "missed_together"):
            getattr(self, name).merge(getattr(other, name))
        self.wrong.merge(other.wrong)
        self.missed.merge(other.missed)
        self.f1 += other.f1
        self.squared_f1 += other.squared_f1
        self.products = self.products + other.products
        if self.groups is not None and other.groups is not None:
            self.groups += other.groups
        return self


def _parts(model: HashedModel, found: SetRows) -> Iterator[_Part]:
    """Yield the labeled rows in parts whose tables of rows and labels are small."""
    n_rows, n_labels = found.predicted.shape
    assert found.scores is not None  # as the evaluation is full
    weights = found.weights
    step = max(1, N_AT_ONCE // max(1, n_labels))
    for first in range(0, n_rows, step):
        part = slice(first, min(first + step, n_rows))
        likely = model.probabilities(found.scores[part].astype(np.float32)).astype(np.float32)
        truth = found.truth.take(part).dense(n_labels)
        yield _Part(first, truth, found.predicted[part], likely, weights[part])


def counts_of(found: SetRows) -> tuple[Float64, Float64]:
    """Return how many labels of each row are right, and how many it has and gets together."""
    rows, members = found.truth.rows_and_labels()
    known = members < found.predicted.shape[1]
    rows, members = rows[known], members[known]
    hits = np.bincount(rows[found.predicted[rows, members]], minlength=len(found.predicted))
    n_labels = found.truth.sizes() + found.predicted.sum(axis=1)
    return hits.astype(np.float64), n_labels.astype(np.float64)


def row_f1(hits: Float64, n_labels: Float64) -> Float64:
    """Return the F1 of each row, and 1 where a row has no label and gets none.

    >>> row_f1(np.array([1.0, 0.0]), np.array([3.0, 0.0])).round(2).tolist()
    [0.67, 1.0]
    """
    return np.where(n_labels > 0, ratios(2 * hits, n_labels), 1.0)


def true_set(found: SetRows, at: int) -> tuple[Any, ...]:
    """Return the labels that a labeled row has."""
    truth, code = found.truth, int(found.truth.codes[at])
    members: Any = truth.members[truth.starts[code] : truth.starts[code + 1]]
    return tuple(found.labels[place] for place in members.tolist())


def predicted_set(found: SetRows, at: int) -> tuple[Any, ...]:
    """Return the labels that a labeled row gets."""
    places: Int64 = np.flatnonzero(found.predicted[at])
    return tuple(found.labels[place] for place in places.tolist())


def new_set_evaluation(model: HashedModel, cast: LabelCast) -> SetEvaluation:
    """Return empty metrics of a model to compare."""
    return SetEvaluation(model, cast, is_full=True)


def set_verdicts(found: SetRows) -> Verdicts:
    """Return what a comparison needs of rows: the F1, and whether the labels are exactly right."""
    hits, n_labels = counts_of(found)
    return Verdicts(
        rows=found.rows,
        weights=found.weights,
        measures=np.column_stack([row_f1(hits, n_labels), 2 * hits == n_labels]),
        is_right=None,
        certainty=None,
        true=lambda at: true_set(found, at),
        predicted=lambda at: predicted_set(found, at),
    )
