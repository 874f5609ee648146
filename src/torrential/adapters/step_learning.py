"""Steps that transform, as they learn from batches: whole ones, and the parts of composed ones."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import _safe_indexing

from torrential.adapters.errors import data_errors
from torrential.adapters.needs import Needs, is_fitted, learns, needs_of
from torrential.adapters.stream import Steps, taken

FEW_ROWS = 1024
"""Rows that a step gets whose fit is about columns only."""


def learn_step(step: Any, X: Any) -> None:
    """Learn a batch by ``partial_fit``, of each part of a composed step; others are fitted once.

    Parameters
    ----------
    step : transformer
        Changed. A ColumnTransformer is fitted to a few rows of the first batch, which settles its
        columns; then its parts learn the whole of each batch.
    X : frame, array or matrix
    """
    if step is None or isinstance(step, str | FrozenEstimator):
        return
    if hasattr(step, "partial_fit"):
        step.partial_fit(X)
    elif isinstance(step, FeatureUnion):
        for _, part in step.transformer_list:
            learn_step(part, X)
    elif isinstance(step, ColumnTransformer):
        _learn_columns(step, X)
    elif isinstance(step, Pipeline):
        _learn_in_turn(step, X)
    elif needs_of(step) is Needs.COLUMNS:
        _fit_to_few(step, X)
    elif isinstance(step, FunctionTransformer):
        step.fit(few_of(X))  # which only takes the names of columns


def _learn_in_turn(step: Pipeline, X: Any) -> None:
    for place, (_, part) in enumerate(step.steps):
        learn_step(part, X)
        if place + 1 < len(step.steps) and part is not None and part != "passthrough":
            X = part.transform(X)


def _learn_columns(step: ColumnTransformer, X: Any) -> None:
    if not is_fitted(step):
        given = {name: part for name, part, _ in step.transformers} | {"remainder": step.remainder}
        _fit_to_few(step, X)
        step.transformers_ = [
            (name, _begun(part, given[name]), columns) for name, part, columns in step.transformers_
        ]
    for _, part, columns in step.transformers_:
        if learns(part):
            chosen = _safe_indexing(X, columns, axis=1)
            if chosen.shape[-1] > 0:
                learn_step(part, chosen)


def _begun(part: Any, given: Any) -> Any:
    """Return a part as it was before its fit, if it is to learn all rows."""
    if isinstance(given, str):
        return part
    new = clone(given)
    return part if needs_of(new) is Needs.NOTHING else new


def _fit_to_few(step: Any, X: Any) -> None:
    """Fit a step to a few rows; a column that has no value there is kept."""
    parameters = step.get_params()
    kept = {name: parameters[name] for name in parameters if name.endswith("keep_empty_features")}
    step.set_params(**dict.fromkeys(kept, True))
    try:
        step.fit(few_of(X))
    finally:
        step.set_params(**kept)


def fit_to_columns(steps: Steps, X: Any) -> None:
    """Fit the first steps whose fit is about columns only; those that come later stay unfitted."""
    for _, step in steps:
        if needs_of(step) > Needs.COLUMNS:
            return
        with data_errors():
            learn_step(step, X)
            X = step.transform(X)


def few_of(X: Any) -> Any:
    """Return a few of the first rows."""
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    return X if n_rows <= FEW_ROWS else taken(X, np.arange(FEW_ROWS))
