"""Rows of Python as a model of tables takes them: its maps and lists are not structs or columns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.sources.tables import is_table
from torrential.errors import DataError
from torrential.features.table.settings import LIST, MAP, VECTOR, Column

NUMBERS = pa.list_(pa.float64())


def as_learned(X: Any, columns: Sequence[Column]) -> Any:
    """Return a table in memory with the types that a model has learned; a row is a table of one.

    A dict within a row is a map where the model has learned one, and else has fields by dotted
    names. So are the structs of frames and of Arrow tables.

    Parameters
    ----------
    X : dict of values or of columns, list of dicts, frame, Arrow table, or anything else
    columns : sequence of Column
        Those of the model.

    Raises
    ------
    DataError
        If a map has values that are not numbers.

    Examples
    --------
    >>> found = as_learned({"words": {"good": 1, "bad": 2}}, [Column("words", MAP)])
    >>> found["words"].type, found["words"].to_pylist()
    (MapType(map<string, double>), [[('good', 1.0), ('bad', 2.0)]])
    """
    kinds = {column.name: column.kind for column in columns}
    if isinstance(X, Mapping) and is_row(X, kinds):
        X = [X]
    if not kinds.keys() & _names(X) or not {LIST, VECTOR, MAP} & {*kinds.values()}:
        return X
    if isinstance(X, list | tuple):
        names = dict.fromkeys(name for row in X for name in row)
        X = {name: [row.get(name) for row in X] for name in names}
    if hasattr(X, "iloc"):  # a frame of pandas
        X = {str(name): X.iloc[:, place] for place, name in enumerate(X.columns)}
    if isinstance(X, Mapping):
        return {name: _typed(values, name, kinds.get(name)) for name, values in X.items()}
    maps = [name for name in _names(X) if kinds.get(name) == MAP]
    return _with_maps(pa.table(X), maps) if maps and not hasattr(X, "collect") else X


def is_row(item: Mapping[str, Any], kinds: Mapping[str, str]) -> bool:
    """Return whether a dict has the values of one row, and not columns.

    Parameters
    ----------
    item : mapping of str to any
    kinds : mapping of str to str
        Kinds of the columns that the model has learned.

    Examples
    --------
    >>> is_row({"a": 1}, {}), is_row({"a": [1]}, {}), is_row({"a": ["x"]}, {"a": LIST})
    (True, False, True)
    """
    return any(_is_value(value, name, kinds) for name, value in item.items())


def _is_value(value: Any, name: str, kinds: Mapping[str, str]) -> bool:
    """Return whether this is the value of a row, and not a column of values."""
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        return True
    kind = kinds.get(name)
    if isinstance(value, Mapping):
        is_empty_map = kind == MAP and not value
        return is_empty_map or is_row({f"{name}.{key}": each for key, each in value.items()}, kinds)
    if kind not in (LIST, VECTOR, MAP) or not isinstance(value, list | tuple | np.ndarray):
        return False
    first = next((each for each in value if each is not None), None)
    if kind == MAP:  # pairs of a key and a number
        return isinstance(first, tuple | list) and len(first) == 2 and isinstance(first[0], str)
    return first is not None and (isinstance(first, str) or not hasattr(first, "__len__"))


def _names(X: Any) -> set[str]:
    """Return the names of the columns of a table in memory; of anything else none."""
    if isinstance(X, Mapping):
        return {*X}
    if isinstance(X, list | tuple):
        return {name for row in X for name in row} if is_table(X) else set()
    names = getattr(X, "column_names", None) or getattr(X, "columns", None)
    if isinstance(X, pa.RecordBatch):
        names = X.schema.names
    return {str(name) for name in names} if names is not None and is_table(X) else set()


def _typed(values: Any, name: str, kind: str | None) -> Any:
    """Return a column in the type of its kind, where its values do not say it."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        is_struct = kind == MAP and pa.types.is_struct(values.type)
        return _map_of(values, name) if is_struct else values
    if kind == MAP and not isinstance(values, Mapping):
        return _maps(values, name)
    if kind == VECTOR and not hasattr(values, "to_arrow"):
        try:
            return pa.array(values, NUMBERS, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError):
            return values  # its own error says what it holds
    return values


def _maps(values: Iterable[Any], name: str) -> pa.Array:
    """Return a column of maps from dicts, or lists of pairs; what is missing is null."""
    rows: list[list[tuple[Any, float | None]] | None] = []
    for value in values:
        if value is None or value != value:
            rows.append(None)
            continue
        pairs = value.items() if isinstance(value, Mapping) else value
        rows.append([(key, _number(number, key, name)) for key, number in pairs])
    keys = [key for row in rows or () if row for key, _ in row]
    try:
        kind = pa.array(keys).type if keys else pa.string()
        return pa.array(rows, pa.map_(kind, pa.float64()))
    except (pa.ArrowException, UnicodeError, TypeError, ValueError) as error:
        raise DataError(
            f"Column {name!r} has keys of several types ({error}): give strings."
        ) from error


def _number(value: Any, key: Any, name: str) -> float | None:
    if value is None:
        return None
    try:
        if isinstance(value, str | bytes):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise DataError(
            f"Column {name!r} has {value!r:.40} for {key!r}, where the model has learned numbers: "
            "give a number."
        ) from None


def _with_maps(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """Return a table with maps in place of the structs of some columns."""
    for name in names:
        place = table.schema.get_field_index(name)
        if place >= 0 and pa.types.is_struct(table.schema.field(place).type):
            table = table.set_column(place, name, _map_of(table.column(place), name))
    return table


def _map_of(structs: pa.Array | pa.ChunkedArray, name: str) -> pa.Array:
    """Return structs as maps of their fields that are not null."""
    rows = [
        None if row is None else {key: value for key, value in row.items() if value is not None}
        for row in structs.to_pylist()
    ]
    return _maps(rows, name)
