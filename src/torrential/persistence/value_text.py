"""Single values of any Arrow type as text, column by column."""

import base64
import uuid
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.large_string()


def text_scalar(text: str) -> pa.Scalar:
    """Return a text as a value for all rows."""
    return pa.scalar(text, TEXT)


def is_text(kind: pa.DataType) -> bool:
    """Return whether a type holds strings."""
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def is_binary(kind: pa.DataType) -> bool:
    """Return whether a type holds bytes."""
    types = pa.types
    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def valid_text(column: pa.Array) -> pa.Array:
    """Return a column of strings or bytes as valid UTF-8; U+FFFD replaces invalid bytes.

    Parameters
    ----------
    column : pa.Array of strings or bytes, shape (n_rows,)

    Returns
    -------
    pa.Array of large_string, shape (n_rows,)
    """
    bytes_column = column.cast(pa.large_binary())
    try:
        return bytes_column.cast(TEXT)
    except pa.ArrowInvalid:
        return _each(bytes_column, lambda value: value.decode("utf-8", "replace"))


def value_text(column: pa.Array) -> pa.Array:
    r"""Return the text of each value of a column without nested types; nulls stay nulls.

    Strings are repaired if they are not valid UTF-8. Bytes are base64 (RFC 4648), UUIDs have their
    usual form, times are in ISO 8601 order with their offset, intervals are ISO 8601 durations,
    durations are numbers of their unit.

    Parameters
    ----------
    column : pa.Array of shape (n_rows,)

    Returns
    -------
    pa.Array of large_string, shape (n_rows,)

    Examples
    --------
    >>> value_text(pa.array([b"\xff", None])).to_pylist()
    ['/w==', None]
    """
    kind = column.type
    if is_text(kind):
        return valid_text(column)
    if is_binary(kind):
        return _each(column, lambda value: base64.b64encode(value).decode())
    if kind == pa.uuid():
        return _each(column.storage, lambda value: str(uuid.UUID(bytes=value)))
    if kind == pa.bool8():
        return column.storage.cast(pa.bool_()).cast(TEXT)
    if isinstance(column, pa.ExtensionArray):
        return value_text(column.storage)
    if pa.types.is_float16(kind):
        return column.cast(pa.float32()).cast(TEXT)
    if pa.types.is_interval(kind):
        return _each(column, _iso_duration)
    if pa.types.is_timestamp(kind):
        return _timestamps(column)
    return column.cast(TEXT)


def _timestamps(column: pa.Array) -> pa.Array:
    try:
        return column.cast(TEXT)
    except pa.ArrowInvalid:  # a time zone that this machine does not know
        return column.cast(pa.timestamp(column.type.unit, "UTC")).cast(TEXT)


def _iso_duration(value: Any) -> str:
    sign = "-" if value.nanoseconds < 0 else ""
    seconds, nanoseconds = divmod(abs(value.nanoseconds), 10**9)
    part = f".{nanoseconds:09}" if nanoseconds else ""
    return f"P{value.months}M{value.days}DT{sign}{seconds}{part}S"


def _each(column: pa.Array, text: Any) -> pa.Array:
    values = [None if value is None else text(value) for value in column.to_pylist()]
    return pa.array(values, TEXT)


def masked(texts: pa.Array, column: pa.Array) -> pa.Array:
    """Return the texts, null where the column is null."""
    if not column.null_count:
        return texts
    return pc.if_else(column.is_valid(), texts, pa.scalar(None, TEXT))
