"""Fused estimators for scikit-learn: base classes of its kinds, and callbacks."""

from typing import Any

from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin

from torrential.adapters.row_terms import terms_of_rows
from torrential.engine.explaining.explanation import column_names
from torrential.estimators.common.callback_support import CallbackSupportMixin, with_callbacks
from torrential.estimators.common.scikit_learn import ScikitLearnParameters
from torrential.estimators.fused.classification import FusedClassification
from torrential.estimators.fused.regression import FusedRegression
from torrential.estimators.fused.training import FusedTraining


class FusedMethods(CallbackSupportMixin, FusedTraining):
    """Base of both kinds: what only users of scikit-learn call."""

    fit = with_callbacks(FusedTraining.fit)

    def inverse_transform(self, X: Any) -> list[NDArray[Any]]:
        """Return the terms of hashed rows, as CountVectorizer does.

        Parameters
        ----------
        X : sparse matrix of shape (n_rows, n_features)
            Rows that were hashed with the same settings.

        Returns
        -------
        list of arrays of str
            For each row, all terms of its columns, the more frequent ones of a column first.
        """
        return terms_of_rows(column_names(self._fitted()), X)


class FusedClassifier(FusedMethods, FusedClassification, ClassifierMixin, ScikitLearnParameters):
    """Base that makes a classifier of scikit-learn of a plain one, which follows it."""


class FusedRegressor(FusedMethods, FusedRegression, RegressorMixin, ScikitLearnParameters):
    """Base that makes a regressor of scikit-learn of a plain one, which follows it."""
