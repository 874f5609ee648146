"""Checks of hash settings: one sentence for each invalid value."""

import re
from collections.abc import Collection
from numbers import Integral
from typing import Any

from torrential.errors import ParameterError
from torrential.features.settings import HashSettings

ANALYZERS = ("word", "char", "char_wb")
ACCENTS = ("ascii", "unicode", None)
NORMS = ("l1", "l2", None)
MAX_FEATURES = 2**31 - 1
MAX_SEED = 2**32 - 1


def check_settings(settings: HashSettings) -> None:
    """Raise ParameterError for the first invalid parameter.

    Examples
    --------
    >>> check_settings(HashSettings(ngram_range=(2, 1)))
    Traceback (most recent call last):
    torrential.errors.ParameterError: ngram_range=(2, 1) is not a range: give (min_n, max_n), two \
whole numbers with min_n <= max_n.
    """
    if settings.views is not None:
        _check_views(settings)
    _check_choice("analyzer", settings.analyzer, ANALYZERS, "a callable")
    _check_choice("strip_accents", settings.strip_accents, ACCENTS, "a callable")
    _check_choice("norm", settings.norm, NORMS)
    _check_whole("n_features", settings.n_features, 1, MAX_FEATURES)
    _check_whole("seed", settings.seed, 0, MAX_SEED)
    _check_ngram_range(settings.ngram_range)
    _check_stop_words(settings.stop_words)
    for name in ("preprocessor", "tokenizer"):
        value = getattr(settings, name)
        if value is not None and not callable(value):
            raise ParameterError(f"{name}={value!r} is not callable: give a function or None.")
    for name in ("lowercase", "binary", "sublinear_tf", "alternate_sign"):
        _check_choice(name, getattr(settings, name), (True, False))
    if settings.analyzer == "word" and settings.tokenizer is None:
        _check_pattern(settings.token_pattern)


def _check_views(settings: HashSettings) -> None:
    _check_whole("n_features", settings.n_features, settings.n_views, MAX_FEATURES)
    _check_whole("seed", settings.seed, 0, MAX_SEED)
    for part in settings.parts:
        check_settings(part)


def _check_choice(name: str, value: Any, choices: tuple[Any, ...], other: str = "") -> None:
    if other and callable(value):
        return
    if not any(value is choice or value == choice for choice in choices):
        known = ", ".join(map(repr, choices)) + (f" or {other}" if other else "")
        raise ParameterError(f"{name}={value!r} is not known: give one of {known}.")


def _check_whole(name: str, value: Any, lowest: int, highest: int) -> None:
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or not lowest <= value <= highest:
        raise ParameterError(
            f"{name}={value!r} is out of range: give a whole number from {lowest} to {highest}."
        )


def _check_ngram_range(value: Any) -> None:
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    if not is_pair or not all(isinstance(n, Integral) for n in value) or value[0] > value[1]:
        raise ParameterError(
            f"ngram_range={value!r} is not a range: give (min_n, max_n), two whole numbers with "
            "min_n <= max_n."
        )


def _check_stop_words(value: Any) -> None:
    is_list = isinstance(value, Collection) and not isinstance(value, str | bytes)
    if value is not None and value != "english" and not is_list:
        raise ParameterError(
            f"stop_words={value!r} is not a known list: give 'english', a list of words or None."
        )


def _check_pattern(value: Any) -> None:
    if not isinstance(value, str):
        raise ParameterError(
            f"token_pattern={value!r} is not a pattern: give a regular expression, or a tokenizer."
        )
    try:
        n_groups = re.compile(value).groups
    except re.error as error:
        raise ParameterError(
            f"token_pattern={value!r} is not a regular expression ({error}): correct it."
        ) from None
    if n_groups > 1:
        raise ParameterError(
            f"token_pattern={value!r} has {n_groups} capturing groups: leave at most one."
        )
