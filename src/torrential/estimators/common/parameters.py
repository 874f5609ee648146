"""Checks of parameters that the linear estimators share; `LinearSettings` checks the learner's."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from torrential.errors import ParameterError
from torrential.linear.settings import LARGEST_ALPHA, LAST_PASS

NAMES = ("loss", "penalty", "learning_rate", "multi_class")
FLAGS = ("fit_intercept", "shuffle", "warm_start", "early_stopping")
PASSES = ("max_iter", "n_iter_no_change")


def check_learning(parameters: dict[str, Any]) -> None:
    """Raise a ParameterError for the first invalid parameter; parameters may be absent.

    Parameters
    ----------
    parameters : dict of str to object
        As ``get_params`` gives them.

    Examples
    --------
    >>> check_learning({"max_iter": 0})
    Traceback (most recent call last):
    torrential.errors.ParameterError: max_iter=0 has to be a number of passes, 1 or more.
    """
    for name, value in parameters.items():
        if name in NAMES and not isinstance(value, str | None):
            raise ParameterError(f"{name}={value!r} has to be a name, such as the default.")
        if name in FLAGS and not isinstance(value, bool | np.bool_):
            raise ParameterError(f"{name}={value!r} has to be True or False.")
        if name in PASSES and not (_is_whole(value) and value >= 1):
            raise ParameterError(f"{name}={value!r} has to be a number of passes, 1 or more.")
        if name in _CHECKS:
            _CHECKS[name](value)


def check_strength(parameters: Mapping[str, Any], alpha: float) -> None:
    """Raise a ParameterError if C is invalid, or there is another strength or no penalty.

    Parameters
    ----------
    parameters : mapping of str to object
    alpha : float
        The default.

    Examples
    --------
    >>> check_strength({"C": 1, "alpha": 1e-3, "penalty": "l2"}, 0.0)
    Traceback (most recent call last):
    torrential.errors.ParameterError: C=1 and alpha=0.001 are two strengths of one penalty: \
give one of them.
    """
    C = parameters.get("C")
    if C is None:
        return
    if not (_is_number(C) and 1 / LARGEST_ALPHA <= C <= LARGEST_ALPHA):
        raise ParameterError(
            f"C={C!r} has to be a number above 0, at least {1 / LARGEST_ALPHA:.0e} and at most "
            f"{LARGEST_ALPHA:.0e}."
        )
    if parameters["alpha"] != alpha:
        raise ParameterError(
            f"C={C!r} and alpha={parameters['alpha']!r} are two strengths of one penalty: give one "
            "of them."
        )
    if parameters["penalty"] is None:
        raise ParameterError(f"C={C!r} needs a penalty: pass penalty='l2', not None.")


def check_loss(loss: object, allowed: Mapping[str, int]) -> None:
    """Raise an error if a loss is for another kind of estimator."""
    if loss not in allowed:
        choices = ", ".join(map(repr, allowed))
        raise ParameterError(f"loss={loss!r} is not known here: choose one of {choices}.")


def _check_tol(value: Any) -> None:
    if value is not None and not (_is_number(value) and value >= 0):
        raise ParameterError(f"tol={value!r} has to be None or a number of 0 or more.")


def _check_verbose(value: Any) -> None:
    if not isinstance(value, Integral | np.bool_) or value < 0:
        raise ParameterError(f"verbose={value!r} has to be 0, 1 or 2.")


def _check_average(value: Any) -> None:
    if value == LAST_PASS:
        return
    if not isinstance(value, Integral | np.bool_) or value < 0:
        raise ParameterError(
            f"average={value!r} has to be True, False, 'last-pass' or a number of steps."
        )


def _check_validation_fraction(value: Any) -> None:
    if not _is_number(value) or not 0 < value < 1:
        raise ParameterError(f"validation_fraction={value!r} has to be a number between 0 and 1.")


def _check_class_weight(value: Any) -> None:
    if value is None or value == "balanced":
        return
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"class_weight={value!r} is not known: pass 'balanced', a dict of label to weight, or "
            "None."
        )
    for label, weight in value.items():
        if not (_is_number(weight) and 0 <= weight < np.inf):
            raise ParameterError(
                f"class_weight has {weight!r} for label {label!r}: give a number of 0 or more."
            )


def check_count(name: str, value: Any) -> None:
    """Raise a ParameterError unless a value is a whole number of 1 or more."""
    if not (_is_whole(value) and value >= 1):
        raise ParameterError(f"{name}={value!r} has to be a whole number of 1 or more.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


_CHECKS = {
    "tol": _check_tol,
    "verbose": _check_verbose,
    "average": _check_average,
    "validation_fraction": _check_validation_fraction,
    "class_weight": _check_class_weight,
}
