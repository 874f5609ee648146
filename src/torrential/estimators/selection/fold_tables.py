"""Scores of folds as in scikit-learn's tables, and folds without scores."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from torrential.data.views.foldings import Folding
from torrential.errors import DataError, DataWarning
from torrential.estimators.selection.run import FoldRun
from torrential.logs import logger_of

logger = logger_of("search")

MAX_NAMED = 3
"""Number of classes, and of folds, that a warning names."""


class Scored(Protocol):
    """Scores of one model in one fold."""

    @property
    def n_rows(self) -> int:
        """Number of rows that were scored."""
        ...

    def scores(self) -> dict[str, float]:
        """Return each score by its key."""
        ...

    def errors(self) -> dict[str, float]:
        """Return the largest possible error of each score from a sketch, by its key."""
        ...


def warn_of_missing_classes(known: Sequence[Sequence[Any]], folding: Folding) -> None:
    """Warn once of classes that the models of a fold have not learned, but others have.

    Parameters
    ----------
    known : sequence of sequences of labels
        Classes that the models of each fold have learned; none if learning failed.
    folding : Folding

    Warns
    -----
    DataWarning
    """
    every = {label for of_fold in known for label in of_fold}
    missing: dict[Any, list[int]] = {}
    for number, of_fold in enumerate(known):
        for label in every.difference(of_fold) if len(of_fold) else ():
            missing.setdefault(label, []).append(number)
    if not missing:
        return
    names = sorted(missing, key=str)
    shown = ", ".join(repr(label) for label in names[:MAX_NAMED])
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    places = sorted({number for of_label in missing.values() for number in of_label})
    in_folds = ", ".join(str(folding.named(number)[0]) for number in places[:MAX_NAMED])
    in_folds += ", ..." if len(places) > MAX_NAMED else ""
    warnings.warn(
        f"The models of fold {in_folds} of {folding.named(0)[1]} learned no row of "
        f"{'class' if len(names) == 1 else 'some classes:'} {shown}{more}: rows of "
        f"{'it' if len(names) == 1 else 'them'} count as wrong there, and scores that need every "
        "class are nan; give more such rows, or leave them out.",
        DataWarning,
        stacklevel=3,
    )


def warn_of_failures(
    fits: FoldRun, settings: Sequence[Mapping[str, Any]], places: Sequence[int]
) -> None:
    """Warn once of each candidate that failed in some folds."""
    for number, place in enumerate(places):
        failed = [fold[number].failure for fold in fits.candidates if fold[number].failure]
        if failed:
            logger.warning(
                "%s failed in %d of %d folds and is scored worst: %s",
                dict(settings[place]), len(failed), len(fits.candidates), failed[0],
            )  # fmt: skip


def nothing_to_learn(number: int, n_folds: int) -> DataError:
    """Return the error for a fold whose models learn no labeled row."""
    return DataError(
        f"Fold {number} of {n_folds} has all labeled rows, so its model learns none: give more "
        "rows, or take fewer folds."
    )


def check_rows(by_fold: Sequence[Sequence[Scored | None]], folding: Folding) -> None:
    """Raise a DataError if a fold has no rows."""
    for number, fold in enumerate(by_fold):
        if any(each is not None and each.n_rows == 0 for each in fold):
            place, n_folds = folding.named(number)
            raise DataError(
                f"Fold {place} of {n_folds} has no labeled row: give more rows, or take "
                "fewer folds."
            )


def over_folds(side: str, folds: Sequence[Scored | None]) -> dict[str, Any]:
    """Return scikit-learn's keys, each with an array over the folds.

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
