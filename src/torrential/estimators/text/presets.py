"""Presets: what the parameters of a TextClassifier are that are not given."""

from collections.abc import Mapping
from typing import Any

from torrential.errors import ParameterError
from torrential.features.views import USUAL
from torrential.linear.optimizers import rate_of
from torrential.linear.settings import LAST_PASS

Parameters = dict[str, Any]
"""Parameters as ``get_params`` returns them."""

DEFAULT = "default"

RATES = {"ftrl": 1.0}
"""Rates that are others for texts: in rows of unit norm, slopes are small next to FTRL's beta.

On held-out rows of four sets, one pass over words, 1 was within 0.3 points of the best of 0.2 to 5
with squared_hinge, and the optimizer's own 0.2 within 2.5; with log_loss within 5.3 and 19.5.
"""

PRESETS: dict[str, Parameters] = {
    DEFAULT: {
        "n_features": 2**22,
        "ngram_range": (1, 2),
        "views": ["word:1-2", "char_wb:2-5:weight=0.5"],
        "idf": "running",
        "C": 1.0,
        "eta0": 0.1,
        "average": LAST_PASS,
        "max_iter": 3,
    },
    "fast": {
        "n_features": 2**20,
        "ngram_range": (1, 1),
        "views": None,
        "idf": None,
        "C": None,
        "eta0": 0.2,
        "average": False,
        "max_iter": 1,
    },
    "accurate": {
        "n_features": 2**22,
        "ngram_range": (1, 2),
        "views": ["word:1-2", "char_wb:2-5"],
        "idf": "running",
        "C": 1.0,
        "eta0": 0.1,
        "average": LAST_PASS,
        "max_iter": 5,
    },
}

AS_PRESET = "preset"
"""The value of ``idf`` that is not given: its None is none at all, that of others not given."""

OF_CHARACTERS = (2, 5)
"""The n-gram range of characters that is not given."""


def with_preset(parameters: Mapping[str, Any]) -> Parameters:
    """Return parameters with the values of their preset for those that are not given.

    Parameters
    ----------
    parameters : mapping of str to object
        As ``get_params`` returns them.

    Raises
    ------
    ParameterError
        If the preset is not known, or both C and alpha are given.

    Examples
    --------
    >>> from torrential import TextClassifier
    >>> found = with_preset(TextClassifier(preset="accurate", max_iter=2).get_params())
    >>> found["views"], found["max_iter"]
    (['word:1-2', 'char_wb:2-5'], 2)
    """
    name = parameters.get("preset", DEFAULT)
    if name not in PRESETS:
        raise ParameterError(
            f"preset={name!r} is not known: choose one of {', '.join(map(repr, PRESETS))}."
        )
    preset = PRESETS[name]
    values = dict(parameters)
    _choose_terms(values, preset)
    _choose_strength(values, preset)
    if values["idf"] == AS_PRESET:
        values["idf"] = preset["idf"]
    rate = str(values["learning_rate"])
    usual = RATES.get(rate, rate_of(rate, None, preset["eta0"]))
    values["eta0"] = usual if values["eta0"] is None else values["eta0"]
    for each in ("n_features", "average", "max_iter"):
        if values[each] is None:
            values[each] = preset[each]
    return values


def _choose_terms(values: Parameters, preset: Mapping[str, Any]) -> None:
    """Choose views or a range of n-grams; who says how texts are split has no views."""
    is_usual = values["analyzer"] == USUAL["analyzer"] and values["ngram_range"] is None
    if values["views"] is None and is_usual:
        values["views"] = preset["views"]
    if values["ngram_range"] is not None:
        return
    if values["views"] is not None or callable(values["analyzer"]):
        values["ngram_range"] = USUAL["ngram_range"]
    else:
        is_word = values["analyzer"] == "word"
        values["ngram_range"] = preset["ngram_range"] if is_word else OF_CHARACTERS


def _choose_strength(values: Parameters, preset: Mapping[str, Any]) -> None:
    """Choose the strength of the penalty, where there is one."""
    C, alpha = values["C"], values["alpha"]
    if C is not None and alpha is not None:
        raise ParameterError(
            f"C={C!r} and alpha={alpha!r} are two strengths of one penalty: give one of them."
        )
    is_aggressive = str(values["learning_rate"]).startswith("pa")
    if C is None and alpha is None and values["penalty"] is not None and not is_aggressive:
        values["C"] = preset["C"]
    if values["C"] is None and alpha is None:
        values["alpha"] = 0.0
