"""The loss of each row from its scores, as the learners define it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.errors import ParameterError
from torrential.types import Float64

Scores = NDArray[np.floating[Any]]


def loss_from_scores(
    scores: Scores,
    targets: NDArray[Any],
    loss: str,
    *,
    epsilon: float = 0.1,
    one_vs_rest: bool = False,
) -> Float64:
    """Compute the loss of each row.

    Parameters
    ----------
    scores : float array of shape (n_rows, n_columns)
        Raw scores: one column for two classes or for regression, else one for each class.
    targets : array of shape (n_rows,)
        For a classifier the codes of the true classes, in [0, max(2, n_columns)); for regression
        the true values.
    loss : str
        "log_loss", "hinge", "squared_hinge", "modified_huber" or "perceptron" for a classifier;
        "squared_error", "huber" or "epsilon_insensitive" for regression.
    epsilon : float, default=0.1
        Where "huber" becomes linear, and below which "epsilon_insensitive" is 0.
    one_vs_rest : bool, default=False
        With several columns, take "log_loss" as a sum of binary losses rather than of the softmax.
        The other losses of classifiers are always such sums.

    Returns
    -------
    float64 array of shape (n_rows,)

    Raises
    ------
    ParameterError
        The loss is not known.

    Notes
    -----
    With one column the label is y = 1 for code 1 and y = -1 for code 0. The formulas are those of
    scikit-learn's SGDClassifier and SGDRegressor, so "squared_error" has the factor 1/2 (Vowpal
    Wabbit's "squared" does not). The values of scores keep their precision; sums are in float64.

    Examples
    --------
    >>> loss_from_scores(np.array([[0.5], [0.5]]), np.array([1, 0]), "hinge")
    array([0.5, 1.5])
    >>> loss_from_scores(np.array([[2.0, 0.0, 0.0]]), np.array([0]), "log_loss").round(3)
    array([0.24])
    """
    if loss in _REGRESSION:
        residuals = np.asarray(targets, np.float64) - scores[:, 0]
        return _REGRESSION[loss](np.abs(residuals), epsilon)
    if loss not in _MARGIN:
        known = ", ".join([*_MARGIN, *_REGRESSION])
        raise ParameterError(f"loss={loss!r} is not known: use one of {known}.")
    if loss == "log_loss" and scores.shape[1] > 1 and not one_vs_rest:
        return _softmax_loss(scores, targets)
    losses: Float64 = _MARGIN[loss](_margins(scores, targets)).sum(axis=1, dtype=np.float64)
    return losses


def _margins(scores: Scores, codes: NDArray[Any]) -> Scores:
    """Compute y * score, where y is 1 in the column of the true class and -1 in the others."""
    if scores.shape[1] == 1:
        return np.where(codes[:, None] == 1, scores, -scores)
    margins = -scores
    rows = np.arange(len(scores))
    margins[rows, codes] = scores[rows, codes]
    return margins


def _softmax_loss(scores: Scores, codes: NDArray[Any]) -> Float64:
    top = scores.max(axis=1, keepdims=True)
    exponentials = np.exp(scores - top).sum(axis=1, dtype=np.float64)
    true = scores[np.arange(len(scores)), codes]
    losses: Float64 = np.log(exponentials) + (top[:, 0].astype(np.float64) - true)
    return losses


def _log_loss(margins: Scores) -> Scores:
    # log(1 + exp(-m)) without overflow on either side.
    return np.log1p(np.exp(-np.abs(margins))) - np.minimum(margins, 0)


def _hinge(margins: Scores) -> Scores:
    return np.maximum(1 - margins, 0)


def _squared_hinge(margins: Scores) -> Scores:
    return np.square(np.maximum(1 - margins, 0))


def _modified_huber(margins: Scores) -> Scores:
    return np.where(margins < -1, -4 * margins, _squared_hinge(margins))


def _perceptron(margins: Scores) -> Scores:
    return np.maximum(-margins, 0)


def _squared_error(distances: Float64, epsilon: float) -> Float64:
    return 0.5 * np.square(distances)


def _huber(distances: Float64, epsilon: float) -> Float64:
    linear = epsilon * distances - 0.5 * epsilon**2
    return np.where(distances <= epsilon, 0.5 * np.square(distances), linear)


def _epsilon_insensitive(distances: Float64, epsilon: float) -> Float64:
    return np.maximum(distances - epsilon, 0)


_MARGIN: dict[str, Callable[[Scores], Scores]] = {
    "log_loss": _log_loss,
    "hinge": _hinge,
    "squared_hinge": _squared_hinge,
    "modified_huber": _modified_huber,
    "perceptron": _perceptron,
}

_REGRESSION: dict[str, Callable[[Float64, float], Float64]] = {
    "squared_error": _squared_error,
    "huber": _huber,
    "epsilon_insensitive": _epsilon_insensitive,
}
