"""Targets of regression that are to be compared with predictions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.data.dataset import Dataset
from torrential.errors import DataError
from torrential.types import Float64


def numbers_of(true: NDArray[Any], dataset: Dataset) -> Float64:
    """Return the targets of labeled rows as finite numbers.

    Parameters
    ----------
    true : array of shape (n_rows,)
    dataset : Dataset
        What the rows are from, for messages.

    Raises
    ------
    DataError
        If a target is not a finite number.
    """
    try:
        numbers: Float64 = np.asarray(true, np.float64)
    except (TypeError, ValueError):
        value = next(value for value in true.tolist() if not _is_number(value))
        raise _invalid(value, dataset, "not a number") from None
    is_finite = np.isfinite(numbers)
    if not is_finite.all():
        raise _invalid(numbers[~is_finite][0].item(), dataset, "not finite")
    return numbers


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _invalid(value: Any, dataset: Dataset, how: str) -> DataError:
    return DataError(
        f"The target {dataset.target!r} of {dataset.source} has {value!r:.60}, which is {how}: "
        "leave out such rows or correct them, because a regressor is measured on finite numbers."
    )
