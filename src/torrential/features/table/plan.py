"""What each column of a table is: guessed from its type and a sample of rows, or said."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_types import is_list_type
from torrential.errors import DataError, ParameterError
from torrential.features.table.settings import (
    CATEGORY,
    DATE,
    KINDS,
    LIST,
    MAP,
    NUMBERS,
    PARTS,
    QUANTILE,
    RAW,
    STANDARD,
    TEXT,
    VECTOR,
    Column,
)
from torrential.types import Float64

WORDS, DIFFERENT = 3.0, 0.5
"""Texts with more words on average, and with at least this share of different values, are no
categories."""

IDENTIFIER = re.compile(r"(^|[_.\- ])(id|ids|code|zip|zipcode|postcode|key|hash|uuid)$", re.I)
"""Names of whole numbers that are names."""


def check_kinds(kinds: Mapping[str, str], inputs: Sequence[str]) -> None:
    """Raise a ParameterError if a kind is not known, or names none of the inputs."""
    for name, kind in kinds.items():
        if not isinstance(name, str):
            raise ParameterError(f"kinds has {name!r}, which is not a name: give names of columns.")
        if kind not in KINDS:
            raise ParameterError(
                f"kinds has {name!r}: {kind!r}, which is not known: give one of {', '.join(KINDS)}."
            )
        if not any(each == name or fnmatchcase(each, name) for each in inputs):
            known = ", ".join(map(repr, inputs))
            raise ParameterError(f"kinds has {name!r}, which is not an input: choose from {known}.")


def plan_columns(
    sample: Mapping[str, pa.Array], kinds: Mapping[str, str], numbers: str, bins: int
) -> tuple[Column, ...]:
    """Return how each column becomes features.

    Parameters
    ----------
    sample : mapping of str to pyarrow.Array
        Some values of each input, or none where `sampled_kind` is None.
    kinds : dict
        Kinds that are said, by name or pattern; see `check_kinds`.
    numbers : str
        Kind of all other numbers.
    bins : int
        Bins of quantiles.

    Raises
    ------
    DataError
        If the values of a column are not of the kind, or a part of a date has the name of a column.
    """
    columns = tuple(
        _planned(name, array, _said(name, kinds), numbers, bins) for name, array in sample.items()
    )
    owners: dict[str, str] = {}
    for column in columns:
        for cell in column.cells:
            other = owners.setdefault(cell, column.name)
            if other != column.name:
                raise DataError(
                    f"Columns {other!r} and {column.name!r} both have values named {cell!r}: "
                    "rename one of them, or leave it out (drop=)."
                )
    return columns


def _said(name: str, kinds: Mapping[str, str]) -> str | None:
    if name in kinds:
        return kinds[name]
    return next((kind for pattern, kind in kinds.items() if fnmatchcase(name, pattern)), None)


def _planned(name: str, array: pa.Array, said: str | None, numbers: str, bins: int) -> Column:
    kind = said or guessed(name, array, numbers)
    if not is_possible(kind, array.type):
        raise DataError(
            f"kinds has {name!r}: {kind!r}, but the column holds {array.type}: leave it out of "
            "kinds, or give its type (read(types=))."
        )
    detail: tuple[float, ...] = ()
    if kind in (QUANTILE, STANDARD):
        values = numbers_of(array)
        values = values[np.isfinite(values)]
        detail = _edges(values, bins) if kind == QUANTILE else _moments(values)
    types = pa.types
    value = array.type.value_type if types.is_dictionary(array.type) else array.type
    holds_text = types.is_string(value) or types.is_large_string(value)
    return Column(name, kind, detail, parts_of(array.type) if kind == DATE else (), holds_text)


def sampled_kind(
    name: str, data_type: pa.DataType, kinds: Mapping[str, str], numbers: str
) -> str | None:
    """Return what the plan of a column looks for in its values; None if it needs none of them.

    It is the kind of numbers whose distribution counts, or TEXT where texts may be categories.
    """
    kind = _said(name, kinds) or _kind_of_type(name, data_type, numbers)
    if kind is None:
        return TEXT
    return kind if kind in (QUANTILE, STANDARD) else None


def guessed(name: str, array: pa.Array, numbers: str) -> str:
    """Return the kind of a column by its type, its name and its values."""
    kind = _kind_of_type(name, array.type, numbers)
    if kind is None:
        return TEXT if _is_prose(array) else CATEGORY
    return kind


def _kind_of_type(name: str, kind: pa.DataType, numbers: str) -> str | None:
    """Return the kind of a column by its type and its name; None for texts."""
    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_map(kind):
        return MAP
    if is_list_type(kind):
        return VECTOR if types.is_floating(kind.value_type) else LIST
    if types.is_floating(kind) or types.is_decimal(kind) or types.is_duration(kind):
        return numbers
    if types.is_integer(kind):
        return CATEGORY if IDENTIFIER.search(name) else numbers
    if types.is_temporal(kind):
        return DATE
    return None if types.is_string(kind) or types.is_large_string(kind) else CATEGORY


def _is_prose(array: pa.Array) -> bool:
    """Return whether most texts are different and have several words."""
    texts = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    texts = texts.drop_null()
    if len(texts) == 0 or pc.count_distinct(texts).as_py() < DIFFERENT * len(texts):
        return False
    n_spaces = pc.mean(pc.count_substring(texts, " ")).as_py()
    return bool(n_spaces + 1 > WORDS)


def is_possible(kind: str, data_type: pa.DataType) -> bool:
    """Return whether columns of a type can be of a kind."""
    types = pa.types
    value = data_type.value_type if types.is_dictionary(data_type) else data_type
    is_bag = is_list_type(value)
    if kind in (LIST, VECTOR, MAP) and types.is_null(value):
        return True
    if kind in (LIST, VECTOR):
        is_numeric = is_bag and (
            types.is_floating(value.value_type)
            or types.is_integer(value.value_type)
            or types.is_null(value.value_type)
        )
        return bool(is_bag if kind == LIST else is_numeric)
    if kind == MAP or types.is_map(value):
        return bool(kind == MAP and types.is_map(value))
    if is_bag:
        return False
    if types.is_null(value):
        return True
    is_text = types.is_string(value) or types.is_large_string(value)
    if kind == TEXT:
        return bool(is_text or types.is_binary(value) or types.is_large_binary(value))
    if kind == DATE:
        return bool(types.is_temporal(value) and not types.is_duration(value))
    if kind in NUMBERS:
        return bool(
            types.is_floating(value)
            or types.is_integer(value)
            or types.is_decimal(value)
            or types.is_boolean(value)
            or types.is_duration(value)
        )
    return True


def parts_of(data_type: pa.DataType) -> tuple[str, ...]:
    """Return the parts of a type of dates or times."""
    if pa.types.is_time(data_type):
        return PARTS[:1]
    return PARTS if pa.types.is_timestamp(data_type) else PARTS[1:]


def numbers_of(array: pa.Array) -> Float64:
    """Return numbers as float64; a null is nan."""
    if pa.types.is_null(array.type):
        return np.full(len(array), np.nan)
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    if pa.types.is_duration(array.type):
        array = array.cast(pa.int64())
    if array.type != pa.float64():
        array = array.cast(pa.float64(), safe=False)
    if array.null_count:
        array = array.fill_null(np.nan)
    return np.asarray(array.to_numpy(zero_copy_only=False))


def _edges(values: Float64, bins: int) -> tuple[float, ...]:
    if len(values) == 0:
        return ()
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1], method="lower")
    return tuple(np.unique(edges).tolist())


def _moments(values: Float64) -> tuple[float, ...]:
    if len(values) == 0:
        return 0.0, 1.0
    deviation = float(values.std())
    return float(values.mean()), deviation if deviation > 0 else 1.0


__all__ = [
    "RAW",
    "check_kinds",
    "guessed",
    "numbers_of",
    "parts_of",
    "plan_columns",
    "sampled_kind",
]
