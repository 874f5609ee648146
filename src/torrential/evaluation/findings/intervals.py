"""How far chance may move a figure: intervals that hold 95 % of the time."""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from torrential.evaluation.ratios import precision_recall_f1
from torrential.types import Float64

Z = 1.959963984540054
"""Quantile of the normal distribution for 95 %."""

N_GROUPS = 20
"""Groups of rows, each of which a jackknife leaves out once."""

T = 2.093024054408263
"""Quantile of Student's distribution for 95 % and that many groups."""

N_DRAWS = 200
"""Draws of the bootstrap."""

MOST_CELLS = 200_000
"""Cells of a confusion matrix that draws are made from, at most."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of a sample, and the interval that chance leaves.

    Attributes
    ----------
    value : float
    low, high : float
        Ends of the interval, of 95 %.
    """

    value: float
    low: float
    high: float


def share(right: float, total: float, size: float | None = None) -> Estimate:
    """Return a share with Wilson's interval (1927), which holds for small samples, too.

    Parameters
    ----------
    right, total : float
        Weights of the rows.
    size : float, optional
        Rows that count as independent; by default ``total``.

    Examples
    --------
    >>> found = share(90, 100)
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (0.9, 0.8256, 0.9448)
    """
    value = right / total if total > 0 else 0.0
    n = total if size is None else size
    if n <= 0:
        return Estimate(value, 0.0, 1.0)
    middle = (value + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(value * (1 - value) / n + Z * Z / (4 * n * n))
    return Estimate(value, max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half)))


def mean(total: float, squares: float, weight: float, size: float | None = None) -> Estimate:
    """Return a mean with its normal interval.

    Parameters
    ----------
    total, squares : float
        Weighted sums of the values and of their squares.
    weight : float
    size : float, optional
        Rows that count as independent; by default ``weight``.

    Examples
    --------
    >>> found = mean(10.0, 20.0, 10.0)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (1.0, 0.38, 1.62)
    """
    value = total / weight
    spread = math.sqrt(max(0.0, squares / weight - value * value))
    half = Z * spread / math.sqrt(max(1.0, weight if size is None else size))
    return Estimate(value, value - half, value + half)


def root(squared: Estimate) -> Estimate:
    """Return the square root of a figure, with that of its interval.

    >>> root(Estimate(4.0, -1.0, 9.0))
    Estimate(value=2.0, low=0.0, high=3.0)
    """
    return Estimate(*(math.sqrt(max(0.0, each)) for each in astuple(squared)))


def ratio_of_means(parts: Float64, wholes: Float64, weights: Float64, size: float) -> Estimate:
    """Return a ratio of two means of the same rows, by the delta method.

    Parameters
    ----------
    parts, wholes, weights : float64 array of shape (n_rows,)
    size : float
        Rows that count as independent.

    Examples
    --------
    >>> found = ratio_of_means(np.array([1.0, 3.0]), np.array([2.0, 2.0]), np.ones(2), 2.0)
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (1.0, 0.31, 1.69)
    """
    products = [parts * parts, parts * wholes, wholes * wholes]
    sums = [float(weights @ each) for each in (parts, wholes, *products)]
    return ratio_of_sums(sums, float(weights.sum()), size)


def ratio_of_sums(sums: Sequence[float], weight: float, size: float) -> Estimate:
    """Return a ratio of two sums over the same rows, by the delta method.

    Parameters
    ----------
    sums : sequence of 5 float
        Of the parts, of the wholes, of the squares of the parts, of the products of both, and of
        the squares of the wholes.
    weight : float
        Of the rows.
    size : float
        Rows that count as independent.

    Examples
    --------
    >>> found = ratio_of_sums([4.0, 4.0, 10.0, 8.0, 8.0], 2.0, 2.0)
    >>> found.value, round(found.low, 2)
    (1.0, 0.31)
    """
    part, whole, squared, product, squared_whole = sums
    if whole == 0:
        return Estimate(0.0, 0.0, 0.0)
    value = part / whole
    spread = squared - 2 * value * product + value * value * squared_whole
    deviation = math.sqrt(max(0.0, spread) / weight) * weight / whole
    half = Z * deviation / math.sqrt(max(1.0, size))
    return Estimate(value, value - half, value + half)


def correlation(value: float, size: float) -> Estimate:
    """Return a rank correlation with the interval of Bonett and Wright (2000).

    Parameters
    ----------
    value : float
    size : float
        Rows that count as independent.

    Examples
    --------
    >>> found = correlation(0.6, 100.0)
    >>> round(found.low, 3), round(found.high, 3)
    (0.444, 0.721)
    """
    if size <= 4 or abs(value) >= 1:
        return Estimate(value, -1.0 if size <= 4 else value, 1.0 if size <= 4 else value)
    half = Z * math.sqrt((1 + value * value / 2) / (size - 3))
    middle = math.atanh(value)
    return Estimate(value, math.tanh(middle - half), math.tanh(middle + half))


def macro_f1(confusion: Float64, size: float, value: float) -> Estimate | None:
    """Return the macro-F1 with the interval of a bootstrap over the rows.

    All rows of a cell of the confusion matrix are alike for it, so cells are drawn, which takes no
    further pass. The same matrix gives the same interval.

    Parameters
    ----------
    confusion : float64 array of shape (n_labels, n_classes)
        Weights by true label and predicted class.
    size : float
        Rows that count as independent.
    value : float
        The figure itself.

    Returns
    -------
    estimate : Estimate or None
        None if there are too many cells, or no rows.

    Examples
    --------
    >>> found = macro_f1(np.array([[40.0, 10.0], [10.0, 40.0]]), 100.0, 0.8)
    >>> 0.68 < found.low < 0.76, 0.84 < found.high < 0.92
    (True, True)
    """
    true, predicted = np.nonzero(confusion)
    weights = confusion[true, predicted]
    n_rows = round(size)
    if not 0 < len(weights) <= MOST_CELLS or n_rows < 1:
        return None
    random, shares, n_labels = np.random.default_rng(0), weights / weights.sum(), len(confusion)
    found = []
    for _ in range(N_DRAWS):
        drawn = random.multinomial(n_rows, shares).astype(np.float64)
        support = np.bincount(true, drawn, n_labels)
        given = np.bincount(predicted, drawn, n_labels)
        is_right = true == predicted
        correct = np.bincount(true[is_right], drawn[is_right], n_labels)
        both = support + given
        found.append(float(np.mean(2 * correct[both > 0] / both[both > 0])))
    low, high = np.quantile(found, [0.025, 0.975])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def macro_f1_of_sets(groups: Float64, n_labels: int, value: float) -> Estimate:
    """Return the macro-F1 of several labels a row with the interval of a jackknife of groups.

    Parameters
    ----------
    groups : float64 array of shape (N_GROUPS, 3, n_classes)
        Weights of the rows of each group that have a label, that get it, and that do both.
    n_labels : int
        Labels that the mean is of; those that are not classes have an F1 of 0.
    value : float
        The figure itself.

    Examples
    --------
    >>> groups = np.ones((N_GROUPS, 3, 2)) * [[50.0], [50.0], [40.0]]
    >>> groups[::2, 2] = 30.0
    >>> found = macro_f1_of_sets(groups, 2, 0.7)
    >>> round(found.low, 3), round(found.high, 3)
    (0.652, 0.748)
    """
    support, predicted, correct = (groups.sum(axis=0) - groups).transpose(1, 0, 2)
    means = precision_recall_f1(correct, predicted, support)[2].sum(axis=1) / max(1, n_labels)
    n = len(groups)
    spread = math.sqrt((n - 1) / n * float(np.square(means - means.mean()).sum()))
    return Estimate(value, max(0.0, value - T * spread), min(1.0, value + T * spread))


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value of McNemar's exact test: that two models are right equally often.

    Parameters
    ----------
    only_first, only_second : int
        Rows that only one of them gets right.

    Examples
    --------
    >>> mcnemar(5, 5), round(mcnemar(2, 12), 4)
    (1.0, 0.0129)
    """
    n, least = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return 1.0
    logs = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
        for k in range(max(0, least - 10_000), least + 1)  # further ones are too small to count
    ]
    top = max(logs)
    tail = math.exp(top) * math.fsum(math.exp(each - top) for each in logs)
    return min(1.0, 2 * tail)
