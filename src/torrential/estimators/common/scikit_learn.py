"""Parameters of an estimator for scikit-learn."""

from sklearn.base import BaseEstimator

from torrential.estimators.common.notebook import NotebookView
from torrential.estimators.common.plain import PlainParameters


class ScikitLearnParameters(NotebookView, BaseEstimator, PlainParameters):
    """BaseEstimator, whose methods come before those of a plain estimator that is a base too."""
