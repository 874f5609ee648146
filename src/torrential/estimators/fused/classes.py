"""Classes of a fitted model: their order, its weights by class, and labels of scores."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.adapters.inputs import check_class_weight, check_same_kind, say_missing_names
from torrential.data import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.targets.class_order import ClassOrder
from torrential.errors import DataError
from torrential.estimators.fused.reports import FusedReports
from torrential.types import Bool, Float32, Float64


class FusedClasses(FusedReports):
    """Base of classifiers: what they know of classes.

    Columns of the model are in the order in which labels were first seen; what users get is in the
    order of ``classes_``.
    """

    class_weight: Any

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        return self._order().classes

    @property
    def coef_(self) -> Float32:
        """Weights, shape (1, n_features) for two classes, else (n_classes, n_features)."""
        return self._order().by_class(self._fitted().linear.coef(), axis=0)

    @property
    def intercept_(self) -> Float32:
        """Intercepts, shape (1,) for two classes, else (n_classes,)."""
        return self._order().by_class(self._fitted().linear.intercept())

    def _explained(self) -> tuple[Float32, Float32, list[Any]]:
        return self.coef_, self.intercept_, self.classes_.tolist()

    def _check_before(self, dataset: Dataset, *, is_in_memory: bool) -> None:
        if is_in_memory:
            check_class_weight(self.class_weight, dataset)

    def _check_more(self, dataset: Dataset) -> None:
        if dataset.has_label_sets != self.model_.is_multilabel:
            have, learned = ("several labels", "one label") if dataset.has_label_sets else (
                "one label", "several labels",
            )  # fmt: skip
            raise DataError(
                f"These rows have {have} each, but the model has learned rows of {learned}: give "
                "the same kind of target, as read(multilabel=True) makes it of single labels."
            )
        check_same_kind(dataset, self.model_.labels.values)

    def _check_learned(self, model: HashedModel, dataset: Dataset, target: str | None) -> None:
        super()._check_learned(model, dataset, target)
        say_missing_names(self.class_weight, model.labels.values)

    @staticmethod
    def _is_of_use(model: HashedModel) -> bool:
        return len(model.labels) > (0 if model.is_multilabel else 1)

    def _predictions_of(self, scores: Float32) -> NDArray[Any]:
        """Return the label of each row, by its scores in the order of codes."""
        predicted = self.model_.task(scores).predict(scores)
        if not self.model_.is_multilabel:
            return self._order().labels_of(predicted)
        return self._sets_of(predicted)

    def _sets_of(self, has_label: Bool) -> NDArray[Any]:
        """Return sets of labels, or rows of a matrix, of columns in the order of codes."""
        by_class = self._order().by_class(has_label)
        is_matrix = self.columns_.get("n_label_columns") is not None
        return by_class.astype(np.int64) if is_matrix else self._order().sets_of(by_class)

    def _probabilities_of(self, scores: Float32) -> Float64:
        """Return the probability of each class, columns as ``classes_``, by the same scores."""
        return self._order().by_class(self.model_.probabilities(scores))

    def _order(self) -> ClassOrder:
        return self._fitted().labels.order()
