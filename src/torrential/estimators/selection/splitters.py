"""Folds as a user asks for them: by a number, or by a splitter of scikit-learn."""

from dataclasses import dataclass, replace
from typing import Any

from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from torrential.data import Dataset
from torrential.data.views.foldings import Folding
from torrential.errors import ParameterError
from torrential.estimators.common.seeds import seed_of

DEFAULT_FOLDS = 5
"""Number of folds of ``cv=None``, as in scikit-learn."""

OTHERS = {
    "ShuffleSplit": "pass a number of folds as cv, or split the rows once with Dataset.split",
    "StratifiedShuffleSplit": "pass a number of folds as cv, and stratify=True",
    "GroupShuffleSplit": "pass a number of folds as cv, and groups= with the column of the groups",
    "PredefinedSplit": "pass a number of folds as cv, and groups= with a column that keeps rows "
    "together",
    "LeaveOneGroupOut": "pass a number of folds as cv, and groups= with the column of the groups",
    "LeavePGroupsOut": "pass a number of folds as cv, and groups= with the column of the groups",
    "StratifiedGroupKFold": "pass a number of folds as cv, and either groups= or stratify=True",
    "RepeatedStratifiedKFold": "pass a number of folds as cv, stratify=True, and another "
    "random_state for each repetition",
    "RepeatedKFold": "pass a number of folds as cv, and another random_state for each repetition",
}
"""Nearest equivalents of scikit-learn's splitters without a counterpart here."""


@dataclass(frozen=True, slots=True)
class Folds:
    """The requested folds.

    Attributes
    ----------
    n : int or any
        Number of folds; checked by `of`.
    seed : int
    groups, order : str or None
    stratify : bool
    """

    n: Any
    seed: Any
    groups: str | None = None
    stratify: bool = False
    order: str | None = None

    def of(self, dataset: Dataset) -> Folding:
        """Return the folds of the rows of a dataset."""
        return dataset.folding(
            self.n, self.seed, self.groups, stratify=self.stratify, order=self.order
        )


def without_splitter(cv: Any, folds: Folds) -> Folds:
    """Return the folds of ``cv``: itself, or the folds that a splitter describes.

    Parameters
    ----------
    cv : int, splitter or None
        A ``KFold`` that shuffles, a ``StratifiedKFold``, a ``GroupKFold`` with ``groups``, or a
        ``TimeSeriesSplit`` with ``order``.
    folds : Folds
        What the other parameters ask for.

    Returns
    -------
    folds : Folds

    Raises
    ------
    ParameterError
        If a splitter needs the places of rows, or another parameter.
    """
    kind = type(cv)
    if kind is KFold:
        if not cv.shuffle:
            raise ParameterError(
                f"cv=KFold(n_splits={cv.n_splits}) cuts the rows by their positions, which a "
                f"stream does not have: pass cv={cv.n_splits} or KFold with shuffle=True for folds "
                "by a hash, or order= with a column for folds in time."
            )
        return replace(folds, n=cv.n_splits, seed=_seed(cv, folds.seed))
    if kind is StratifiedKFold:
        return replace(folds, n=cv.n_splits, seed=_seed(cv, folds.seed), stratify=True)
    if kind is GroupKFold:
        if folds.groups is None:
            raise ParameterError(
                "cv=GroupKFold needs to know the groups: pass groups= with the name of their "
                "column in a Dataset."
            )
        return replace(folds, n=cv.n_splits, seed=_seed(cv, folds.seed))
    if kind is TimeSeriesSplit:
        return _in_time(cv, folds)
    if hasattr(cv, "split") or hasattr(cv, "__iter__"):
        raise ParameterError(_refusal(cv))
    return replace(folds, n=DEFAULT_FOLDS if cv is None else cv)


def _in_time(cv: Any, folds: Folds) -> Folds:
    if folds.order is None:
        raise ParameterError(
            "cv=TimeSeriesSplit needs to know the order of the rows: pass order= with the name of "
            "a column of times in a Dataset."
        )
    asked = [
        name
        for name, usual in (("gap", 0), ("max_train_size", None), ("test_size", None))
        if getattr(cv, name, usual) != usual
    ]
    if asked:
        raise ParameterError(
            f"cv=TimeSeriesSplit with {' and '.join(asked)} counts rows, which folds of a stream "
            "do not: pass it without, and order= with the column of times."
        )
    return replace(folds, n=cv.n_splits)


def _seed(cv: Any, otherwise: Any) -> Any:
    """Return the seed of a splitter that shuffles, or else the caller's seed."""
    state = getattr(cv, "random_state", None)
    if state is None or not getattr(cv, "shuffle", False):
        return otherwise
    return seed_of(state)


def _refusal(cv: Any) -> str:
    """Return the error message for splitters that choose rows by their positions."""
    known = next((each.__name__ for each in type(cv).__mro__ if each.__name__ in OTHERS), None)
    name = type(cv).__name__ if hasattr(cv, "split") and not isinstance(cv, str) else None
    what = f"cv={name}" if name else "cv with pairs of indices"
    if isinstance(cv, str | bytes):
        what = f"cv={cv!r}"
    advice = OTHERS[known] if known else (
        "pass a number of folds, and groups=, stratify=True or order= to say how they are made"
    )  # fmt: skip
    return f"{what} chooses rows by their positions, which a stream does not have: {advice}."
