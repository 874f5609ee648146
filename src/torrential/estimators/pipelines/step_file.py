"""Steps of pipelines as JSON: their classes by name, their parameters, and their parts.

A class is one of torrential's or of scikit-learn's public estimators; parameters are plain.
"""

import inspect
from functools import cache
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from torrential.engine.checkpoints.file import is_left_out, plain
from torrential.errors import DataError, ParameterError
from torrential.estimators.common.saving import PARAMETERS, SCALAR
from torrential.estimators.hashing.tfidf import HashedTfidfTransformer
from torrential.estimators.hashing.vectorizer import HashingVectorizer
from torrential.estimators.linear import Perceptron, SGDClassifier, SGDRegressor
from torrential.schema import count, either, list_of, optional, record, text

OWN = {
    cls.__name__: cls
    for cls in (
        HashedTfidfTransformer,
        HashingVectorizer,
        Perceptron,
        SGDClassifier,
        SGDRegressor,
    )
}

COMPOSED = {Pipeline: "steps", FeatureUnion: "transformer_list", ColumnTransformer: "transformers"}
"""Steps that have parts, and the parameter that holds them."""

MAX_DEPTH = 8
"""Most steps within one another."""

COLUMNS = either(
    text(), count, list_of(either(text(), count, what="a name or place")), what="names or places"
)


def step_of_file(value: Any, place: str) -> None:
    """Check that a value describes a step; its parts are words such as "drop", or steps."""
    if place.count("part") > MAX_DEPTH:
        raise DataError(f"it has more than {MAX_DEPTH} steps within one another")
    _STEP(value, place)


_PART = either(record({"word": text()}), step_of_file, what="a step or a word")

_STEP = record(
    {"name": text(), "library": text(), "class": text(), "parameters": PARAMETERS},
    extra={
        "categories": list_of(list_of(optional(SCALAR))),
        "parts": list_of(_PART, max_length=1000),
        "columns": COLUMNS,
        "part_of_others": _PART,
    },
)


def step_to_json(name: str, step: Any) -> dict[str, Any]:
    """Describe a step.

    Raises
    ------
    ParameterError
        If it is of another library, or has a parameter that is not plain.
    """
    if step is None or isinstance(step, str):
        return {"name": name, "word": step or "passthrough"}
    cls = type(step)
    library = cls.__module__.partition(".")[0]
    if cls.__name__ == "ColumnHasher" and library == "torrential":
        raise ParameterError(
            f"Step {name!r} is a ColumnHasher, whose plan of the columns only the files of "
            "TableClassifier and TableRegressor hold: learn with one of these, or pickle the model."
        )
    if _class_of(library, cls.__name__) is not cls:
        raise ParameterError(
            f"Step {name!r} is a {cls.__name__}, which a model file cannot name: only estimators "
            "of torrential and scikit-learn can be saved without pickle."
        )
    described: dict[str, Any] = {"name": name, "library": library, "class": cls.__name__}
    parameters = step.get_params(deep=False)
    if cls in COMPOSED:
        parts = parameters.pop(COMPOSED[cls])
        described["parts"] = [_part_to_json(name, *part) for part in parts]
    if cls is ColumnTransformer:
        described["part_of_others"] = step_to_json("remainder", parameters.pop("remainder"))
    if not isinstance(parameters.get("categories", ""), str):
        lists = [plain(f"{name}__categories", list(each)) for each in parameters.pop("categories")]
        described["categories"] = lists
    described["parameters"] = _plain_parameters(name, cls, parameters)
    try:
        step_of_file(described, name)
    except DataError as error:
        raise ParameterError(f"A model file cannot hold step {name!r}: {error}.") from None
    return described


def _part_to_json(step: str, name: str, part: Any, columns: Any = None) -> dict[str, Any]:
    described = step_to_json(name, part)
    if columns is None:
        return described
    columns = columns.tolist() if hasattr(columns, "tolist") else columns
    try:
        COLUMNS(columns, "")
    except DataError:
        raise ParameterError(
            f"{step} chooses columns for {name!r} by {columns!r:.80}, which a model file cannot "
            "hold: list their names."
        ) from None
    return {**described, "columns": columns}


def _plain_parameters(name: str, cls: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for each, value in parameters.items():
        if is_left_out(each, value):
            continue
        default = inspect.signature(cls).parameters[each].default
        if value is not default or isinstance(value, str | int | float | bool | None):
            found[each] = plain(f"{name}__{each}", value)
    return found


def step_of(described: dict[str, Any]) -> Any:
    """Return the step that `step_to_json` described, not fitted."""
    if "word" in described:
        return described["word"]
    cls = _class_of(described["library"], described["class"])
    if cls is None:
        raise DataError(f"it has a step of the unknown class {described['class']!r:.80}")
    known = inspect.signature(cls).parameters
    parameters = {}
    for name, value in described["parameters"].items():
        if name not in known:
            raise DataError(f"{described['class']} has no parameter {name!r:.80} here")
        is_tuple = isinstance(known[name].default, tuple) and isinstance(value, list)
        parameters[name] = tuple(value) if is_tuple else value
    if "categories" in described:
        parameters["categories"] = described["categories"]
    if cls in COMPOSED:
        parameters[COMPOSED[cls]] = [_part_of(part, cls) for part in described.get("parts", [])]
    if "part_of_others" in described:
        parameters["remainder"] = step_of(described["part_of_others"])
    try:
        return cls(**parameters)
    except TypeError as error:
        raise DataError(f"it has a step that is none: {error}") from error


def _part_of(described: dict[str, Any], cls: Any) -> tuple[Any, ...]:
    part = described.get("name"), step_of(described)
    return (*part, described.get("columns")) if cls is ColumnTransformer else part


def _class_of(library: str, name: str) -> Any:
    """Return an estimator's class by its name, from lists that a file cannot extend."""
    if library == "torrential":
        return OWN.get(name)
    if library != "sklearn":
        return None
    return _public_estimators().get(name)


@cache
def _public_estimators() -> dict[str, Any]:
    """Return scikit-learn's estimators by name, which imports all of its modules."""
    from sklearn.utils import all_estimators

    return dict(all_estimators())
