"""Gates: conditions on the predictions of earlier models, which say what later models see."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torrential.engine.scoring.contract import Predictions
from torrential.engine.scoring.label_names import code_of
from torrential.errors import ParameterError
from torrential.types import Bool

_PART = re.compile(
    r"""\s*(?P<name>[^=!<>]+?)\s*(?P<sign>!=|>=|<=|=|>|<)\s*"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s"'=!<>]+)\s*(?P<end>and\s|\Z)""",
    re.IGNORECASE,
)
_PROBABILITY = ".probability"

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

FORM = (
    "NAME = LABEL, NAME != LABEL, NAME.probability >= 0.8, or NAME >= 3 for a model of numbers, "
    "joined by 'and'"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison with the prediction of a model.

    Attributes
    ----------
    model : int
        Number of the model.
    is_of_probability : bool
        Whether the probability or number is compared, or else the code of the label.
    sign : str
    value : float
    """

    model: int
    is_of_probability: bool
    sign: str
    value: float

    def holds(self, predictions: Predictions) -> Bool:
        """Return in which rows it holds."""
        if self.is_of_probability:
            found = predictions.probabilities[:, 0]
            return np.asarray(COMPARISONS[self.sign](found, np.float32(self.value)))
        return np.asarray(COMPARISONS[self.sign](predictions.get([int(self.value)]), True))


@dataclass(frozen=True, slots=True)
class Gate:
    """Conditions that all have to hold.

    Attributes
    ----------
    conditions : tuple of Condition
    """

    conditions: tuple[Condition, ...]

    @property
    def first_gated(self) -> int:
        """Number of the first model that is behind it: the one after all that it reads."""
        return max(condition.model for condition in self.conditions) + 1


def parse_gate(text: str, names: Sequence[str], labels: Sequence[Sequence[Any]]) -> Gate:
    """Return the gate that a text describes.

    Parameters
    ----------
    text : str
        Such as ``"language = en and language.probability >= 0.8"``; values with spaces in quotes.
    names : sequence of str
        Name of each model.
    labels : sequence of sequence
        Labels of each model, by code; none of a model of numbers.

    Raises
    ------
    ParameterError
        If it is not a condition, names no model, a label that the model lacks, or the last model.

    Examples
    --------
    >>> gate = parse_gate("lang = en", ["lang", "topic"], [["de", "en"], ["sports"]])
    >>> gate.conditions[0].value, gate.first_gated
    (1, 1)
    """
    conditions, place = [], 0
    while True:
        part = _PART.match(text, place)
        if part is None:
            raise ParameterError(f"where={text!r} is not a condition: give {FORM}.")
        conditions.append(_condition(part, names, labels))
        place = part.end()
        if not part["end"]:
            break
    gate = Gate(tuple(conditions))
    if gate.first_gated == len(names):
        raise ParameterError(
            f"where={text!r} reads the last model, {names[-1]!r}, behind which there is none: name "
            "it before the models that the condition is for."
        )
    return gate


def _condition(part: re.Match[str], names: Sequence[str], labels: Sequence[Any]) -> Condition:
    name, sign, value = part["name"], part["sign"], part["value"].strip("\"'")
    is_of_probability = name not in names and name.endswith(_PROBABILITY)
    name = name.removesuffix(_PROBABILITY) if is_of_probability else name
    if name not in names:
        raise ParameterError(
            f"where names the model {name!r}, which there is not: give one of "
            f"{', '.join(map(repr, names))}."
        )
    model = list(names).index(name)
    has_labels = len(labels[model]) > 0
    if is_of_probability and not has_labels:
        raise ParameterError(
            f"where names a probability of {name!r}, which predicts numbers: compare {name} itself."
        )
    if is_of_probability or not has_labels:
        try:
            return Condition(model, True, sign, float(value))
        except ValueError:
            what, advice = (
                ("a probability", "a number from 0 to 1")
                if has_labels
                else (f"the numbers of {name!r}", "a number")
            )
            raise ParameterError(f"where compares {what} with {value!r}: give {advice}.") from None
    if sign not in ("=", "!="):
        raise ParameterError(
            f"where compares the label of {name!r} by {sign!r}: give = or !=, or compare "
            f"{name}.probability."
        )
    return Condition(model, False, sign, code_of(value, labels[model], "where"))
