"""Checks of a search's parameters before it begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from torrential.errors import ParameterError
from torrential.evaluation.scoring import Scoring


def check_names(estimator: Any, settings: Sequence[Mapping[str, Any]]) -> None:
    """Raise a ParameterError if a candidate has an unknown parameter."""
    known = estimator.get_params()
    for name in sorted({name for setting in settings for name in setting}):
        if name not in known:
            raise ParameterError(
                f"{name!r} is not a parameter of {type(estimator).__name__}: choose among "
                f"{', '.join(sorted(known))}."
            )


def refit_key(scoring: Scoring, refit: bool | str) -> str | None:
    """Return the key of the score that selects the best candidate; None without one."""
    keys = [key for key, _ in scoring.names]
    if scoring.is_single:
        return keys[0]
    if isinstance(refit, str) and refit in keys:
        return refit
    if refit:
        raise ParameterError(
            f"refit={refit!r} does not say which of several scores decides: pass one of "
            f"{', '.join(map(repr, keys))}, or False."
        )
    return None
