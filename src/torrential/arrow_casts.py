"""Cast Arrow columns without changing a value."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from torrential.arrow_types import common_type, plain_type


def plain_array(array: pa.Array) -> pa.Array:
    """Return the same values in the plain type that corresponds to the column's type."""
    kind = array.type
    types = pa.types
    if types.is_dictionary(kind):
        # By indices: pyarrow cannot decode a dictionary of views.
        return plain_array(array.dictionary).take(array.indices)
    if types.is_run_end_encoded(kind):
        return plain_array(pc.run_end_decode(array))
    wanted = plain_type(kind)
    if wanted == kind:
        return array
    if types.is_struct(kind):
        fields = [plain_array(field) for field in array.flatten()]
        return pa.StructArray.from_arrays(fields, fields=list(wanted), mask=_nulls(array))
    if types.is_map(kind):
        keys, items = plain_array(array.keys), plain_array(array.items)
        offsets = _with_nulls(array.offsets, array)
        return pa.MapArray.from_arrays(offsets, keys, items, wanted)
    if types.is_fixed_size_list(kind):
        values = plain_array(array.values.slice(array.offset * kind.list_size))
        values = values.slice(0, len(array) * kind.list_size)
        return pa.FixedSizeListArray.from_arrays(values, type=wanted, mask=_nulls(array))
    if _is_view(kind) or (types.is_nested(kind) and plain_type(kind.value_type) != kind.value_type):
        return _plain_list(array, wanted)
    return array.cast(wanted)


def _is_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))


def _plain_list(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    # Not by a cast: in pyarrow 26 that of a list view gives invalid offsets.
    lengths = pc.list_value_length(array).fill_null(0).cast(pa.int64())
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
    is_large = pa.types.is_large_list(wanted)
    make = pa.LargeListArray if is_large else pa.ListArray
    offsets = offsets if is_large else offsets.cast(pa.int32())
    return make.from_arrays(offsets, plain_array(array.flatten()), wanted, mask=_nulls(array))


def _nulls(array: pa.Array) -> pa.Array | None:
    return array.is_null() if array.null_count else None


def _with_nulls(offsets: pa.Array, array: pa.Array) -> pa.Array:
    if not array.null_count:
        return offsets
    is_null = pa.concat_arrays([array.is_null(), pa.array([False])])
    return pc.if_else(is_null, pa.scalar(None, offsets.type), offsets)


def strings(cells: pa.Array) -> pa.Array:
    """Return bytes as strings.

    That all are ASCII is seen at once, while a cast looks at each of them.

    Parameters
    ----------
    cells : pa.BinaryArray or pa.LargeBinaryArray

    Raises
    ------
    pyarrow.ArrowInvalid
        One is not valid UTF-8.
    """
    is_large = pa.types.is_large_binary(cells.type)
    wanted = pa.large_string() if is_large else pa.string()
    content = cells.buffers()[2]
    if len(cells) == 0 or content is None:
        return cells.cast(wanted)
    offsets = offsets_of(cells)
    start, stop = offsets[0], offsets[-1]
    is_ascii = np.frombuffer(content, np.int8)[start:stop].min(initial=0) >= 0
    return cells.view(wanted) if is_ascii else cells.cast(wanted)


def offsets_of(array: pa.Array) -> NDArray[Any]:
    """Return the beginning of each text and the end of the last, shape (n_rows + 1,), uncopied.

    Files have buffers whose sizes are no multiple of that of an offset.

    Parameters
    ----------
    array : pa.Array of string, large_string, binary or large_binary, shape (n_rows,)
        With a buffer of offsets, which an array without rows may lack.
    """
    types, kind = pa.types, array.type
    is_large = types.is_large_string(kind) or types.is_large_binary(kind)
    dtype = np.dtype(np.int64 if is_large else np.int32)
    begin = array.offset * dtype.itemsize
    return np.frombuffer(array.buffers()[1], dtype, len(array) + 1, begin)


def text_buffers(text: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of all texts and the beginning of each, without a copy if none is null.

    The bytes are read-only, so that kernels are compiled once.
    """
    if text.null_count:
        text = text.fill_null(b"" if pa.types.is_binary(text.type) else "")
    _, offset_buffer, value_buffer = text.buffers()
    if value_buffer is None or offset_buffer is None:
        return np.frombuffer(b"", np.uint8), np.zeros(len(text) + 1, np.int64)
    values = np.frombuffer(value_buffer, np.uint8)
    values.flags.writeable = False
    return values, offsets_of(text).astype(np.int64)


def bytes_of(data: Any) -> int:
    """Return the bytes of an array, a record batch or a table; those of a slice where known.

    pyarrow before 24 does not know it of views of strings: then whole buffers count.
    """
    try:
        return int(data.nbytes)
    except pa.ArrowTypeError:
        return int(data.get_total_buffer_size())


def exact_cast(array: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    """Return the column as another type, or None if that type does not hold a value exactly.

    Examples
    --------
    >>> exact_cast(pa.array([1, 2**60]), pa.float64()) is None
    True
    """
    if array.type == wanted:
        return array
    if common_type(wanted, array.type) != plain_type(wanted):
        return None
    try:
        plain = plain_array(array)
        if plain.type == wanted:
            return plain
        if pa.types.is_struct(wanted):
            return _as_struct(plain, wanted)
        if pa.types.is_list(wanted) or pa.types.is_large_list(wanted):
            return _as_list(plain, wanted)
        if pa.types.is_map(wanted):
            return _as_map(plain, wanted)
        return plain.cast(wanted)
    except (pa.ArrowException, ValueError):
        return None


def _as_struct(array: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    if not pa.types.is_struct(array.type):
        return pa.nulls(len(array), wanted) if array.null_count == len(array) else None
    have = dict(zip((field.name for field in array.type), array.flatten()))
    fields = []
    for field in wanted:
        values = have.pop(field.name, None)
        cast = (
            pa.nulls(len(array), field.type) if values is None else exact_cast(values, field.type)
        )
        if cast is None:
            return None
        fields.append(cast)
    if have:
        return None
    return pa.StructArray.from_arrays(fields, fields=list(wanted), mask=_nulls(array))


def _as_list(array: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    if not pa.types.is_nested(array.type):
        return array.cast(wanted)  # of nulls only
    plain = _plain_list(array, pa.large_list(array.type.value_field))
    offsets = plain.offsets
    values = exact_cast(plain.values, wanted.value_type)
    if values is None:
        return None
    is_large = pa.types.is_large_list(wanted)
    make = pa.LargeListArray if is_large else pa.ListArray
    offsets = offsets if is_large else offsets.cast(pa.int32())
    return make.from_arrays(offsets, values, wanted, mask=_nulls(array))


def _as_map(array: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    if not pa.types.is_map(array.type):
        return array.cast(wanted)
    keys, items = exact_cast(array.keys, wanted.key_type), exact_cast(array.items, wanted.item_type)
    if keys is None or items is None:
        return None
    return pa.MapArray.from_arrays(_with_nulls(array.offsets, array), keys, items, wanted)
