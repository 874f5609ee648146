"""Tables in memory, of any kind, as Arrow record batches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.columns.intact import require_intact, require_intact_array
from torrential.errors import DataError

UNREAD = {"Int128", "UInt128", "Object"}
"""Types of polars that Arrow lacks; objects of Python would become addresses."""


def is_table(item: Any) -> bool:
    """Return whether an item is a frame, an Arrow table, a dict or a list of dicts."""
    if isinstance(item, list | tuple):
        return bool(item) and all(isinstance(row, Mapping) for row in item)
    return (
        isinstance(item, Mapping | pa.Table | pa.RecordBatch)
        or hasattr(item, "__arrow_c_stream__")
        or _is_lazy_frame(item)
    )


def _is_lazy_frame(item: Any) -> bool:
    return _is_polars(item) and hasattr(item, "collect")


def _is_pandas(item: Any) -> bool:
    return type(item).__module__.startswith("pandas")


def to_batches(item: Any, text: Sequence[str]) -> list[pa.RecordBatch]:
    """Return record batches of a table; lone surrogates in the named columns are replaced.

    Raises
    ------
    DataError
        A column that Arrow cannot hold, columns of different lengths, or damaged arrays.
    """
    if isinstance(item, pa.RecordBatch):
        require_intact(item, "The record batch")
        return [item]
    table = _to_table(item, text)
    for number, rows in enumerate(table.to_batches()):
        require_intact(rows, f"Record batch {number} of the table")
    # Many chunks of few rows each would be as many batches.
    if table.num_columns and table.column(0).num_chunks * 1024 > table.num_rows:
        table = table.combine_chunks()
    return list(table.to_batches())


def _to_table(item: Any, text: Sequence[str]) -> pa.Table:
    if _is_lazy_frame(item):
        item = item.collect()
    if isinstance(item, pa.Table):
        return item
    if isinstance(item, list | tuple):
        names = dict.fromkeys(name for row in item for name in row)
        item = {name: [row.get(name) for row in item] for name in names}
    if _is_pandas(item):
        # Through its columns: its own stream would bring the index along.
        columns = [(name, item.iloc[:, i]) for i, name in enumerate(item.columns)]
    elif isinstance(item, Mapping):
        columns = list(item.items())
    else:
        return _from_stream(item)
    arrays = [_column(values, str(name), text) for name, values in columns]
    try:
        return pa.Table.from_arrays(arrays, names=[str(name) for name, _ in columns])
    except pa.ArrowInvalid as error:
        raise _other_lengths([(name, each) for (name, _), each in zip(columns, arrays)]) from error


def _column(values: Any, name: str, text: Sequence[str]) -> Any:
    """Make a column; a dict of columns becomes a column of structs."""
    if name in text:
        return text_array(values, f"column {name!r}")
    if not isinstance(values, Mapping):
        return value_array(values, f"Column {name!r}")
    fields = {
        str(inner): _column(column, f"{name}.{inner}", text) for inner, column in values.items()
    }
    whole = [_in_one(array) for array in fields.values()]
    if len({len(array) for array in whole}) > 1:
        raise _other_lengths(list(zip((f"{name}.{inner}" for inner in fields), whole)))
    return pa.StructArray.from_arrays(whole, list(fields))


def _in_one(array: Any) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _other_lengths(columns: list[tuple[Any, Any]]) -> DataError:
    lengths = ", ".join(f"{name!r} {len(array)}" for name, array in columns)
    return DataError(f"The columns have different numbers of rows ({lengths}): make them equal.")


def _from_stream(item: Any) -> pa.Table:
    for name, kind in getattr(item, "schema", {}).items() if _is_polars(item) else ():
        check_kind(kind, f"Column {name!r}")
    return pa.table(item)


def _is_polars(item: Any) -> bool:
    return type(item).__module__.startswith("polars")


def check_kind(kind: Any, name: str) -> None:
    """Raise DataError for polars types that Arrow lacks; the message begins with the name."""
    shown = str(kind)
    if shown in UNREAD:
        raise DataError(
            f"{name} is of type {shown}, whose values Arrow does not hold: convert it, for example "
            "to strings, or leave it out."
        )


def value_array(values: Any, name: str) -> pa.Array | pa.ChunkedArray:
    """Return an array of labels, weights or other values; NaN is null, lone surrogates are `?`.

    Raises
    ------
    DataError
        Values of several types, or more than one per row; its sentence begins with the name.
    """
    if isinstance(values, pa.Array | pa.ChunkedArray):
        require_intact_array(values, name)
        return values
    check_kind(getattr(values, "dtype", None), name)
    if hasattr(values, "to_arrow"):
        return values.to_arrow()
    if hasattr(values, "sparse"):  # of pandas
        values = values.sparse.to_dense()
    n_dimensions = getattr(values, "ndim", 1 if isinstance(values, Iterable) else 0)
    if n_dimensions != 1 or isinstance(values, str | bytes):
        raise DataError(f"{name} has {n_dimensions} dimensions: pass one value per row.")
    try:
        return _exact_array(values)
    except (pa.ArrowException, UnicodeError, OverflowError, TypeError, ValueError) as error:
        raise DataError(
            f"{name} has values of several types, or of one that Arrow does not know ({error}): "
            "give it one type, such as strings."
        ) from error


def label_array(values: Any, name: str) -> pa.Array | pa.ChunkedArray:
    """Return an array of labels, or of lists of the columns that are 1 in a matrix of 0 and 1.

    Raises
    ------
    DataError
        As for `value_array`; or a matrix holds other values.

    Examples
    --------
    >>> label_array(np.array([[0, 1, 1], [0, 0, 0]]), "y").to_pylist()
    [[1, 2], []]
    """
    if not is_indicator(values):
        return value_array(values, name)
    matrix = values.tocsr() if hasattr(values, "tocsr") else np.asarray(values)
    content = matrix.data if hasattr(values, "tocsr") else matrix
    if not np.isin(content, (0, 1)).all():
        raise DataError(
            f"{name} is a matrix with other values than 0 and 1: pass one value per row, a list of "
            "labels per row, or say by 0 and 1 which labels a row has."
        )
    rows, columns = matrix.nonzero()
    order = np.lexsort((columns, rows))
    ends = np.append(0, np.cumsum(np.bincount(rows, minlength=matrix.shape[0])))
    return pa.LargeListArray.from_arrays(pa.array(ends), pa.array(columns[order].astype(np.int64)))


def is_indicator(values: Any) -> bool:
    """Return whether labels are given as a matrix with a column for each, not as rows."""
    is_matrix = getattr(values, "ndim", 1) == 2 and not isinstance(values, list | tuple)
    return is_matrix and hasattr(values, "shape") and values.shape[1] > 1


def _exact_array(values: Any) -> pa.Array | pa.ChunkedArray:
    try:
        array = pa.array(values, from_pandas=True)
    except UnicodeError:
        return pa.array([_without_surrogates(value) for value in values], from_pandas=True)
    except OverflowError:
        # Arrow takes Python's integers for signed ones.
        if all(value is None or isinstance(value, int) for value in values):
            return pa.array(values, pa.uint64())
        raise
    if array.type == pa.binary() and any(isinstance(value, str) for value in values):
        # Arrow would make one label of "a" and b"a".
        raise TypeError("str and bytes")
    return array


def _without_surrogates(value: Any) -> Any:
    """Return a value whose strings, at any depth, can be encoded."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {key: _without_surrogates(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(each) for each in value]
    return value


def text_array(values: Any, name: str) -> pa.Array | pa.ChunkedArray:
    """Return an array of texts: str, bytes, or None; lone surrogates are replaced by ``?``.

    Raises
    ------
    DataError
        A single string, or a value that is not text.
    """
    if isinstance(values, str | bytes):
        raise DataError(
            f"The {name} is one string: pass a list of strings, one per row, or single rows as a "
            "list of dicts."
        )
    if isinstance(values, pa.Array | pa.ChunkedArray):
        require_intact_array(values, f"An array of the {name}")
        return values
    if hasattr(values, "to_arrow"):
        return values.to_arrow()
    if not hasattr(values, "__len__"):
        values = list(values)
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise DataError(f"The {name} has {values.ndim} dimensions: pass one text per row.")
    if len(values) == 0:  # pyarrow makes an array of two types of some empty ones of pandas
        return pa.array([], pa.large_string())
    try:
        return pa.array(values, pa.large_string(), from_pandas=True)
    except (pa.ArrowException, UnicodeError):
        return pa.array([_encode(value, i, name) for i, value in enumerate(values)])


def _encode(value: Any, row: int, name: str) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if value is None or isinstance(value, bytes):
        return value
    # NaN, pandas' NaT and NA: what pandas puts in place of a missing string.
    if type(value).__name__ in ("NAType", "NaTType") or value != value:
        return None
    raise DataError(
        f"Row {row} of the {name} is of type {type(value).__name__}, not text: pass strings."
    )
