"""Find the Arrow type that columns of different types have in common."""

from collections.abc import Iterable

import pyarrow as pa

_DIGITS = {8: 3, 16: 5, 32: 10, 64: 20}
"""Decimal digits of the integers of each width."""

_UNITS = ("s", "ms", "us", "ns")


def common_type(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """Return the narrowest type that holds the values of both types, or None without one.

    Integers of 64 bits and floats have float64 in common: ``exact_cast`` tells whether the
    values allow it.

    Examples
    --------
    >>> common_type(pa.int32(), pa.int64())
    DataType(int64)
    >>> common_type(pa.decimal128(2, 1), pa.decimal128(7, 4))
    Decimal128Type(decimal128(7, 4))
    >>> common_type(pa.bool_(), pa.string()) is None
    True
    """
    first, second = plain_type(first), plain_type(second)
    if first == second or pa.types.is_null(second):
        return first
    if pa.types.is_null(first):
        return second
    for of_a_kind in (_numbers, _bytes, _times, _nested):
        found = of_a_kind(first, second)
        if found is not None:
            return found
    return None


def is_list_type(data_type: pa.DataType) -> bool:
    """Return whether a type is one of lists, of any size or of a fixed one."""
    types = pa.types
    kinds = types.is_list, types.is_large_list, types.is_fixed_size_list
    return any(is_kind(data_type) for is_kind in kinds)


def plain_type(data_type: pa.DataType) -> pa.DataType:
    """Return the type of the values, without dictionary, run-end encoding or view, at any depth.

    Values within others may be null, and those of lists are called ``item``.
    """
    types = pa.types
    if types.is_dictionary(data_type) or types.is_run_end_encoded(data_type):
        return plain_type(data_type.value_type)
    if types.is_string_view(data_type):
        return pa.large_string()
    if types.is_binary_view(data_type):
        return pa.large_binary()
    if types.is_struct(data_type):
        return pa.struct([plain_field(field) for field in data_type])
    if types.is_list_view(data_type) or types.is_large_list_view(data_type):
        return pa.large_list(_item(data_type.value_field))
    if types.is_list(data_type):
        return pa.list_(_item(data_type.value_field))
    if types.is_large_list(data_type):
        return pa.large_list(_item(data_type.value_field))
    if types.is_fixed_size_list(data_type):
        return pa.list_(_item(data_type.value_field), data_type.list_size)
    if types.is_map(data_type):
        return pa.map_(
            data_type.key_field.with_type(plain_type(data_type.key_type)),
            plain_field(data_type.item_field),
            data_type.keys_sorted,
        )
    return data_type


def _item(field: pa.Field) -> pa.Field:
    return plain_field(field).with_name("item")


def unified(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """Return one schema with the columns of several schemas, each of a type for all its values.

    Columns come in the order in which they are found. One whose types have nothing in common
    becomes text.
    """
    fields: dict[str, pa.Field] = {}
    for schema in schemas:
        for field in schema:
            before = fields.get(field.name)
            fields[field.name] = plain_field(field) if before is None else _both(before, field)
    return pa.schema(list(fields.values()))


def plain_field(field: pa.Field) -> pa.Field:
    """Return the field of the plain type, which may hold nulls."""
    return field.with_type(plain_type(field.type)).with_nullable(True)


def _both(before: pa.Field, field: pa.Field) -> pa.Field:
    field = plain_field(field)
    if before.equals(field, check_metadata=True):
        return before
    if before.metadata != field.metadata:
        before = before.remove_metadata()
    kind = common_type(before.type, field.type)
    return before.with_type(pa.large_string() if kind is None else kind)


def _numbers(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    types = pa.types
    if types.is_integer(first) and types.is_integer(second):
        return _integers(first, second)
    if types.is_floating(first) and types.is_floating(second):
        return max(first, second, key=lambda kind: kind.bit_width)
    for whole, real in ((first, second), (second, first)):
        if types.is_integer(whole) and types.is_floating(real):
            return pa.float32() if whole.bit_width <= 16 < real.bit_width < 64 else pa.float64()
    digits = [_digits(kind) for kind in (first, second)]
    if None in digits or not (types.is_decimal(first) or types.is_decimal(second)):
        return None
    scale = max(part[1] for part in digits if part)
    precision = scale + max(part[0] for part in digits if part)
    if precision > 76:
        return None
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)


def _integers(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    signed = [kind for kind in (first, second) if pa.types.is_signed_integer(kind)]
    width = max(first.bit_width, second.bit_width)
    if len(signed) != 1:
        return max(first, second, key=lambda kind: kind.bit_width)
    unsigned = second if signed[0] is first else first
    width = max(signed[0].bit_width, 2 * unsigned.bit_width)
    if width > 64:
        return pa.decimal128(_DIGITS[64], 0)
    return {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[width]


def _digits(kind: pa.DataType) -> tuple[int, int] | None:
    """Return the number of digits before and after the point."""
    if pa.types.is_integer(kind):
        return _DIGITS[kind.bit_width], 0
    if pa.types.is_decimal(kind):
        return kind.precision - kind.scale, max(kind.scale, 0)
    return None


def _bytes(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    both = (first, second)
    if all(pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in both):
        return pa.large_string()
    if all(_is_binary(kind) for kind in both):
        return pa.large_binary()
    return None


def _is_binary(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)
    )


def _times(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    types = pa.types
    if types.is_date(first) and types.is_date(second):
        return pa.date64()
    if types.is_timestamp(first) and types.is_timestamp(second):
        if (first.tz is None) != (second.tz is None):
            return None
        return pa.timestamp(_finer(first, second), first.tz if first.tz == second.tz else "UTC")
    if types.is_duration(first) and types.is_duration(second):
        return pa.duration(_finer(first, second))
    if types.is_time(first) and types.is_time(second):
        unit = _finer(first, second)
        return pa.time64(unit) if unit in ("us", "ns") else pa.time32(unit)
    return None


def _finer(first: pa.DataType, second: pa.DataType) -> str:
    return str(max(first.unit, second.unit, key=_UNITS.index))


def _nested(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    types = pa.types
    if types.is_struct(first) and types.is_struct(second):
        return _structs(first, second)
    if types.is_map(first) and types.is_map(second):
        key = common_type(first.key_type, second.key_type)
        item = common_type(first.item_type, second.item_type)
        return None if key is None or item is None else pa.map_(key, item)
    if _is_list(first) and _is_list(second):
        value = common_type(first.value_type, second.value_type)
        if value is None:
            return None
        is_large = types.is_large_list(first) or types.is_large_list(second)
        return pa.large_list(value) if is_large else pa.list_(value)
    return None


def _structs(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    fields = {field.name: field for field in first}
    if len(fields) < first.num_fields or len({field.name for field in second}) < second.num_fields:
        return None  # names that are there twice
    for field in second:
        before = fields.get(field.name, field)
        kind = common_type(before.type, field.type)
        if kind is None:
            return None
        fields[field.name] = pa.field(field.name, kind)
    return pa.struct(list(fields.values()))


def _is_list(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))
