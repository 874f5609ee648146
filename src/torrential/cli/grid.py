"""``--grid``: parameters to search, and the values of each to try."""

from collections.abc import Mapping, Sequence
from typing import Any

from torrential.cli.parameters import Parameter, parameters
from torrential.cli.usage import nearest
from torrential.cli.values import FLAG, Converter
from torrential.errors import ParameterError

SWITCH = Converter("yes|no", lambda word: {"yes": True, "no": False}[word], "yes or no")


def read_grid(words: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of each parameter.

    >>> read_grid(["alpha=0,1e-6", "ngram_range=1-1,1-2", "loss=hinge"])
    {'alpha': [0.0, 1e-06], 'ngram_range': [(1, 1), (1, 2)], 'loss': ['hinge']}

    Raises
    ------
    ParameterError
        A word without a name or values, a name that is none of TextClassifier's, one that comes
        twice, or an invalid value.
    """
    known = {each.name: each for each in parameters()}
    grid: dict[str, list[Any]] = {}
    for word in words:
        name, _, values = word.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        name = "max_iter" if name == "epochs" else name
        if not values:
            raise ParameterError(
                f"--grid {word!r} has no values: give a parameter with those to try, such as "
                "'alpha=0,1e-6,1e-5'."
            )
        if name not in known:
            options = {f"--{each.replace('_', '-')}": each for each in known}
            near = [options[each] for each in nearest(f"--{name.replace('_', '-')}", [*options])]
            advice = (
                f"did you mean {' or '.join(map(repr, near))}?"
                if near
                else f"choose among {', '.join(map(repr, known))}."
            )
            raise ParameterError(f"--grid {word!r}: {name!r} is not a parameter: {advice}")
        if name in grid:
            raise ParameterError(f"--grid names {name!r} twice: give all its values at once.")
        grid[name] = [_value(known[name], value) for value in values.split(",")]
    return grid


def _value(parameter: Parameter, word: str) -> Any:
    converter = SWITCH if parameter.annotation == FLAG else parameter.converter
    try:
        return converter(parameter.name, word)
    except KeyError:
        raise ParameterError(
            f"--grid {parameter.name}={word!r} is invalid: give {converter.expected}."
        ) from None


def shown(settings: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return the values of a candidate in the form in which users give them.

    >>> shown({"alpha": 1e-06, "ngram_range": (1, 2), "idf": None}, ["alpha", "ngram_range", "idf"])
    ['1e-06', '1-2', 'none']
    """
    return [_word(settings[name]) for name in names]


def _word(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(map(str, value))
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return {None: "none", True: "yes", False: "no"}.get(value, str(value))
