"""Arrow arrays from elsewhere are looked through before anything follows what they point to.

A damaged file, or a library that makes its arrays by hand, can hold offsets that decrease or point
past the text, and indices that no dictionary has. pyarrow and the kernels do not check them
again, and would read foreign memory.
"""

from functools import lru_cache
from typing import Any

import pyarrow as pa

from torrential.data.columns.valid_text import check_names
from torrential.errors import DataError


def require_intact(rows: pa.RecordBatch, name: str) -> None:
    """Raise DataError unless all offsets of the rows stay within their own buffers.

    Sizes of buffers, offsets, views, run ends, indices of dictionaries and counts of nulls are
    checked, at any depth; values are not: text that is not valid UTF-8 is counted elsewhere.

    Parameters
    ----------
    rows : pa.RecordBatch
    name : str
        What the sentence begins with.

    Raises
    ------
    DataError
        With the reason.
    """
    try:
        rows.validate()  # first: sizes of buffers do not pass through the C interface
        if not _is_bare_intact(rows):
            rows.validate(full=True)
    except UnicodeDecodeError:
        check_names(rows.schema, name)
        raise
    except pa.ArrowException as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise DataError(f"{name} is damaged ({reason}): write it again from its source.") from error


def require_intact_array(array: pa.Array | pa.ChunkedArray, name: str) -> None:
    """Raise DataError unless all offsets of the array stay within its own buffers."""
    for chunk in array.chunks if isinstance(array, pa.ChunkedArray) else [array]:
        require_intact(pa.record_batch([chunk], names=[""]), name)


def _is_bare_intact(rows: pa.RecordBatch) -> bool:
    """Check the rows as bytes; return False also where pyarrow cannot view them as bytes.

    It takes views of no rows in the middle of others for damaged.
    """
    try:
        pa.record_batch(_Bare(rows)).validate(full=True)
    except pa.ArrowException:
        return False
    return True


class _Bare:
    """Rows whose values are bytes without a meaning, for pyarrow's protocol; no copy."""

    def __init__(self, rows: pa.RecordBatch) -> None:
        self._rows = rows

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[Any, Any]:
        fields = [_bare_field(field) for field in self._rows.schema]
        return pa.schema(fields).__arrow_c_schema__(), self._rows.__arrow_c_array__()[1]


@lru_cache(maxsize=1024)
def _bare_field(field: pa.Field) -> pa.Field:
    return pa.field(field.name, _bare(field.type))


def _bare(data_type: pa.DataType) -> pa.DataType:
    """Return the type of the same buffers whose values can be any bytes."""
    types = pa.types
    if isinstance(data_type, pa.BaseExtensionType):
        return _bare(data_type.storage_type)
    if types.is_dictionary(data_type):
        return pa.dictionary(data_type.index_type, _bare(data_type.value_type))
    if types.is_run_end_encoded(data_type):
        return pa.run_end_encoded(data_type.run_end_type, _bare(data_type.value_type))
    if types.is_struct(data_type):
        return pa.struct([_bare_field(field) for field in data_type])
    if types.is_map(data_type):
        return pa.map_(_bare(data_type.key_type), _bare(data_type.item_type))
    if types.is_union(data_type):
        fields = [_bare_field(data_type.field(i)) for i in range(data_type.num_fields)]
        return pa.union(fields, data_type.mode, data_type.type_codes)
    for is_list, make in _LISTS:
        if is_list(data_type):
            return make(_bare_field(data_type.value_field))
    if types.is_fixed_size_list(data_type):
        return pa.list_(_bare_field(data_type.value_field), data_type.list_size)
    return _bare_values(data_type)


def _bare_values(data_type: pa.DataType) -> pa.DataType:
    types = pa.types
    if types.is_string(data_type):
        return pa.binary()
    if types.is_large_string(data_type):
        return pa.large_binary()
    if types.is_string_view(data_type):
        return pa.binary_view()
    if types.is_decimal(data_type) or types.is_temporal(data_type):
        return pa.binary(data_type.bit_width // 8)
    return data_type


_LISTS = (
    (pa.types.is_list, pa.list_),
    (pa.types.is_large_list, pa.large_list),
    (pa.types.is_list_view, pa.list_view),
    (pa.types.is_large_list_view, pa.large_list_view),
)
