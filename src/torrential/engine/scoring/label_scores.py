"""Metrics of predicted labels, or sets of them, of any model: a summary of the rows so far."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from torrential.engine.targets.label_casts import LabelCast, none_is_known
from torrential.engine.targets.labels import UNLABELED, Encoded, Labels
from torrential.engine.targets.targets import sets_of
from torrential.errors import DataError
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.multilabel import MultilabelMetrics
from torrential.types import Bool


class Predicted(NamedTuple):
    """What a model predicts for rows.

    Attributes
    ----------
    labels : array
        Places among the classes, shape (n_rows,); or whether each row gets each class.
    of_classes : float array of shape (n_rows, n_classes), or None
        Probabilities of the classes; or their scores.
    decided : int array of shape (n_rows,), or None
        Places of the labels that thresholds decide for, or `NO_LABEL`.
    """

    labels: NDArray[Any]
    of_classes: NDArray[np.floating] | None = None
    decided: NDArray[np.integer] | None = None


class LabelScores:
    """Metrics of a model on the rows so far.

    Parameters
    ----------
    classes : sequence
        Labels of the model, in ascending order.
    cast : LabelCast
        From the labels of the rows to those of the model.
    """

    def __init__(self, classes: Sequence[Any], cast: LabelCast) -> None:
        self._labels = Labels(classes)
        self._cast, self._n_classes = cast, len(self._labels)
        self.metrics = self._new_metrics()
        self.is_any_known = False
        self.n_rows = self.n_malformed = 0

    def _new_metrics(self) -> Any:
        return ClassificationMetrics(self._labels.values)

    def add(
        self,
        target: Encoded | None,
        weight: NDArray[Any] | None,
        predict: Callable[[Bool], Predicted],
        *,
        n_rows: int,
        n_malformed: int,
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        target : Encoded or None
        weight : array of shape (n_rows,), or None
        predict : callable
            Returns predictions of the rows that have a label, given which they are.
        n_rows, n_malformed : int
            Rows of the batch, and rows that were left out while it was read.
        """
        self.n_malformed += n_malformed
        self.n_rows += n_rows + n_malformed
        if target is None:
            return
        self._add(self._cast.encoded(target), weight, predict)

    def _add(
        self, target: Encoded, weight: NDArray[Any] | None, predict: Callable[[Bool], Predicted]
    ) -> None:
        codes = self._labels.codes(target)
        self.metrics.extend(self._labels.values)
        labeled = codes != UNLABELED
        self.is_any_known |= bool((codes[labeled] < self._n_classes).any())
        found = predict(labeled)
        weight = None if weight is None else weight[labeled]
        self.metrics.update(codes[labeled], found.labels, found.of_classes, weight, found.decided)
        self._note(labeled, codes[labeled], found.labels, found.of_classes, weight)

    def _note(
        self,
        labeled: Bool,
        true: NDArray[Any],
        places: NDArray[Any],
        probabilities: NDArray[np.floating] | None,
        weight: NDArray[Any] | None,
    ) -> None:
        """Take note of the labeled rows of a batch, which the metrics have."""

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self.metrics.merge(other.metrics)
        self.is_any_known |= other.is_any_known
        self.n_rows += other.n_rows
        self.n_malformed += other.n_malformed
        return self

    def check(self, source: object, task: str) -> None:
        """Raise a DataError if no row has a label, or none one of the model's."""
        if self.metrics.n_rows == 0:
            raise DataError(f"No row of {source} has a label to {task} on: check target.")
        if not self.is_any_known and len(self.metrics.labels) > self._n_classes:
            unknown = self.metrics.labels[self._n_classes]
            raise none_is_known(source, unknown, self.metrics.labels[: self._n_classes])


class LabelSetScores(LabelScores):
    """Metrics of a model that gives each row any number of labels."""

    def _new_metrics(self) -> Any:
        return MultilabelMetrics(self._labels.values)

    def _add(
        self, target: Encoded, weight: NDArray[Any] | None, predict: Callable[[Bool], Predicted]
    ) -> None:
        truth = sets_of(target, self._labels)
        self.metrics.extend(self._labels.values)
        labeled = truth.codes != UNLABELED
        self.is_any_known |= bool((truth.members < self._n_classes).any())
        found = predict(labeled)
        weight = None if weight is None else weight[labeled]
        truth = truth.take(np.flatnonzero(labeled))
        self.metrics.update(truth, found.labels, found.of_classes, weight)
