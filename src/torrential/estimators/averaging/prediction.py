"""Predictions and attributes of a fitted ParameterAveraging."""

from typing import Any

from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from torrential.adapters.errors import data_errors
from torrential.adapters.examples import applied, takes_datasets
from torrential.adapters.inputs import as_dataset
from torrential.adapters.steps import final_step
from torrential.estimators.averaging import any_linear
from torrential.estimators.common.evaluation import Evaluates
from torrential.estimators.common.saving import SavesFitted
from torrential.estimators.fused.contract import trains_fused


def _has(name: str) -> Any:
    """Return whether the estimator has a method."""

    def check(self: Any) -> bool:
        return hasattr(self.estimator, name)

    return check


class AveragedPrediction(Evaluates, SavesFitted):
    """Predictions, scores and weights of the average."""

    _fitted_name = "estimator_"
    estimator: Any
    estimator_: Any
    executor: Any

    @available_if(_has("predict"))
    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label, or value in regression, of each row, shape (n_rows,).

        Parameters
        ----------
        X : Dataset, array-like of str of shape (n_rows,), or matrix of shape (n_rows, n_features)
            Rows of the kind that it was fitted on, in all methods.
        """
        return self._apply("predict", X)

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the probability of each class, shape (n_rows, n_classes), as in ``classes_``."""
        return self._apply("predict_proba", X)

    @available_if(_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return scores, shape (n_rows,) for two classes, else (n_rows, n_classes)."""
        return self._apply("decision_function", X)

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy, or R2 in regression.

        Parameters
        ----------
        X : Dataset, array-like of str of shape (n_rows,), or matrix of shape (n_rows, n_features)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        """
        check_is_fitted(self)
        if trains_fused(self.estimator_):
            return self.estimator_.score(X, y, sample_weight, **self._elsewhere(X))
        return any_linear.score(self.estimator_, self._rows(X), y, sample_weight)

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        check_is_fitted(self)
        return self.estimator_.classes_

    @property
    def coef_(self) -> NDArray[Any]:
        """Weights of ``estimator_``, or of its last step."""
        check_is_fitted(self)
        return final_step(self.estimator_).coef_

    @property
    def intercept_(self) -> NDArray[Any]:
        """Intercepts of ``estimator_``, or of its last step."""
        check_is_fitted(self)
        return final_step(self.estimator_).intercept_

    def _predictor(self) -> Any:
        return self.estimator_

    def _apply(self, method: str, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        is_matrix = takes_datasets(self.estimator_) or hasattr(self, "n_features_in_")
        if not is_matrix and as_dataset(X) is not None:
            return applied(self.estimator_, method, X)
        return getattr(self.estimator_, method)(self._rows(X), **self._elsewhere(X))

    def _rows(self, X: Any) -> Any:
        """Return rows in the form that the estimator takes: a matrix without names, or texts."""
        if not hasattr(self, "n_features_in_"):
            return X
        with data_errors():
            return validate_data(self, X, reset=False, accept_sparse="csr", dtype=None)

    def _elsewhere(self, X: Any) -> dict[str, Any]:
        """Return the executor as an argument, if there is one and the estimator takes it."""
        is_read = takes_datasets(self.estimator_) and as_dataset(X) is not None
        return {"executor": self.executor} if is_read else {}

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there is a model."""
        return hasattr(self, "estimator_")
