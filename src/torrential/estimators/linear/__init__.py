"""Linear models over matrices in memory."""

from torrential.estimators.linear.perceptron import Perceptron
from torrential.estimators.linear.sgd_classifier import SGDClassifier
from torrential.estimators.linear.sgd_regressor import SGDRegressor

__all__ = ["Perceptron", "SGDClassifier", "SGDRegressor"]
