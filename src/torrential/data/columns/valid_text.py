"""Checks of UTF-8 in column names and labels, which pyarrow does not validate.

Files of Arrow and Parquet hold other bytes if a program wrote another encoding, or if they
are damaged. The kernels replace such bytes in texts.
"""

import pyarrow as pa

from torrential.data.failures import MAX_SHOWN
from torrential.errors import DataError


def check_names(schema: pa.Schema, name: str) -> None:
    """Raise DataError if a name of a column, or a name within its type, is not UTF-8.

    Parameters
    ----------
    schema : pyarrow.Schema
    name : str
        Name of the file, with which the sentence begins.
    """
    for number, field in enumerate(schema):
        try:
            _read_names(field)
        except UnicodeDecodeError as error:
            shown = error.object[:MAX_SHOWN]
            raise DataError(
                f"{name} names column {number + 1}, or a part of its type, {shown!r}, which is not "
                "UTF-8: rename it, or write the file again from its source."
            ) from None


def _read_names(field: pa.Field) -> None:
    _ = field.name
    _read_type(field.type)


def _read_type(data_type: pa.DataType) -> None:
    if isinstance(data_type, pa.BaseExtensionType):
        data_type = data_type.storage_type
    if pa.types.is_timestamp(data_type):
        _ = data_type.tz
    if pa.types.is_dictionary(data_type) or pa.types.is_run_end_encoded(data_type):
        _read_type(data_type.value_type)
    elif pa.types.is_map(data_type):
        _read_names(data_type.key_field)
        _read_names(data_type.item_field)
    else:
        for number in range(data_type.num_fields):
            _read_names(data_type.field(number))


def check_labels(labels: pa.Array, column: str, origin: str, first_row: int) -> None:
    """Raise DataError if a label is not UTF-8; rows are counted from first_row."""
    if not (pa.types.is_string(labels.type) or pa.types.is_large_string(labels.type)):
        return
    plain = labels.cast(pa.large_binary())
    try:
        plain.cast(pa.large_string())
    except pa.ArrowInvalid:
        row = next(row for row, label in enumerate(plain) if not _is_utf8(label.as_py()))
        raise DataError(
            f"{origin}, data row {first_row + row + 1}: the label {plain[row].as_py()!r} in column "
            f"{column!r} is not UTF-8: convert it, or write the column as binary."
        ) from None


def _is_utf8(value: bytes | None) -> bool:
    try:
        return value is None or value.decode() is not None
    except UnicodeDecodeError:
        return False
