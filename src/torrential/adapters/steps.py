"""The steps of a pipeline: those that transform, and the last, which learns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.needs import Needs, needs_of
from torrential.errors import ParameterError


def final_step(estimator: Any) -> Any:
    """Return the last step of a pipeline, or an estimator that is not a pipeline."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def with_final_step(estimator: Any, final: Any) -> Any:
    """Return a pipeline with another last step."""
    if not isinstance(estimator, Pipeline):
        return final
    return Pipeline([*estimator.steps[:-1], (estimator.steps[-1][0], final)])


def transformed(estimator: Any, X: Any) -> Any:
    """Pass rows through all steps of a pipeline but the last."""
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            if step is not None and step != "passthrough":
                X = step.transform(X)
    return X


def check_stateless(estimator: Any) -> None:
    """Raise a ParameterError if a step of a pipeline would have to be fitted first."""
    if not isinstance(estimator, Pipeline):
        return
    for name, step in estimator.steps[:-1]:
        if step is None or step == "passthrough" or not get_tags(step).requires_fit:
            continue
        if needs_of(step) is Needs.COLUMNS:
            continue
        try:
            check_is_fitted(step)
        except NotFittedError:
            raise ParameterError(
                f"Step {name!r} ({type(step).__name__}) has to be fitted before the first part is "
                "learned: fit it beforehand, or take one that needs no fit, such as "
                "HashingVectorizer."
            ) from None


def signature_of(value: Any) -> Any:
    """Return a value that equals that of another step if both have the same parameters.

    Examples
    --------
    >>> from sklearn.preprocessing import Normalizer
    >>> signature_of(Normalizer()) == signature_of(Normalizer(norm="l2"))
    True
    """
    if hasattr(value, "get_params") and not isinstance(value, type):
        parameters = value.get_params(deep=False)
        output = getattr(value, "_sklearn_output_config", None)
        return type(value), signature_of(parameters), repr(output)
    if isinstance(value, Mapping):
        return [(repr(name), signature_of(each)) for name, each in value.items()]
    if isinstance(value, list | tuple):
        return [signature_of(each) for each in value]
    if isinstance(value, np.ndarray):  # whose repr has only some of many values
        return repr(value.dtype), value.shape, repr(value.tolist())
    return repr(value)


def cloned(estimator: Any) -> Any:
    """Clone an estimator, but keep the fitted steps of a pipeline."""
    if not isinstance(estimator, Pipeline):
        return clone(estimator)
    steps = [
        (name, clone(step) if needs_of(step) is Needs.COLUMNS else step)
        for name, step in estimator.steps[:-1]
    ]
    last, final = estimator.steps[-1]
    return Pipeline([*steps, (last, clone(final))])
