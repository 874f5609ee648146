"""The model of hashed rows as a `Predictor`."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.warm_up import load_encoding
from torrential.engine.scoring.chosen import (
    Threshold,
    given_thresholds,
    of_labels,
    probability_of,
)
from torrential.engine.scoring.contract import BEST, Features, PredictedSets, Predictions, Wanted
from torrential.engine.scoring.row_filter import RowFilter
from torrential.engine.targets.task import Regression
from torrential.errors import ParameterError
from torrential.evaluation.set_thresholds import SetThresholdReport, choose_for_sets
from torrential.evaluation.thresholds import Goal, ThresholdReport, choose
from torrential.features.spec import NOTHING, FeatureSpec
from torrential.features.table.settings import TableSettings
from torrential.features.weighting import Weighting, weighed
from torrential.linear.pieces import pieces_of
from torrential.tracing import counters, is_on, span
from torrential.types import Csr, Float32, Float64, Int32


class HashedPredictor:
    """A `HashedModel` that is applied to rows; it implements `Predictor`.

    Parameters
    ----------
    model : HashedModel
        It does not change while this is used.
    """

    def __init__(self, model: HashedModel) -> None:
        self.model = model

    def __repr__(self) -> str:
        return f"<predictor of {len(self.labels):,} labels>"

    @property
    def labels(self) -> Sequence[Any]:
        """All labels, in the order of their codes; none if it predicts numbers."""
        return self.model.labels.values

    @cached_property
    def order(self) -> Sequence[int]:
        """Codes in the order of sorted labels."""
        codes: list[int] = self.model.labels.order().codes.tolist()
        return codes

    @property
    def is_multilabel(self) -> bool:
        """Whether a row gets any number of labels."""
        return self.model.is_multilabel

    @property
    def has_levels(self) -> bool:
        """Whether its numbers are levels."""
        return self.model.levels is not None

    @property
    def inputs(self) -> tuple[str, ...] | None:
        """Names of the columns of a table that it takes, in order; None if it takes texts."""
        settings = self.model.hashing
        return tuple(settings.inputs) if isinstance(settings, TableSettings) else None

    @cached_property
    def key(self) -> FeatureSpec:
        """The spec of the rows before terms are weighed."""
        return self.model.spec

    @cached_property
    def _weighting(self) -> Weighting | None:
        return self.model.weighting.current()

    def with_thresholds(self, threshold: Threshold, goal: Goal | None = None) -> Self:
        """Return the predictor of several labels whose sets are decided by these thresholds.

        Parameters
        ----------
        threshold : Threshold
            Labels that a mapping lacks are decided by their scores, or by its threshold of None.
        goal : Goal, default=None
            What they are chosen for instead.
        """
        given = given_thresholds(self, threshold, goal)
        if given is None:
            return self
        named = given if isinstance(given, Mapping) else {None: given}
        by_code: dict[int, float] = {}
        if None in named:
            by_code = dict.fromkeys(range(len(self.labels)), probability_of(named[None]))
        by_code |= of_labels(named, self.labels)
        return type(self)(self.model.with_thresholds(by_code))

    def identity(self) -> str:
        """Return a hash of the weights and of all that decides predictions."""
        arrays, header = self.model.state()
        digest = blake2b(digest_size=16)
        for name in sorted(arrays):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(arrays[name]).view(np.uint8).data)
        digest.update(json.dumps(header, sort_keys=True).encode())
        return digest.hexdigest()

    def prepare(self) -> None:
        """Bring the weights to a form that threads can read."""
        self.model.linear.prepare()

    def features(self, columns: pa.RecordBatch) -> Features:
        """Hash rows."""
        if is_on():
            load_encoding(self.key, NOTHING)
        with span("hash", rows=columns.num_rows):
            encoded = self.key.encode(columns)
        rows = encoded.rows
        counters.add("terms", len(rows.data))
        n_empty = int(np.count_nonzero(np.diff(rows.indptr) == 0))
        return Features(rows, rows.n_rows, encoded.n_null, encoded.n_invalid, n_empty)

    def predict(self, features: Features, wanted: Wanted = BEST) -> Predictions:
        """Score rows, and make probabilities of their scores."""
        rows = weighed(features.rows, self._weighting)
        parts = [
            self._predict(piece, wanted) for piece in pieces_of(rows, self.model.linear.n_columns)
        ]
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _predict(self, rows: Csr, wanted: Wanted) -> Predictions:
        with span("score"):
            scores = self.model.linear.decision(rows)
        if self.model.is_regression:
            return self._numbers(scores, wanted)
        return self.of_scores(scores, wanted)

    def of_scores(
        self, scores: Float32, wanted: Wanted = BEST, probabilities: Float64 | None = None
    ) -> Predictions:
        """Return labels and probabilities of rows with these scores, or these probabilities too."""
        if probabilities is None:
            probabilities = self.model.probabilities(scores)
        codes = self._best(scores, wanted.top)
        found = np.take_along_axis(probabilities, codes, axis=1)
        named = probabilities[:, list(wanted.codes)]
        sets = self._sets(scores, probabilities) if wanted.sets else None
        return Predictions(codes, _narrowed(found), _narrowed(named), sets)

    def _sets(self, scores: Float32, probabilities: Float64) -> PredictedSets:
        """Return the labels that rows get, in the order in which users get labels."""
        order = np.array(self.order, np.int32)
        rows, places = np.nonzero(self.model.task(scores).predict(scores)[:, order])
        codes = order[places]
        ends = np.append(0, np.cumsum(np.bincount(rows, minlength=len(scores))))
        return PredictedSets(ends, codes, _narrowed(probabilities[rows, codes]))

    def _numbers(self, scores: Float32, wanted: Wanted) -> Predictions:
        """Return numbers or levels; in place of the probabilities of codes, numbers to rank by."""
        settings, levels = self.model.linear.settings, self.model.levels
        numbers = Regression(settings.link).predict(scores)
        predicted = Regression(settings.link, levels).predict(scores)[:, None].astype(np.float32)
        ranked = np.repeat(numbers[:, None], len(wanted.codes), 1)
        return Predictions(np.zeros(predicted.shape, np.int32), predicted, ranked)

    def _best(self, scores: Float32, top: int) -> Int32:
        """Return the labels of the highest scores; of equal ones, those of the lowest codes."""
        if self.is_multilabel:
            ranked: Int32 = np.argsort(-scores, axis=1, kind="stable")[:, :top].astype(np.int32)
            return ranked
        first = self.model.task(scores).predict(scores)[:, None]
        if top == 1:
            return first
        if scores.shape[1] == 1:
            return np.hstack([first, 1 - first])
        best: Int32 = np.argsort(-scores, axis=1, kind="stable")[:, :top].astype(np.int32)
        return best

    @property
    def thresholds(self) -> dict[Any, float]:
        """Thresholds that were chosen, by label; empty if none were.

        Of several labels a row, infinity for one that is not to be given.
        """
        chosen = self.model.calibration.thresholds
        if not chosen:
            return {}
        return {self.labels[code]: chosen[code] for code in self.order if code in chosen}

    def choose_thresholds(self, goal: Goal) -> ThresholdReport | SetThresholdReport:
        """Choose thresholds of labels by the predictions that training has kept.

        Raises
        ------
        ParameterError
            If there are none.
        """
        rows = self.model.calibration.late_rows()
        if len(rows.codes) == 0 or (self.is_multilabel and rows.codes.ndim == 1):
            raise ParameterError(
                "The model keeps no predictions of its training to choose thresholds from, as "
                "models that were saved with max_size or by an earlier version: choose them before "
                "that, or give probabilities."
            )
        order, weights = self.model.labels.order(), rows.weights.astype(np.float64)
        found = _narrowed(order.by_class(self.model.probabilities(rows.scores)))
        labels = [self.labels[code] for code in self.order]
        if self.is_multilabel:
            has_label = order.by_class(rows.codes.astype(np.bool_))
            return choose_for_sets(goal, found, has_label, weights, labels)
        return choose(goal, found, order.places[rows.codes].astype(np.int32), weights, labels)

    def __getstate__(self) -> dict[str, Any]:
        return {"model": self.model}


def decided_labels(
    predictor: HashedPredictor, scores: Float32, threshold: Threshold
) -> NDArray[Any]:
    """Return the labels of scores that reach their thresholds, else None, as objects."""
    row_filter = RowFilter.of(predictor, threshold=threshold, reject=True)
    assert row_filter is not None  # there is a threshold
    labels = np.array([*map(_plain, predictor.labels), None], object)
    return labels[decided_codes(predictor, scores, row_filter)]


def decided_codes(
    predictor: HashedPredictor,
    scores: Float32,
    row_filter: RowFilter,
    probabilities: Float64 | None = None,
) -> Int32:
    """Return the code of the label that thresholds decide for in each row, or `NO_LABEL`."""
    found = predictor.of_scores(scores, Wanted(1, row_filter.codes), probabilities)
    return row_filter.decided(found, found.of_codes).codes[:, 0]


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _joined(parts: Sequence[Predictions]) -> Predictions:
    """Return the predictions of consecutive pieces."""
    sets = [part.sets for part in parts if part.sets is not None]
    joined = None
    if sets:
        sizes = np.concatenate([np.diff(each.ends) for each in sets])
        joined = PredictedSets(
            np.append(0, np.cumsum(sizes)),
            np.concatenate([each.codes for each in sets]),
            np.concatenate([each.probabilities for each in sets]),
        )
    return Predictions(
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.of_codes for part in parts]),
        joined,
    )


def _narrowed(probabilities: Float64) -> Float32:
    return probabilities.astype(np.float32, casting="same_kind")
