"""Linear models over matrices in memory."""

from torrential.estimators.perceptron import Perceptron
from torrential.estimators.sgd_classifier import SGDClassifier
from torrential.estimators.sgd_regressor import SGDRegressor

__all__ = ["Perceptron", "SGDClassifier", "SGDRegressor"]
