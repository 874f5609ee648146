"""The ``score`` of estimators over a stream: accuracy or R2, weighted, batch by batch."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score

from torrential.adapters.errors import data_errors
from torrential.adapters.numbers import numbers_of
from torrential.data.dataset import Dataset
from torrential.engine.targets.label_casts import LabelCast, cast_of, none_is_known
from torrential.engine.targets.label_values import as_numpy
from torrential.engine.targets.task import Classification, Multilabel, Regression, Task
from torrential.errors import DataError
from torrential.evaluation.regression import RegressionMetrics


def task_of(estimator: Any, dataset: Dataset | None = None) -> type[Task]:
    """Return the task of an estimator of scikit-learn's kinds, on the rows of a dataset."""
    if is_regressor(estimator):
        return Regression
    has_sets = dataset is not None and dataset.has_label_sets
    return Multilabel if has_sets else Classification


class StreamedScore:
    """Weighted accuracy, or R2 in regression, of predictions that come batch by batch.

    Parameters
    ----------
    is_regression : bool
    cast : LabelCast, default=None
        Replaces labels of another type by the classes that they equal.
    dataset : Dataset, default=None
        Where the rows are from: in regression its targets have to be finite numbers.

    Examples
    --------
    >>> score = StreamedScore(is_regression=False)
    >>> score.update(np.array(["a", "b"]), np.array(["a", "a"]), np.array([3.0, 1.0]))
    >>> score.value("these rows")
    0.75
    """

    def __init__(
        self,
        *,
        is_regression: bool,
        cast: LabelCast | None = None,
        dataset: Dataset | None = None,
    ) -> None:
        self._cast, self._dataset = cast, dataset
        self._is_any_known, self._unknown = cast is None, None
        self._regression = RegressionMetrics() if is_regression else None
        self._n_rows = 0
        self._right = self._total = 0.0

    @classmethod
    def on(cls, dataset: Dataset, classes: Any) -> Self:
        """Return the score of predictions for a dataset.

        Parameters
        ----------
        dataset : Dataset
        classes : array of shape (n_classes,), or None
            Classes of the model; None in regression.

        Raises
        ------
        DataError
            If the labels of the dataset do not match the classes.
        """
        if classes is None:
            return cls(is_regression=True, dataset=dataset)
        return cls(is_regression=False, cast=cast_of(np.asarray(classes).tolist(), dataset))

    def update(
        self, true: NDArray[Any], predicted: NDArray[Any], weight: NDArray[Any] | None
    ) -> None:
        """Add labeled rows.

        Parameters
        ----------
        true, predicted : array of shape (n_rows,)
        weight : array of shape (n_rows,), or None
            None weighs each row 1.

        Raises
        ------
        DataError
            If a target of a dataset is not a finite number, in regression.
        """
        if len(true) == 0:
            return
        if self._regression is not None and self._dataset is not None:
            true = numbers_of(true, self._dataset)
        self._n_rows += len(true)
        if self._cast is not None:
            true = self._as_classes(true, self._cast)
        total = float(len(true) if weight is None else np.sum(weight, dtype=np.float64))
        if total == 0:  # scikit-learn refuses them, but other batches may weigh more
            return
        self._total += total
        if self._regression is not None:
            self._regression.update(true, predicted, weight)
            return
        if true.dtype == object:  # of several types, such as 1 and "01"
            same = np.array([a == b for a, b in zip(true.tolist(), predicted.tolist())], bool)
            self._right += float(same.sum() if weight is None else np.asarray(weight)[same].sum())
            return
        with data_errors():  # labels of different types are not comparable
            right = accuracy_score(true, predicted, normalize=False, sample_weight=weight)
        self._right += float(right)

    def _as_classes(self, true: NDArray[Any], cast: LabelCast) -> NDArray[Any]:
        values, places = np.unique(true, return_inverse=True)
        labels = [cast.label(value) for value in values.tolist()]
        known = [label in cast.classes for label in labels]
        self._is_any_known = self._is_any_known or any(known)
        if not all(known) and self._unknown is None:
            self._unknown = labels[known.index(False)]
        array = as_numpy(labels)
        return array[places] if any(known) else array.astype(object)[places]

    def value(self, source: object) -> float:
        """Return the score; nan for R2 of a single row.

        Raises
        ------
        DataError
            If no row was added, all rows weigh 0, or no label is a class.
        """
        if self._n_rows == 0:
            raise DataError(f"No row of {source} has a label to score on: check target.")
        if self._cast is not None and not self._is_any_known:
            raise none_is_known(source, self._unknown, list(self._cast.classes))
        if self._total == 0:
            raise DataError(
                f"All labeled rows of {source} weigh 0, so there is no score: give at least one "
                "row a weight above 0."
            )
        if self._regression is None:
            return self._right / self._total
        r2 = self._regression.report().r2
        if r2 is None:
            warnings.warn("R2 needs at least two rows.", UndefinedMetricWarning, stacklevel=3)
            return float("nan")
        return r2
