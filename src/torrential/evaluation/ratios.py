"""Ratios of counts, 0 where there is nothing to divide by, as scikit-learn has them."""

from typing import Any

import numpy as np

from torrential.types import Float64


def ratio(part: float, whole: float) -> float:
    """Return a part of a whole, and 0 of an empty one."""
    return part / whole if whole else 0.0


def ratios(parts: Any, wholes: Any) -> Float64:
    """Return parts of wholes, shape as `wholes`, and 0 of empty ones."""
    wholes = np.asarray(wholes, np.float64)
    found: Float64 = np.zeros_like(wholes)
    np.divide(parts, wholes, out=found, where=wholes > 0)
    return found


def precision_recall_f1(
    correct: Any, predicted: Any, support: Any
) -> tuple[Float64, Float64, Float64]:
    """Return the three of counts of rows: right, predicted and true, each of the same shape.

    >>> [each.tolist() for each in precision_recall_f1([1.0, 0.0], [2.0, 0.0], [1.0, 1.0])]
    [[0.5, 0.0], [1.0, 0.0], [0.6666666666666666, 0.0]]
    """
    correct, predicted, support = np.asarray(correct), np.asarray(predicted), np.asarray(support)
    f1 = ratios(2 * correct, support + predicted)
    return ratios(correct, predicted), ratios(correct, support), f1
