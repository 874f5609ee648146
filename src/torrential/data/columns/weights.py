"""Sample weights, and their checks: each has to be a finite number of 0 or more."""

from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.columns.used import as_weights
from torrential.errors import DataError
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


def weights_of(column: pa.Array, name: str, origin: str, first_row: int) -> pa.Array:
    """Return a column of weights as float64, null where there is none.

    Raises
    ------
    DataError
        If one is invalid; its row is counted from ``first_row`` of the origin.
    """

    def fail(row: int, value: Any, kind: str) -> DataError:
        return DataError(
            f"{origin}, data row {first_row + row + 1}: the weight column {name!r} holds "
            f"{value!r} of type {kind}: weights must be numbers."
        )

    weight = as_weights(column, fail)
    row = first_wrong(weight.fill_null(1.0).to_numpy(zero_copy_only=False))
    if row is not None:
        raise DataError(
            f"{origin}, data row {first_row + row + 1}: the weight column {name!r} holds "
            f"{weight[row].as_py()}: give finite numbers of 0 or more."
        )
    return weight
