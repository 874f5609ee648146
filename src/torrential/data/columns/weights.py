"""Check sample weights: each has to be a finite number of 0 or more."""

import numpy as np

from torrential.types import Float64

LARGEST = float(np.finfo(np.float32).max)
"""Largest weight: learners take weights as float32."""


def first_wrong(weight: Float64) -> int | None:
    """Return the number of the first invalid weight, or None.

    Examples
    --------
    >>> first_wrong(np.array([1.0, 0.0, -1.0])), first_wrong(np.array([1.0, np.nan]))
    (2, 1)
    """
    wrong = np.flatnonzero(~((weight >= 0) & (weight <= LARGEST)))
    return int(wrong[0]) if len(wrong) > 0 else None
