"""Scores of folds as scikit-learn's tables have them, and folds that cannot be scored."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from torrential.data.foldings import Folding
from torrential.errors import DataError


class Scored(Protocol):
    """Scores of one model in one fold."""

    @property
    def n_rows(self) -> int:
        """Rows that were scored."""
        ...

    def scores(self) -> dict[str, float]:
        """Return each score by its key."""
        ...

    def errors(self) -> dict[str, float]:
        """Return the most that a score from a sketch can be off, by its key."""
        ...


def check_classes(n_rows_of: NDArray[np.int64], classes: NDArray[Any], folding: Folding) -> None:
    """Raise a DataError if the models of a fold were given no row of a class.

    Parameters
    ----------
    n_rows_of : int64 array of shape (n_folds, n_classes)
        Rows that the models of each fold learn.
    classes : array of shape (n_classes,)
    folding : Folding
    """
    for number, counts in enumerate(n_rows_of):
        missing = np.flatnonzero(counts == 0)
        if len(missing) > 0:
            raise missing_class(classes[missing[0]], *folding.named(number))


def missing_class(label: Any, number: int, n_folds: int) -> DataError:
    """Return the error of a fold that has all rows of a class."""
    label = label.item() if isinstance(label, np.generic) else label
    return DataError(
        f"All rows of class {label!r} are in fold {number} of {n_folds}, so its model cannot learn "
        "it: give more rows of that class, or take fewer folds."
    )


def check_rows(by_fold: Sequence[Sequence[Scored | None]], folding: Folding) -> None:
    """Raise a DataError if a fold has no row."""
    for number, fold in enumerate(by_fold):
        if any(each is not None and each.n_rows == 0 for each in fold):
            place, n_folds = folding.named(number)
            raise DataError(
                f"Fold {place} of {n_folds} has no labelled row: give more rows, or take "
                "fewer folds."
            )


def over_folds(side: str, folds: Sequence[Scored | None]) -> dict[str, Any]:
    """Return scikit-learn's keys with an array over the folds each.

    Parameters
    ----------
    side : {'test', 'train'}
    folds : sequence of scores of one candidate
        None of a fold where its learning failed: nan.
    """
    result = _arrays(f"{side}_", [None if each is None else each.scores() for each in folds])
    if side == "test":
        result |= _arrays("error_", [None if each is None else each.errors() for each in folds])
    return result


def _arrays(prefix: str, values: Sequence[Mapping[str, float] | None]) -> dict[str, Any]:
    keys = {key: None for each in values if each is not None for key in each}
    return {
        prefix + key: np.array([np.nan if each is None else each[key] for each in values])
        for key in keys
    }
