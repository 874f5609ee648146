"""The table of a search, ``cv_results_``, in scikit-learn's columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from torrential.evaluation.scoring import Scoring
from torrential.logs import logger_of
from torrential.types import Arrays

logger = logger_of("search")

Columns = dict[str, Any]
"""Results of one candidate: numbers, and arrays over the folds."""


def as_arrays(columns: Mapping[str, Any]) -> Arrays:
    """Return columns as arrays for a file."""
    return {name: np.asarray(column, np.float64) for name, column in columns.items()}


def as_columns(arrays: Arrays) -> Columns:
    """Return the columns that `as_arrays` converted."""
    return {
        name: float(array[()]) if array.ndim == 0 else array.copy()
        for name, array in arrays.items()
    }


def results_table(
    settings: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    scoring: Scoring,
    n_folds: int,
) -> dict[str, Any]:
    """Return scikit-learn's ``cv_results_``."""
    table: dict[str, Any] = {}
    for name in ("fit_time", "score_time"):
        table[f"mean_{name}"] = np.array([result[name] for result in results])
        table[f"std_{name}"] = np.zeros(len(results))  # of one pass there is one time
    for name in sorted({name for setting in settings for name in setting}):
        table[f"param_{name}"] = _column([setting.get(name, ...) for setting in settings])
    table["params"] = [dict(setting) for setting in settings]
    for side in ("test", "train"):
        for key, _ in scoring.names:
            name = f"{side}_{key}"
            if side == "test" or any(name in result for result in results):
                missing = np.full(n_folds, np.nan)
                values = np.array([result.get(name, missing) for result in results])
                table |= _statistics(name, values)
    return table


def _statistics(name: str, values: NDArray[Any]) -> dict[str, Any]:
    """Return the columns of one score, of shape (n_candidates, n_folds)."""
    columns: dict[str, Any] = {
        f"split{fold}_{name}": values[:, fold] for fold in range(values.shape[1])
    }
    means = values.mean(axis=1)
    columns |= {f"mean_{name}": means, f"std_{name}": values.std(axis=1)}
    if name.startswith("test_"):
        worst = np.where(np.isnan(means), -np.inf, means)
        columns[f"rank_{name}"] = rankdata(-worst, method="min").astype(np.int32)
    return columns


def _column(values: Sequence[Any]) -> np.ma.MaskedArray[Any, Any]:
    """Return a column of parameters, masked where a candidate lacks the parameter."""
    column = np.ma.MaskedArray(np.empty(len(values), object), mask=True)
    for place, value in enumerate(values):
        if value is not ...:
            column[place] = value
    return column


def means_where_defined(splits: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Return mean scores over the folds in which any candidate has one.

    Parameters
    ----------
    splits : array of shape (n_candidates, n_folds)

    Returns
    -------
    means : array of shape (n_candidates,)
        nan if a candidate lacks a score that another has, or if there is no score at all.
    n_undefined : int
        Folds in which no candidate has one.
    """
    defined = ~np.isnan(splits).all(axis=0)
    n_undefined = int((~defined).sum())
    if not defined.any():
        return np.full(len(splits), np.nan), n_undefined
    return splits[:, defined].mean(axis=1), n_undefined


def means_of_defined(splits: NDArray[Any], key: str) -> NDArray[Any]:
    """Return mean scores over the folds in which any candidate has one, and log which have none."""
    means, n_undefined = means_where_defined(splits)
    if n_undefined < splits.shape[1]:
        logger.warning(
            "%d of %d folds have no %s: the others choose the best candidate",
            n_undefined, splits.shape[1], key,
        )  # fmt: skip
    return means
