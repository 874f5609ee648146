"""Predictions of a fitted search: those of its best estimator."""

from typing import Any

from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.examples import applied, takes_datasets
from torrential.adapters.inputs import Texts, as_dataset
from torrential.errors import ParameterError
from torrential.estimators.averaging.any_linear import score
from torrential.estimators.common.evaluation import Evaluates
from torrential.estimators.common.notebook import SearchView
from torrential.estimators.common.saving import SavesFitted
from torrential.estimators.common.tags import text_tags


class BestEstimator(Evaluates, SavesFitted, SearchView, BaseEstimator):
    """Predicts by ``best_estimator_``."""

    _fitted_name = "best_estimator_"
    estimator: Any
    refit: bool | str
    best_estimator_: Any
    _takes_datasets = True

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        return self._best().classes_

    def predict(self, X: Texts) -> NDArray[Any]:
        """Return the label of each row by the best estimator, shape (n_rows,)."""
        return applied(self._best(), "predict", X)

    def predict_proba(self, X: Texts) -> NDArray[Any]:
        """Return the probability of each class by the best estimator, shape (n_rows, n_classes)."""
        return applied(self._best(), "predict_proba", X)

    def decision_function(self, X: Texts) -> NDArray[Any]:
        """Return scores by the best estimator, shape (n_rows,) or (n_rows, n_classes)."""
        return applied(self._best(), "decision_function", X)

    def score(self, X: Texts, y: Any = None, sample_weight: Any = None) -> float:
        """Return the accuracy of the best estimator; scikit-learn's searches use the scorer."""
        best = self._best()
        if as_dataset(X) is not None and not takes_datasets(best):
            return score(best, X, y, sample_weight)
        return best.score(X, y, sample_weight)

    def _predictor(self) -> Any:
        return self._best()

    def _best(self) -> Any:
        check_is_fitted(self, "cv_results_")
        if not self.refit:
            raise ParameterError("refit=False left no fitted estimator: pass refit=True, and fit.")
        return self.best_estimator_

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a list of texts."""
        return text_tags(super().__sklearn_tags__(), self.estimator)
