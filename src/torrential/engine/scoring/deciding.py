"""Models whose labels are decided by thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from torrential.engine.scoring.chosen import Threshold
from torrential.engine.scoring.contract import BEST, Features, Predictions, Predictor, Wanted
from torrential.engine.scoring.row_filter import RowFilter
from torrential.errors import ParameterError
from torrential.evaluation.thresholds import Goal


def sets_decided(predictor: Predictor, threshold: Threshold, goal: Goal | None = None) -> Predictor:
    """Return a model of several labels a row with its sets by thresholds; others are unchanged."""
    if not predictor.is_multilabel:
        return predictor
    several: Any = predictor
    changed: Predictor = several.with_thresholds(threshold, goal)
    return changed


def deciding_filter(predictor: Predictor, threshold: Threshold) -> RowFilter | None:
    """Return the filter that decides which label rows of one label have; None without a threshold.

    Raises
    ------
    ParameterError
        If the model predicts numbers, or the threshold is invalid.
    """
    if threshold is None or predictor.is_multilabel:
        return None
    if not predictor.labels:
        raise ParameterError(
            "threshold decides for labels, but the model predicts numbers: leave it out."
        )
    return RowFilter.of(predictor, threshold=threshold, reject=True)


def deciding(predictor: Predictor, threshold: Threshold) -> Predictor:
    """Return a model that gives the labels that thresholds decide for, or none.

    Raises
    ------
    ParameterError
        As `deciding_filter`.
    """
    row_filter = deciding_filter(predictor, threshold)
    if row_filter is None:
        return sets_decided(predictor, threshold)
    return DecidingPredictor(predictor, row_filter)


@dataclass(frozen=True, slots=True)
class DecidingPredictor(Predictor):
    """A model of one label a row, whose predictions have the label that thresholds decide for.

    Attributes
    ----------
    predictor : Predictor
    row_filter : RowFilter
    """

    predictor: Predictor
    row_filter: RowFilter

    @property
    def labels(self) -> Sequence[Any]:
        """Those of the model."""
        return self.predictor.labels

    @property
    def order(self) -> Sequence[int]:
        """That of the model."""
        return self.predictor.order

    @property
    def inputs(self) -> tuple[str, ...] | None:
        """Those of the model."""
        return self.predictor.inputs

    @property
    def key(self) -> object:
        """That of the model."""
        return self.predictor.key

    def identity(self) -> str:
        """Return a text for the model and its thresholds."""
        return f"{self.predictor.identity()} {self.row_filter!r}"

    def prepare(self) -> None:
        """Prepare the model."""
        self.predictor.prepare()

    def features(self, columns: pa.RecordBatch) -> Features:
        """Return the features of rows."""
        return self.predictor.features(columns)

    def predict(self, features: Features, wanted: Wanted = BEST) -> Predictions:
        """Return labels, of which the first may be none, and probabilities."""
        n_wanted, codes = len(wanted.codes), (*wanted.codes, *self.row_filter.codes)
        found = self.predictor.predict(features, replace(wanted, codes=codes))
        decided = self.row_filter.decided(found, found.of_codes[:, n_wanted:])
        return replace(decided, of_codes=found.of_codes[:, :n_wanted])
