"""Conversion to OutOfCore of any estimator that learns batch by batch."""

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from torrential.adapters.learner import check_streams
from torrential.errors import ParameterError
from torrential.estimators.hashing.vectorizer import HashingVectorizer
from torrential.estimators.pipelines.out_of_core import OutOfCore


def as_out_of_core(estimator: Any, *, of_table: bool = False) -> OutOfCore:
    """Return an estimator that learns datasets batch by batch, or raise a ParameterError.

    Parameters
    ----------
    estimator : OutOfCore, Pipeline, or estimator with partial_fit
    of_table : bool, default=False
        Whether the rows have columns; of texts an estimator alone gets a vectorizer in front.
    """
    if not isinstance(estimator, OutOfCore):
        if not hasattr(estimator, "steps") and not of_table:
            estimator = make_pipeline(HashingVectorizer(), estimator)
        estimator = OutOfCore(estimator)
    check_streams(estimator.estimator)
    return estimator


def with_setting(estimator: Any, setting: Mapping[str, Any]) -> Any:
    """Return a clone of an estimator with other parameters, or raise a ParameterError."""
    copy = clone(estimator)
    try:
        return copy.set_params(**{name: _own(value) for name, value in setting.items()})
    except ValueError as error:
        raise ParameterError(f"{dict(setting)} is invalid: {error}") from error


def _own(value: Any) -> Any:
    """Copy a step that is a parameter, so that candidates do not share it."""
    return clone(value) if hasattr(value, "get_params") and not isinstance(value, type) else value
