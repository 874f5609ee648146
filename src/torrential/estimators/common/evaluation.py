"""``evaluate`` of all estimators that predict the rows of a dataset, batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.examples import labeled_examples, learned
from torrential.adapters.inputs import Texts, labeled
from torrential.adapters.numbers import numbers_of
from torrential.data import Dataset
from torrential.engine.targets.label_casts import cast_of, none_is_known
from torrential.engine.targets.labels import Encoded, Labels
from torrential.errors import DataError, ParameterError
from torrential.evaluation.at_cut import check_cut
from torrential.evaluation.classification import ClassificationMetrics
from torrential.evaluation.regression import RegressionMetrics, RegressionReport
from torrential.evaluation.report import EvaluationReport


@dataclass(frozen=True, slots=True)
class Predicted:
    """Labeled rows and their predictions.

    Attributes
    ----------
    true, predicted : array of shape (n_rows,)
    weight : array of shape (n_rows,), or None
    probabilities : array of shape (n_rows, n_classes), or None
    """

    true: NDArray[Any]
    predicted: NDArray[Any]
    weight: NDArray[Any] | None
    probabilities: NDArray[Any] | None


class Evaluates:
    """Base of estimators that measure themselves on a dataset."""

    def evaluate(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        cut: float | None = None,
    ) -> EvaluationReport | RegressionReport:
        """Measure on labeled rows, in one pass and bounded memory.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        cut : float, default=None
            Of a regressor, as in :meth:`torrential.TextRegressor.evaluate`.

        Returns
        -------
        report : EvaluationReport, or RegressionReport of a regressor
            As of :meth:`torrential.TextClassifier.evaluate`. The log loss is None without
            probabilities.

        Raises
        ------
        DataError
            If no row has a label, none is one of the classes, they are of a type that does not
            match the classes, or a target of a regressor is not a finite number.
        ParameterError
            If the cut is not a number, or given to a classifier.
        """
        check_is_fitted(self)
        model: Any = self._predictor()
        classes, cut = getattr(model, "classes_", None), check_cut(cut)
        if classes is not None and cut is not None:
            raise ParameterError("cut is for models of numbers: leave it out.")
        if hasattr(model, "evaluate") and model is not self:
            how = {} if cut is None else {"cut": cut}
            result: EvaluationReport | RegressionReport = model.evaluate(X, y, sample_weight, **how)
            return result
        dataset = labeled(X, y, sample_weight, tables=True)
        batches = self._predicted(dataset)
        if classes is None:
            return _of_numbers(dataset, batches, cut)
        return _of(dataset, batches, classes)

    def _predictor(self) -> Any:
        """Return the estimator whose predictions are measured."""
        return self

    def _predicted(self, dataset: Dataset) -> Iterator[Predicted]:
        """Yield the labeled rows of a dataset with their predictions."""
        model = self._predictor()
        for rows in labeled_examples(*learned(model, dataset)):
            has = hasattr(model, "predict_proba")
            probabilities = model.predict_proba(rows.X) if has else None
            yield Predicted(rows.y, model.predict(rows.X), rows.weight, probabilities)


def _of_numbers(
    dataset: Dataset, batches: Iterator[Predicted], cut: float | None
) -> RegressionReport:
    metrics = RegressionMetrics(ranks=True, cut=cut)
    for rows in batches:
        metrics.update(numbers_of(rows.true, dataset), rows.predicted, rows.weight)
    _check_labeled(metrics.n_rows, dataset)
    return metrics.report()


def _of(dataset: Dataset, batches: Iterator[Predicted], classes: NDArray[Any]) -> EvaluationReport:
    cast, labels = cast_of(classes.tolist(), dataset), Labels(classes.tolist())
    metrics, is_any_known = ClassificationMetrics(classes), False
    for rows in batches:
        values, places = np.unique(rows.true, return_inverse=True)
        given = Encoded(places.astype(np.int32), values.tolist())
        codes = labels.codes(cast.encoded(given))
        is_any_known |= bool((codes < len(classes)).any())
        metrics.extend(labels.values)
        predicted = np.searchsorted(classes, rows.predicted)
        metrics.update(codes, predicted, rows.probabilities, rows.weight)
    _check_labeled(metrics.n_rows, dataset)
    if not is_any_known:
        raise none_is_known(dataset.source, labels.values[len(classes)], classes.tolist())
    return metrics.report()


def _check_labeled(n_rows: int, dataset: Dataset) -> None:
    if n_rows == 0:
        raise DataError(f"No row of {dataset.source} has a label to evaluate on: check target.")
