"""Thrift's compact protocol, in which the footers of Parquet files are written.

A struct is a dict of field number to `Field`, so that what is not known passes unchanged.
"""

import struct
from typing import Any, NamedTuple

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
"""Codes of the types."""

MAX_DEPTH = 64


class ThriftError(ValueError):
    """Bytes that are not the protocol's."""


class Field(NamedTuple):
    """A value and the code of its type; for a list also that of its items."""

    kind: int
    value: Any
    items: int = 0


Struct = dict[int, Field]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def byte(self) -> int:
        if self._place >= len(self._data):
            raise ThriftError("the bytes end too early")
        self._place += 1
        return self._data[self._place - 1]

    def take(self, n: int) -> bytes:
        if n < 0 or self._place + n > len(self._data):
            raise ThriftError("the bytes end too early")
        self._place += n
        return self._data[self._place - n : self._place]

    def varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ThriftError("a number is too long")

    def signed(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def struct(self, depth: int = 0) -> Struct:
        if depth > MAX_DEPTH:
            raise ThriftError("structs are too deep")
        fields: Struct = {}
        number = 0
        while True:
            head = self.byte()
            kind = head & 0x0F
            if kind == 0:
                return fields
            number = number + (head >> 4) if head >> 4 else self.signed()
            fields[number] = self._field(kind, depth)

    def _field(self, kind: int, depth: int) -> Field:
        if kind in (TRUE, FALSE):
            return Field(TRUE, kind == TRUE)
        if kind in (LIST, SET):
            return self._list(kind, depth)
        return Field(kind, self._value(kind, depth))

    def _list(self, kind: int, depth: int) -> Field:
        head = self.byte()
        n, items = head >> 4, head & 0x0F
        n = self.varint() if n == 15 else n
        if n > len(self._data):
            raise ThriftError("a list is longer than the bytes")
        if items in (TRUE, FALSE):
            return Field(kind, [self.byte() == TRUE for _ in range(n)], items)
        return Field(kind, [self._value(items, depth) for _ in range(n)], items)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (I16, I32, I64):
            return self.signed()
        if kind == BINARY:
            return self.take(self.varint())
        if kind == STRUCT:
            return self.struct(depth + 1)
        if kind == BYTE:
            return self.byte()
        if kind == DOUBLE:
            return struct.unpack("<d", self.take(8))[0]
        if kind in (LIST, SET):
            return self._list(kind, depth + 1)
        raise ThriftError(f"a value has the type {kind}")


def read_struct(data: bytes) -> Struct:
    """Read a struct.

    Raises
    ------
    ThriftError
        If the bytes are not a struct, or hold a map, which footers do not have.

    Examples
    --------
    >>> read_struct(write_struct({1: Field(I32, -3), 20: Field(LIST, [b"a"], BINARY)}))
    {1: Field(kind=5, value=-3, items=0), 20: Field(kind=9, value=[b'a'], items=8)}
    """
    return _Reader(data).struct()


def write_struct(fields: Struct) -> bytes:
    """Write a struct; fields are in the order of their numbers."""
    out = bytearray()
    _write_struct(out, fields)
    return bytes(out)


def _write_struct(out: bytearray, fields: Struct) -> None:
    before = 0
    for number, field in sorted(fields.items()):
        kind = field.kind
        if kind == TRUE and not field.value:
            kind = FALSE
        if 0 < number - before < 16:
            out.append((number - before) << 4 | kind)
        else:
            out.append(kind)
            _write_signed(out, number)
        before = number
        if kind not in (TRUE, FALSE):
            _write(out, kind, field)
    out.append(0)


def _write(out: bytearray, kind: int, field: Field) -> None:
    if kind in (LIST, SET):
        _write_list(out, field)
    else:
        _write_value(out, kind, field.value)


def _write_list(out: bytearray, field: Field) -> None:
    n = len(field.value)
    if n < 15:
        out.append(n << 4 | field.items)
    else:
        out.append(0xF0 | field.items)
        _write_varint(out, n)
    for value in field.value:
        if field.items in (TRUE, FALSE):
            out.append(TRUE if value else FALSE)
        else:
            _write_value(out, field.items, value)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in (I16, I32, I64):
        _write_signed(out, value)
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == STRUCT:
        _write_struct(out, value)
    elif kind == BYTE:
        out.append(value)
    elif kind == DOUBLE:
        out += struct.pack("<d", value)
    else:
        _write_list(out, value)


def _write_signed(out: bytearray, value: int) -> None:
    _write_varint(out, value * 2 if value >= 0 else -value * 2 - 1)


def _write_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
