"""Bring used columns to their types: each value exactly, or an error that names its row."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_casts import exact_cast, plain_array, strings
from torrential.arrow_types import common_type, plain_type
from torrential.errors import DataError

ASKED = {b"torrential": b"asked"}
"""Metadata of a field whose type the user requested."""

MAX_EXACT = 2**53
"""Largest integer up to which floats are exact."""


def is_asked(field: pa.Field) -> bool:
    """Return whether the user requested the type of a field."""
    return bool((field.metadata or {}).get(b"torrential") == ASKED[b"torrential"])


def asked(field: pa.Field, data_type: pa.DataType) -> pa.Field:
    """Return a field of a type that is requested."""
    return field.with_type(data_type).with_metadata({**(field.metadata or {}), **ASKED})


def used_type(data_type: pa.DataType) -> pa.DataType:
    """Return the type of the values: without dictionary, run-end encoding, view or extension.

    Examples
    --------
    >>> used_type(pa.dictionary(pa.uint8(), pa.string_view()))
    DataType(large_string)
    >>> used_type(pa.uuid())
    DataType(string)
    """
    types = pa.types
    if types.is_dictionary(data_type) or types.is_run_end_encoded(data_type):
        return used_type(data_type.value_type)
    if isinstance(data_type, pa.BaseExtensionType):
        if data_type.extension_name == "arrow.uuid":
            return pa.string()
        if data_type.extension_name == "arrow.bool8":
            return pa.bool_()
        return used_type(data_type.storage_type)
    if types.is_fixed_size_binary(data_type):
        return pa.binary()
    if types.is_float16(data_type):  # few functions of pyarrow 20 take it
        return pa.float32()
    if types.is_decimal(data_type) and data_type.bit_width < 128:
        return pa.decimal128(data_type.precision, data_type.scale)
    return plain_type(data_type)


def used_array(array: pa.Array) -> pa.Array:
    """Return the same values in the type that `used_type` names."""
    kind, types = array.type, pa.types
    wanted = used_type(kind)
    if kind == wanted:
        return array
    if types.is_dictionary(kind):
        return used_array(array.dictionary).take(array.indices)
    if types.is_run_end_encoded(kind):
        return _repeated(array)
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return pa.array([None if each is None else str(each) for each in array.to_pylist()])
        storage = used_array(array.storage)
        return pc.not_equal(storage, 0) if types.is_boolean(wanted) else storage
    has_cast = (types.is_fixed_size_binary, types.is_decimal, types.is_float16)
    return array.cast(wanted) if any(is_such(kind) for is_such in has_cast) else plain_array(array)


def input_array(array: pa.Array) -> pa.Array:
    """Return the same values as `used_array` does, but texts of a dictionary with theirs.

    Examples
    --------
    >>> cities = pa.array(["LAS", "PHL", "LAS"], pa.string_view()).dictionary_encode()
    >>> input_array(cities).type
    DictionaryType(dictionary<values=large_string, indices=int32, ordered=0>)
    """
    if not pa.types.is_dictionary(array.type) or not is_text(array.type):
        return used_array(array)
    if array.type.value_type == used_type(array.type):
        return array
    return pa.DictionaryArray.from_arrays(array.indices, used_array(array.dictionary))


def _repeated(array: pa.Array) -> pa.Array:
    """Decode runs of any type, including the types that Arrow's own function does not support."""
    ends = np.asarray(array.run_ends)
    rows = np.arange(array.offset, array.offset + len(array))
    return used_array(array.values).take(pa.array(np.searchsorted(ends, rows, side="right")))


def is_text(data_type: pa.DataType) -> bool:
    """Return whether an Arrow type holds strings, bytes or only nulls."""
    kind = used_type(data_type)
    return any(
        is_such(kind)
        for is_such in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_null,
        )
    )


def is_number(data_type: pa.DataType) -> bool:
    """Return whether an Arrow type holds numbers."""
    kind, types = used_type(data_type), pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


Fail = Callable[[int, Any, str], DataError]
"""Makes the error of a value, given its row, the value and its type."""


def settled(array: pa.Array, field: pa.Field, fail: Fail) -> pa.Array:
    """Return a column in the type of a field; numbers that do not fit keep a wider type.

    Parameters
    ----------
    array : pa.Array
    field : pa.Field
        Null is the type of a column that no value has settled yet. If the user requested the
        type, it is never another one.
    fail : Fail
    """
    wanted = field.type
    if array.type == wanted:
        return array
    array = used_array(array)
    if array.type == wanted or pa.types.is_null(wanted):
        return array
    asked = is_asked(field)
    found = _converted(array, wanted, is_asked=asked)
    if found is not None:
        return found
    if not asked and is_number(array.type) and is_number(wanted):
        return array
    row = next(
        row
        for row in range(len(array))
        if _converted(array.slice(row, 1), wanted, is_asked=asked) is None
    )
    raise fail(row, _shown(array[row]), str(array.type))


def _shown(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except UnicodeDecodeError as error:
        return error.object


def as_weights(array: pa.Array, fail: Fail) -> pa.Array:
    """Return numbers as float64; null and NaN become null, as in pandas."""
    array = used_array(array)
    if pa.types.is_float64(array.type):
        return without_nan(array)
    if array.null_count == len(array):
        return pa.nulls(len(array), pa.float64())
    if not is_number(array.type):
        row = int(np.flatnonzero(array.is_valid())[0])
        raise fail(row, array[row].as_py(), str(array.type))
    return without_nan(array.cast(pa.float64(), safe=False))


def without_nan(array: pa.Array) -> pa.Array:
    """Return floats with null in place of NaN."""
    return pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)


def joined(arrays: list[pa.Array]) -> pa.Array:
    """Concatenate columns; different types become a type that holds all values.

    Raises
    ------
    DataError
        If there is no such type.
    """
    kinds = {array.type for array in arrays}
    if len(kinds) == 1:
        return pa.concat_arrays(arrays)
    wanted = pa.null()
    for kind in kinds:
        wanted = None if wanted is None else common_type(wanted, kind)
    cast = [None if wanted is None else exact_cast(array, wanted) for array in arrays]
    if any(array is None for array in cast):
        raise DataError(
            f"A column holds values of the types {' and '.join(sorted(map(str, kinds)))}, which "
            "no type holds exactly: read labels with target_type='string', or give it one type."
        )
    return pa.concat_arrays(cast)


def _converted(array: pa.Array, wanted: pa.DataType, *, is_asked: bool) -> pa.Array | None:
    """Return the same values as another type, or None if the type does not hold a value."""
    if array.null_count == len(array):
        return pa.nulls(len(array), wanted)
    if pa.types.is_floating(array.type):
        array = without_nan(array)
    if is_text(wanted):
        return _as_text(array, wanted, is_asked=is_asked)
    if not is_asked and _kind(array.type) != _kind(wanted):
        return None
    try:
        cast = array.cast(wanted)
        is_parsed = is_text(array.type)
        return cast if is_parsed or cast.cast(array.type).equals(array) else None
    except (pa.ArrowException, ValueError):
        return None


def _as_text(array: pa.Array, wanted: pa.DataType, *, is_asked: bool) -> pa.Array | None:
    if not is_text(array.type):
        return _cast_or_none(array, wanted) if is_asked and not _is_bytes(wanted) else None
    if _is_bytes(array.type) and not _is_bytes(wanted):
        return to_string(array, wanted)
    return _cast_or_none(array, wanted)


def _cast_or_none(array: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    try:
        return array.cast(wanted)
    except (pa.ArrowException, ValueError):
        return None


def _is_bytes(data_type: pa.DataType) -> bool:
    return bool(pa.types.is_binary(data_type) or pa.types.is_large_binary(data_type))


def _kind(data_type: pa.DataType) -> str:
    return "number" if is_number(data_type) else str(data_type).partition("[")[0]


def to_string(array: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Return bytes as strings; invalid UTF-8 becomes the replacement character."""
    try:
        return strings(array).cast(data_type)
    except pa.ArrowInvalid:
        values = [None if v is None else v.decode("utf-8", "replace") for v in array.to_pylist()]
        return pa.array(values, data_type)
