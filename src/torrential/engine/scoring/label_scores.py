"""Metrics of predicted labels, or sets of them, of any model: a summary of the rows so far."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from torrential.data.dataset import Dataset
from torrential.engine.targets.label_casts import LabelCast, none_is_known
from torrential.engine.targets.labels import UNLABELED, Encoded, Labels
from torrential.engine.targets.targets import sets_of
from torrential.errors import DataError
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.multilabel import MultilabelMetrics
from torrential.types import Bool, Float32, Float64, Int64, LabelSets


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


class LabeledRows(NamedTuple):
    """The labeled rows of a batch, and what is predicted for them.

    Attributes
    ----------
    labeled : bool array of shape (n_rows,)
        Which rows of the batch they are.
    labels : sequence
        What the places of labels mean.
    true, predicted : int array of shape (n_labeled,)
        Places of the labels.
    probabilities : float array of shape (n_labeled, n_classes), or None
    weight : array of shape (n_labeled,), or None
    """

    labeled: Bool
    labels: Sequence[Any]
    true: NDArray[Any]
    predicted: NDArray[Any]
    probabilities: NDArray[np.floating] | None
    weight: NDArray[Any] | None

    @property
    def rows(self) -> Int64:
        """Places of the rows in the batch."""
        return np.flatnonzero(self.labeled)

    @property
    def is_right(self) -> Bool:
        """Whether the label of each row is predicted."""
        is_right: Bool = self.true == self.predicted
        return is_right

    @property
    def weights(self) -> Float64:
        """Weights of the rows, 1 without any."""
        return weights_of(self.weight, len(self.true))

    @property
    def of_predicted(self) -> Float32:
        """Probability of the predicted label of each row."""
        assert self.probabilities is not None
        every = np.arange(len(self.true))
        found: Float32 = self.probabilities[every, self.predicted].astype(np.float32)
        return found


class SetRows(NamedTuple):
    """The labeled rows of a batch that have any number of labels each.

    Attributes
    ----------
    labeled : bool array of shape (n_rows,)
        Which rows of the batch they are.
    labels : sequence
        What the places of labels mean.
    truth : LabelSets
        Of places of labels, for each labeled row.
    predicted : bool array of shape (n_labeled, n_classes)
    scores : float array of shape (n_labeled, n_classes), or None
    weight : array of shape (n_labeled,), or None
    """

    labeled: Bool
    labels: Sequence[Any]
    truth: LabelSets
    predicted: Bool
    scores: NDArray[np.floating] | None
    weight: NDArray[Any] | None

    @property
    def rows(self) -> Int64:
        """Places of the rows in the batch."""
        return np.flatnonzero(self.labeled)

    @property
    def weights(self) -> Float64:
        """Weights of the rows, 1 without any."""
        return weights_of(self.weight, len(self.truth.codes))


def weights_of(weight: NDArray[Any] | None, n_rows: int) -> Float64:
    """Return weights of rows, 1 without any."""
    return np.ones(n_rows) if weight is None else weight.astype(np.float64)


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
    ) -> Any:
        """Add a batch, and return its LabeledRows or SetRows; None without a target.

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
            return None
        return self._add(self._cast.encoded(target), weight, predict)

    def _add(
        self, target: Encoded, weight: NDArray[Any] | None, predict: Callable[[Bool], Predicted]
    ) -> LabeledRows | SetRows:
        codes = self._labels.codes(target)
        self.metrics.extend(self._labels.values)
        labeled = codes != UNLABELED
        self.is_any_known |= bool((codes[labeled] < self._n_classes).any())
        found = predict(labeled)
        weight = None if weight is None else weight[labeled]
        true = codes[labeled]
        self.metrics.update(true, found.labels, found.of_classes, weight, found.decided)
        values = self._labels.values
        return LabeledRows(labeled, values, true, found.labels, found.of_classes, weight)

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary."""
        self.metrics.merge(other.metrics)
        self.is_any_known |= other.is_any_known
        self.n_rows += other.n_rows
        self.n_malformed += other.n_malformed
        return self

    def check(self, dataset: Dataset, task: str) -> None:
        """Raise a DataError if no row has a label, or none one of the model's."""
        source = dataset.source
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
    ) -> SetRows:
        truth = sets_of(target, self._labels)
        self.metrics.extend(self._labels.values)
        labeled = truth.codes != UNLABELED
        self.is_any_known |= bool((truth.members < self._n_classes).any())
        found = predict(labeled)
        weight = None if weight is None else weight[labeled]
        truth = truth.take(np.flatnonzero(labeled))
        self.metrics.update(truth, found.labels, found.of_classes, weight)
        values = self._labels.values
        return SetRows(labeled, values, truth, found.labels, found.of_classes, weight)
