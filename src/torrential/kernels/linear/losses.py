"""Losses of one prediction, each with its derivative by the prediction.

A new loss is one pair of functions, one constant, and one line in `LOSSES`, `loss` and `slope`.
Code of any other number is the address of a loss from outside (`own_loss`).
Classification losses take y = -1 or 1, regression losses any y that is in their domain. All are
scikit-learn's: squared error and Huber have the factor 1/2, and at its margin a margin loss still
has the slope before it. The one number that a loss may take, ``epsilon``, is the threshold of two,
the quantile of 'quantile' and the power of 'tweedie'.

'poisson', 'gamma' and 'tweedie' are half the deviance of distributions whose variance is the mean
to the power 1, 2 or between, and the prediction p is the log of the mean (`has_log_link`).
'logistic' is the cross-entropy of y in [0, 1] and a mean whose log odds are p.
"""

from collections import ChainMap

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.own_loss import LOSS, SLOPE, call
from torrential.types import Float32

LOG_LOSS, HINGE, SQUARED_HINGE, MODIFIED_HUBER, PERCEPTRON = 0, 1, 2, 3, 4
SQUARED_ERROR, HUBER, EPSILON_INSENSITIVE = 5, 6, 7
QUANTILE, POISSON, GAMMA, TWEEDIE, LOGISTIC = 8, 9, 10, 11, 12

CLASSIFICATION_LOSSES = {
    "log_loss": LOG_LOSS,
    "hinge": HINGE,
    "squared_hinge": SQUARED_HINGE,
    "modified_huber": MODIFIED_HUBER,
    "perceptron": PERCEPTRON,
}
REGRESSION_LOSSES = {
    "squared_error": SQUARED_ERROR,
    "huber": HUBER,
    "epsilon_insensitive": EPSILON_INSENSITIVE,
    "quantile": QUANTILE,
    "poisson": POISSON,
    "gamma": GAMMA,
    "tweedie": TWEEDIE,
    "logistic": LOGISTIC,
}
LOSSES = ChainMap(REGRESSION_LOSSES, CLASSIFICATION_LOSSES)  # a row of either is a row here

ABOVE_MINUS_ONE = float(np.nextafter(np.float32(-1.0), np.float32(0.0)))
"""The smallest float32 above -1."""

AT_ONCE = 64
"""Scores that `are_flat` looks at in one go."""

LARGEST_EXPONENT = 600.0
"""Largest absolute exponent of a mean or its power; times any float32 its exp does not overflow."""


@kernel
def has_log_link(kind: int) -> bool:
    """Return whether predictions are logs of means."""
    return POISSON <= kind <= TWEEDIE


@kernel(error_model="numpy")
def log_loss(p: float, y: float) -> float:
    """Return log(1 + exp(-y p)), without overflow."""
    z = p * y
    if z > 0.0:
        return np.log1p(np.exp(-z))
    return np.log1p(np.exp(z)) - z


@kernel(error_model="numpy")
def log_loss_slope(p: float, y: float) -> float:
    """Return the derivative of `log_loss`; where exp overflows, the zero is correct."""
    return -y / (1.0 + np.exp(p * y))


@kernel(error_model="numpy")
def hinge(p: float, y: float, margin: float) -> float:
    """Return max(0, margin - y p): margin 1 for support vector machines, 0 for the perceptron."""
    return max(0.0, margin - p * y)


@kernel(error_model="numpy")
def hinge_slope(p: float, y: float, margin: float) -> float:
    """Return the derivative of `hinge`; at the margin itself that of the falling side."""
    return -y if p * y <= margin else 0.0


@kernel(error_model="numpy")
def squared_hinge(p: float, y: float) -> float:
    """Return max(0, 1 - y p) squared."""
    return max(0.0, 1.0 - p * y) ** 2


@kernel(error_model="numpy")
def squared_hinge_slope(p: float, y: float) -> float:
    """Return the derivative of `squared_hinge`."""
    return -2.0 * y * max(0.0, 1.0 - p * y)


@kernel(error_model="numpy")
def modified_huber(p: float, y: float) -> float:
    """Return the squared hinge loss, continued as a straight line below -1 (Zhang, ICML 2004)."""
    z = p * y
    if z >= -1.0:
        return max(0.0, 1.0 - z) ** 2
    return -4.0 * z


@kernel(error_model="numpy")
def modified_huber_slope(p: float, y: float) -> float:
    """Return the derivative of `modified_huber`."""
    z = p * y
    if z >= -1.0:
        return -2.0 * y * max(0.0, 1.0 - z)
    return -4.0 * y


@kernel(error_model="numpy")
def huber(p: float, y: float, epsilon: float) -> float:
    """Return half the squared error up to epsilon, and a straight line beyond."""
    distance = abs(p - y)
    if distance <= epsilon:
        return 0.5 * distance * distance
    return epsilon * distance - 0.5 * epsilon * epsilon


@kernel(error_model="numpy")
def huber_slope(p: float, y: float, epsilon: float) -> float:
    """Return the derivative of `huber`."""
    return max(-epsilon, min(epsilon, p - y))


@kernel(error_model="numpy")
def epsilon_insensitive(p: float, y: float, epsilon: float) -> float:
    """Return max(0, abs(y - p) - epsilon), as in support vector regression."""
    return max(0.0, abs(y - p) - epsilon)


@kernel(error_model="numpy")
def epsilon_insensitive_slope(p: float, y: float, epsilon: float) -> float:
    """Return the derivative of `epsilon_insensitive`."""
    if p - y > epsilon:
        return 1.0
    return -1.0 if y - p > epsilon else 0.0


@kernel(error_model="numpy")
def pinball(p: float, y: float, quantile: float) -> float:
    """Return quantile times (y - p), or 1 - quantile times (p - y), whichever is positive."""
    return max(quantile * (y - p), (1.0 - quantile) * (p - y))


@kernel(error_model="numpy")
def pinball_slope(p: float, y: float, quantile: float) -> float:
    """Return the derivative of `pinball`; 0 at its kink."""
    if p == y:
        return 0.0
    return 1.0 - quantile if p > y else -quantile


@kernel(error_model="numpy")
def power_of_mean(p: float, power: float) -> float:
    """Return exp(power p), without overflow."""
    return np.exp(max(-LARGEST_EXPONENT, min(LARGEST_EXPONENT, power * p)))


@kernel(error_model="numpy")
def deviance(p: float, y: float, power: float) -> float:
    """Return half the deviance of y from the mean exp(p), for a power from 1 to 2."""
    if power == 1.0:
        return power_of_mean(p, 1.0) - y + (y * (np.log(y) - p) if y > 0.0 else 0.0)
    if power == 2.0:
        return y * power_of_mean(p, -1.0) - 1.0 + p - np.log(y)
    below, above = 1.0 - power, 2.0 - power
    own = y**above / (below * above) if y > 0.0 else 0.0
    return own - y * power_of_mean(p, below) / below + power_of_mean(p, above) / above


@kernel(error_model="numpy")
def deviance_slope(p: float, y: float, power: float) -> float:
    """Return the derivative of `deviance`."""
    return power_of_mean(p, 2.0 - power) - y * power_of_mean(p, 1.0 - power)


@kernel(error_model="numpy")
def power_of(kind: int, epsilon: float) -> float:
    """Return the power of the variance, of a loss with a log link."""
    if kind == TWEEDIE:
        return epsilon
    return 1.0 if kind == POISSON else 2.0


@kernel(error_model="numpy")
def loss(kind: int, p: float, y: float, epsilon: float) -> float:
    """Return the loss of prediction p for target y; `kind` is a value of `LOSSES`."""
    if kind in (HINGE, PERCEPTRON):
        return hinge(p, y, 1.0 if kind == HINGE else 0.0)
    if kind == LOG_LOSS:
        return log_loss(p, y)
    if kind == SQUARED_HINGE:
        return squared_hinge(p, y)
    if kind == MODIFIED_HUBER:
        return modified_huber(p, y)
    if kind == SQUARED_ERROR:
        return 0.5 * (p - y) ** 2
    if kind == HUBER:
        return huber(p, y, epsilon)
    if kind == EPSILON_INSENSITIVE:
        return epsilon_insensitive(p, y, epsilon)
    if kind == QUANTILE:
        return pinball(p, y, epsilon)
    if kind == LOGISTIC:
        return log_loss(p, 1.0) + (1.0 - y) * p
    if has_log_link(kind):
        return deviance(p, y, power_of(kind, epsilon))
    return call(kind, LOSS, p, y, epsilon)


@kernel(error_model="numpy")
def slope(kind: int, p: float, y: float, epsilon: float) -> float:
    """Return the derivative of `loss` by p."""
    if kind in (HINGE, PERCEPTRON):
        return hinge_slope(p, y, 1.0 if kind == HINGE else 0.0)
    if kind == LOG_LOSS:
        return log_loss_slope(p, y)
    if kind == SQUARED_HINGE:
        return squared_hinge_slope(p, y)
    if kind == MODIFIED_HUBER:
        return modified_huber_slope(p, y)
    if kind == SQUARED_ERROR:
        return p - y
    if kind == HUBER:
        return huber_slope(p, y, epsilon)
    if kind == EPSILON_INSENSITIVE:
        return epsilon_insensitive_slope(p, y, epsilon)
    if kind == QUANTILE:
        return pinball_slope(p, y, epsilon)
    if kind == LOGISTIC:
        return log_loss_slope(p, 1.0) + (1.0 - y)
    if has_log_link(kind):
        return deviance_slope(p, y, power_of(kind, epsilon))
    return call(kind, SLOPE, p, y, epsilon)


@kernel(error_model="numpy")
def largest(scores: Float32, n_columns: int) -> np.float32:
    """Return the largest score; NaN where the first is NaN."""
    top = scores[0]  # a loop: NumPy's own takes a second to compile
    for column in range(1, n_columns):
        top = max(top, scores[column])
    return top


@kernel(error_model="numpy")
def softmax(scores: Float32, out: Float32) -> None:
    """Write the probabilities of the classes, shape (n_columns,), from their scores to out."""
    top = largest(scores, len(scores))
    total = np.float32(0.0)
    for column in range(len(scores)):
        out[column] = np.exp(scores[column] - top)
        total += out[column]
    for column in range(len(scores)):
        out[column] /= total


@kernel(error_model="numpy")
def flat_below(kind: int) -> np.float32:
    """Return the score below which a class that is wrong for a row has neither loss nor slope."""
    if kind == PERCEPTRON:
        return np.float32(0.0)
    if kind == HINGE:
        return np.float32(-1.0)
    if kind in (SQUARED_HINGE, MODIFIED_HUBER):  # flat at -1, too, where classes begin
        return np.float32(ABOVE_MINUS_ONE)
    return np.float32(-np.inf)


@kernel(error_model="numpy")
def are_flat(scores: Float32, begin: int, end: int, flat: np.float32) -> bool:
    """Return whether scores [begin, end) are all below `flat_below`, as nearly all of many are."""
    n_others = 0
    for column in range(begin, end):
        n_others += not scores[column] < flat
    return n_others == 0
