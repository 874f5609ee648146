"""Batches of tables as frames of pandas or polars, as arrays, or as dicts of their values."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from torrential.data.columns.used import is_number, is_text, to_string, used_array, used_type
from torrential.extras import extra_module

Texts = Collection[str]
"""Names of the columns that are known to hold texts, even where a batch has only nulls."""


def pandas_frame(rows: pa.RecordBatch, texts: Texts) -> Any:
    """Return a pandas DataFrame.

    Numbers and booleans are floats, whether or not a batch has nulls: so a column has one type in
    all batches, and null is NaN. Texts are objects, with NaN for null, of which equal ones of a
    dictionary are one string; dates and times are pandas' own types, lists and maps are Python's.
    """
    pandas = extra_module("pandas", "A pipeline that takes frames of pandas")
    columns = {
        name: pandas.Series(values, dtype=object, copy=False) if _is_object(values) else values
        for name, values in _columns(rows, texts, _as_series).items()
    }  # pandas infers another type of strings than objects
    return pandas.DataFrame(columns, copy=False)


def polars_frame(rows: pa.RecordBatch, texts: Texts) -> Any:
    """Return a polars DataFrame; numbers and booleans are floats, and nulls stay null."""
    polars = extra_module("polars", "A pipeline that takes frames of polars")
    names = rows.schema.names
    arrays = [_plain(rows.column(name), is_texts=name in texts) for name in names]
    return polars.from_arrow(pa.Table.from_arrays(arrays, names=names))


def array_of(rows: pa.RecordBatch, texts: Texts) -> NDArray[Any]:
    """Return an array of shape (n_rows, n_columns); of objects if a column is not of numbers."""
    return np.column_stack(list(_columns(rows, texts, _as_objects).values()))


def dicts_of(rows: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return each row as a dict of its values, without nulls.

    Dates and times are text. An item of a list is a name of its own with the value 1, an item of
    a map one with its value.

    Examples
    --------
    >>> rows = pa.record_batch({"from": ["LAS", None], "tags": [["a", "b"], []]})
    >>> dicts_of(rows)
    [{'from': 'LAS', 'tags=a': 1, 'tags=b': 1}, {}]
    """
    found: list[dict[str, Any]] = [{} for _ in range(rows.num_rows)]
    for name, array in zip(rows.schema.names, rows.columns):
        values = _values_of(array).tolist()
        for row, value in zip(found, values):
            if value is not None and value == value:
                _add(row, name, value)
    return found


def pairs_of(rows: pa.RecordBatch) -> list[list[tuple[str, Any]]]:
    """Return each row as pairs of the names and values that `dicts_of` gives."""
    return [list(row.items()) for row in dicts_of(rows)]


def strings_of(rows: pa.RecordBatch) -> list[list[str]]:
    """Return each row as texts ``name=value``, of the names and values that `dicts_of` gives."""
    return [
        [name if "=" in name and value == 1 else _named(name, value) for name, value in row.items()]
        for row in dicts_of(rows)
    ]


def _add(row: dict[str, Any], name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        row.update({_named(name, key): n for key, n in value.items() if n is not None})
    elif isinstance(value, list):
        row.update({_named(name, item): 1 for item in value if item is not None})
    else:
        row[name] = value if isinstance(value, str | int | float) else str(value)


def _named(name: str, value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer()  # as a column with nulls may have it
    return f"{name}={int(value) if is_whole else value}"


def _columns(
    rows: pa.RecordBatch, texts: Texts, other: Callable[[pa.Array], Any]
) -> dict[str, Any]:
    """Return columns of numbers as floats, of texts as objects, and of other types by `other`."""
    names = rows.schema.names
    return {name: _column(rows.column(name), name in texts, other) for name in names}


def _column(array: pa.Array, is_texts: bool, other: Callable[[pa.Array], Any]) -> Any:
    kind = used_type(array.type)
    if pa.types.is_null(kind):
        return np.full(len(array), np.nan, object if is_texts else np.float64)
    if is_text(kind):
        return _texts(array)
    if is_number(kind) or pa.types.is_boolean(kind):
        return np.array(_floats(used_array(array)))  # a copy that steps may write to
    return other(used_array(array))


def _is_object(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype == object


def _floats(array: pa.Array) -> Any:
    if not pa.types.is_floating(array.type):
        array = array.cast(pa.float64(), safe=False)
    return array.to_numpy(zero_copy_only=False)


def _texts(array: pa.Array) -> NDArray[Any]:
    """Return texts as objects, with NaN for null."""
    if not pa.types.is_dictionary(array.type) or len(array.dictionary) > len(array):
        return _strings(used_array(array))
    words = np.append(_strings(used_array(array.dictionary)), np.nan)
    places = array.indices.cast(pa.int64()).fill_null(len(words) - 1)
    return np.asarray(words[places.to_numpy()])


def _strings(array: pa.Array) -> NDArray[Any]:
    values = _decoded(array).to_numpy(zero_copy_only=False)
    words: NDArray[Any] = np.array(values, object)
    if array.null_count:
        words[~np.asarray(array.is_valid())] = np.nan
    return words


def _decoded(array: pa.Array) -> pa.Array:
    is_bytes = pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type)
    return to_string(array, pa.large_string()) if is_bytes else array


def _as_series(array: pa.Array) -> Any:
    if pa.types.is_nested(array.type):
        return _as_objects(array)
    return array.to_pandas(date_as_object=False)


def _as_objects(array: pa.Array) -> NDArray[Any]:
    values = array.to_pylist()
    if pa.types.is_map(array.type):
        values = [None if each is None else dict(each) for each in values]
    return np.fromiter(values, object, len(values))


def _values_of(array: pa.Array) -> NDArray[Any]:
    """Return values of Python, with None or NaN for null."""
    kind = used_type(array.type)
    if is_text(kind) and not pa.types.is_null(kind):
        return _texts(array)
    if pa.types.is_decimal(kind):
        return np.asarray(_floats(used_array(array)))
    return _as_objects(used_array(array))


def _plain(array: pa.Array, *, is_texts: bool) -> pa.Array:
    array = used_array(array)
    kind = array.type
    if pa.types.is_null(kind):
        return array.cast(pa.large_string() if is_texts else pa.float64())
    if is_text(kind):
        return _decoded(array)
    if (is_number(kind) and not pa.types.is_floating(kind)) or pa.types.is_boolean(kind):
        return array.cast(pa.float64(), safe=False)
    return array
