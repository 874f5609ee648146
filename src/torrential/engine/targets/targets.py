"""Targets of rows as a linear model learns them: codes of classes, or numbers."""

from typing import Protocol

import numpy as np

from torrential.engine.targets.labels import UNLABELED, Encoded
from torrential.engine.targets.levels import Levels
from torrential.errors import DataError
from torrential.types import Bool, Float32, Float64, Int32

Targets = Int32 | Float32
"""Codes of classes, -1 for rows without a label; or numbers, NaN for those."""

LARGEST = float(np.finfo(np.float32).max)


class TargetTable(Protocol):
    """Turns the targets of batches, which have places among the batch's values, to `Targets`."""

    def targets(self, encoded: Encoded | None, n_rows: int) -> Targets:
        """Return the target of each row of a batch.

        Parameters
        ----------
        encoded : Encoded or None
            None for rows without targets.
        n_rows : int
        """
        ...


class Numbers:
    """The table of regression: a target is its own value.

    Parameters
    ----------
    levels : Levels, default=None
        All targets have to be among them.

    Examples
    --------
    >>> Numbers().targets(Encoded(np.array([1, 0, -1], np.int32), [0.5, 3]), 3)
    array([3. , 0.5, nan], dtype=float32)
    """

    def __init__(self, levels: Levels | None = None) -> None:
        self._levels = levels

    def targets(self, encoded: Encoded | None, n_rows: int) -> Float32:
        """Return the number of each row of a batch, or raise a DataError for one that is none."""
        return self.exact(encoded, n_rows).astype(np.float32)

    def exact(self, encoded: Encoded | None, n_rows: int) -> Float64:
        """Return the same numbers in double precision."""
        if encoded is None:
            return np.full(n_rows, np.nan)
        values = np.array([*map(_number, encoded.values), np.nan])  # the last one is for -1
        if self._levels is not None:
            self._levels.check(values)
        numbers: Float64 = values[encoded.codes]
        return numbers


def _number(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise DataError(
            f"The target {value!r} is not a number: give a column of numbers, or learn classes."
        ) from None
    if not abs(number) <= LARGEST:
        raise DataError(
            f"The target {value!r} is not a finite float32 number: correct or leave out its row."
        )
    return number


def are_labeled(targets: Targets | Float64) -> Bool:
    """Return which rows have a target.

    Examples
    --------
    >>> are_labeled(np.array([0, -1], np.int32)), are_labeled(np.array([np.nan, -1], np.float32))
    (array([ True, False]), array([False,  True]))
    """
    labeled: Bool = ~np.isnan(targets) if targets.dtype.kind == "f" else targets > UNLABELED
    return labeled
