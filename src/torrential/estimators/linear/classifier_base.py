"""Base of linear classifiers over matrices: labels, columns, and scores by class."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from torrential.adapters.errors import data_errors
from torrential.engine.targets.class_order import ClassOrder
from torrential.engine.targets.task import Classification
from torrential.engine.training.matrix import decide_matrix
from torrential.errors import DataError
from torrential.estimators.common.saving import Member
from torrential.estimators.linear.base import MatrixSGD
from torrential.estimators.linear.file import labels_from_json, labels_to_json
from torrential.estimators.linear.validation import (
    Rows,
    check_rows_and_targets,
    check_two_classes,
    check_weight,
)
from torrential.linear.class_weight import ClassWeight, check_counts, check_names
from torrential.types import Arrays, Float32, Int32

PLAIN_LABELS = "biuU"
"""Kinds of labels that are classes whatever their values, and are compared fast."""


class LinearClassifier(ClassifierMixin, MatrixSGD):
    """Base of the classifiers: columns of the model are in the order in which labels were seen."""

    def _targets(
        self, y: NDArray[Any], weight: Float32 | None, *, go_on: bool
    ) -> tuple[Int32, Float32 | None, int]:
        with data_errors():
            check_classification_targets(y)
        labels = np.unique(y)
        check_two_classes(labels)
        if self.class_weight is not None:
            by_label = self._weights_of(labels, y)
            factors = by_label[np.searchsorted(labels, y)].astype(np.float32)
            weight = factors if weight is None else weight * factors
        if not go_on:
            self._labels = labels[:0]
        self._add_labels(labels)
        codes = self._codes(y)
        self._class_weight = ClassWeight(self.class_weight)
        self._weigh(codes, None)  # counts them, so that partial_fit can continue
        return codes, weight, len(self._labels)

    def _weights_of(self, labels: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        if isinstance(self.class_weight, str):
            weights: NDArray[Any] = compute_class_weight(self.class_weight, classes=labels, y=y)
            return weights
        check_names(self.class_weight, labels.tolist())
        return ClassWeight(self.class_weight).weights_of(labels.tolist())

    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn the rows of a batch once, in their order.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        classes : array-like of shape (n_classes,), optional
            Classes to make room for. Unlike in scikit-learn they need not be known: a class that is
            first seen later gets its weights then.
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        self
        """
        self._check_parameters()
        go_on = hasattr(self, "_model")
        matrix, y = check_rows_and_targets(self, X, y, reset=not go_on, y_numeric=False)
        if y.dtype.kind not in PLAIN_LABELS:
            with data_errors():
                check_classification_targets(y)
        weight = check_weight(sample_weight, matrix)
        if not go_on:
            self._labels = np.asarray(y if classes is None else classes)[:0]
            self._class_weight = ClassWeight(self.class_weight)
        n_known = 0
        if classes is not None:
            self._add_labels(np.unique(classes))
            n_known = len(self._labels)
        codes = self._known_codes(y)
        if codes is None:
            if classes is not None:
                self._check_known(y)
            labels, first = np.unique(y, return_index=True)
            self._add_labels(labels[np.argsort(first)])
            codes = self._codes(y)
        self._start(matrix.shape[1], n_known, go_on=go_on)
        self._learn_once(Rows(matrix, codes, self._weigh(codes, weight)))
        return self

    def decision_function(self, X: Any) -> Float32:
        """Return the scores of rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        scores : float32 array of shape (n_samples,) for two classes, else (n_samples, n_classes)
            Columns are those of ``classes_``; two classes share one, positive for the second.
        """
        scores = self._by_class(self._scores(X))
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each row, shape (n_samples,).

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        """
        scores = self._by_class(self._scores(X))
        predicted: NDArray[Any] = self.classes_[self._task(scores).predict(scores)]
        return predicted

    @property
    def coef_(self) -> Float32:
        """Weights, shape (1, n_features) for two classes, else (n_classes, n_features)."""
        return self._by_class(self._fitted().coef(), axis=0)

    @property
    def intercept_(self) -> Float32:
        """Intercepts, shape (1,) for two classes, else (n_classes,)."""
        return self._by_class(self._fitted().intercept())

    def _add_labels(self, labels: NDArray[Any]) -> None:
        """Append new labels; ``classes_`` has all known labels, in ascending order."""
        new = labels[~np.isin(labels, self._labels)]
        self._labels = np.concatenate([self._labels, new]) if len(new) > 0 else self._labels
        self._order = ClassOrder.of(self._labels)
        self.classes_ = self._order.classes

    def _become(self, coef: Any, intercept: Any, classes: NDArray[Any] | None) -> None:
        assert classes is not None  # of a classifier
        self._labels, self._class_weight = classes[:0], ClassWeight(self.class_weight)
        self._add_labels(classes)
        super()._become(coef, intercept, classes)

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        arrays, header = super()._contents()
        counts = self._class_weight.counts.tolist()
        return arrays, header | {"labels": labels_to_json(self._labels), "class_counts": counts}

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        estimator = super()._restored(arrays, header, member)
        labels = labels_from_json(header["labels"])
        if len(labels) != estimator._model.n_classes or len(np.unique(labels)) != len(labels):
            raise DataError("its labels are not those of its model")
        check_counts(header["class_counts"], len(labels))
        estimator._labels = labels[:0]
        estimator._add_labels(labels)
        estimator._class_weight = ClassWeight(estimator.class_weight, header["class_counts"])
        return estimator

    def _weigh(self, codes: Int32, weight: Float32 | None) -> Float32 | None:
        order = np.arange(len(codes))
        return self._class_weight.apply(codes, weight, order, self._labels.tolist())

    def _check_known(self, y: NDArray[Any]) -> None:
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown) > 0:
            raise DataError(
                f"y has the label {unknown.tolist()[0]!r}, which is not in classes: add it there, "
                "or leave classes out."
            )

    def _codes(self, y: NDArray[Any]) -> Int32:
        return self._order.codes[np.searchsorted(self.classes_, y)].astype(np.int32)

    def _known_codes(self, y: NDArray[Any]) -> Int32 | None:
        """Return codes as `_codes` does; None if some labels may be new."""
        kind = y.dtype.kind
        if len(self._labels) == 0 or kind != self._labels.dtype.kind or kind not in PLAIN_LABELS:
            return None
        places = np.searchsorted(self.classes_[:-1], y)
        if (self.classes_[places] != y).any():
            return None
        return self._order.codes.astype(np.int32)[places]

    def _score_targets(self, rows: Rows) -> float:
        scores = decide_matrix(self._model, rows.matrix)
        correct = self._task(scores).correct(scores, rows.targets)
        return float(np.average(correct, weights=rows.weight))

    def _by_code(self, columns: Float32) -> Float32:
        return self._order.by_code(columns, axis=0)

    def _by_class(self, columns: Float32, axis: int = -1) -> Float32:
        return self._order.by_class(columns, axis)

    def _task(self, scores: Float32) -> Classification:
        return Classification.of(len(self._labels), scores.shape[1])
