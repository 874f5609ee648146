"""Rows of JSON Lines one by one: what pyarrow refuses may be bad JSON, or only unusual.

Unusual are lone surrogates, a key that is given twice, NaN, and values of another type than those
before.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from torrential.data.columns.label_lists import is_list, is_unsettled
from torrential.data.columns.nested import NotAnObjectError, possible_paths, value_of
from torrential.data.columns.shape import Shape
from torrential.data.columns.used import MAX_EXACT, is_asked, is_number, is_text
from torrential.data.files.locate import File
from torrential.data.formats.format import Options
from torrential.data.formats.json.tokens import (
    Tokens,
    object_tokens,
    tokens_of_objects,
    tokens_within,
)
from torrential.errors import DataError, MalformedRowError
from torrential.types import json_field, leaf_path


class Number(float):
    """A number that is not whole, with the text that it was read from."""

    text: str

    def __new__(cls, text: str) -> "Number":
        """Parse a number."""
        number = super().__new__(cls, text)
        number.text = text
        return number


@dataclass(frozen=True, slots=True)
class Row:
    """An object, and the number of its line, from 0 at the beginning of its block."""

    value: dict[str, Any]
    line: str
    number: int


def objects(
    block: bytes, file: File, options: Options, first_line: Callable[[], int] = lambda: 0
) -> Iterator[Row | None]:
    """Yield the object of each line; None for a malformed line that is skipped.

    Raises
    ------
    MalformedRowError
        If a line is not an object and is not to be skipped.
    """
    for number, line in enumerate(block.split(b"\n")):
        if not line.strip():
            continue
        text = line.decode("utf-8", "replace")
        try:
            value = json.loads(text, parse_float=Number)
        except (ValueError, RecursionError) as error:
            value, reason = None, str(error)
        else:
            reason = f"it is a JSON {type(value).__name__}"
        if isinstance(value, dict):
            yield Row(value, text, number)
        elif options.on_bad_rows == "skip":
            yield None
        else:
            raise MalformedRowError(
                f"{file.url}, row {first_line() + number + 1} is not a JSON object ({reason}): "
                "correct it, or pass on_bad_rows='skip'."
            )


def parse_rows(
    block: bytes, file: File, shape: Shape, options: Options, first_line: Callable[[], int]
) -> tuple[pa.Table, int]:
    """Return the columns of a block, and the number of skipped malformed rows."""
    found = list(objects(block, file, options, first_line))
    rows = [row for row in found if row is not None]

    def fail(place: int, field: pa.Field) -> DataError:
        value = _found(rows[place], field)
        shown = getattr(value, "text", None) or repr(value)
        start = f"{file.url}, row {first_line() + rows[place].number + 1}: "
        if field.name == shape.columns.weight:
            return DataError(
                f"{start}the weight column {field.name!r} holds {shown}: weights must be numbers."
            )
        is_target = field.name == shape.columns.target
        hint = "pass target_type='string'" if is_target else "give the column one type"
        if field.name in shape.columns.inputs:
            hint = f"pass types={{{field.name!r}: 'string'}}"
        return DataError(
            f"{start}column {field.name!r} holds {shown}, but its first rows hold {field.type}: "
            f"{hint}."
        )

    arrays = []
    for field in shape.schema:
        values = [_value(row, field, file, first_line) for row in rows]
        try:
            arrays.append(_array(values, field, shape))
        except _WrongValue as error:
            raise fail(error.place, field) from None
    fields = [pa.field(field.name, array.type) for field, array in zip(shape.schema, arrays)]
    passed = shape.passed
    if passed is not None:
        tokens = [object_tokens(row.line) for row in rows]
        found_tokens = tokens_of_objects(tokens, lambda name: is_more(name, shape))
        more = more_columns(found_tokens, shape)
        arrays += more.values()
        fields += map(json_field, more)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields)), len(found) - len(rows)


def _value(row: Row, field: pa.Field, file: File, first_line: Callable[[], int]) -> Any:
    try:
        return _found(row, field)
    except NotAnObjectError as error:
        raise DataError(
            f"{file.url}, row {first_line() + row.number + 1}: column {error.name!r} holds "
            f"{_text(error.value)}, but {field.name!r} is a field of an object: correct it, or "
            "leave the row out."
        ) from None


def _found(row: Row, field: pa.Field) -> Any:
    """Return the value of a key of that name, or else of a nested field."""
    value, known = row.value.get(field.name), leaf_path(field)
    for path in possible_paths(field):
        if value is None:
            try:
                value = value_of(row.value, path)
            except NotAnObjectError:
                if path == known:
                    raise
    return value


def is_more(name: str, shape: Shape) -> bool:
    """Return whether the tokens of a key, or of a key within it, are passed on."""
    passed = shape.passed
    if passed is None:
        return False
    is_within = any(each.startswith(f"{name}.") for each in passed.names or ())
    return is_within or (name in passed and name not in shape.schema.names)


def more_columns(tokens: Tokens, shape: Shape) -> Tokens:
    """Return the columns of tokens that are passed on, out of all columns found."""
    passed = shape.passed
    assert passed is not None  # by the caller
    names = [name for name in passed.names or () if name not in shape.schema.names]
    return {
        **{name: column for name, column in tokens.items() if name in passed},
        **{name: column for name in names if (column := tokens_within(tokens, name)) is not None},
    }


def inferred(rows: Sequence[Row]) -> pa.Schema:
    """Return a field for each key, of the type that its first value needs."""
    return pa.schema(_inferred([row.value for row in rows]))


def _inferred(objects: Sequence[dict[str, Any]]) -> list[tuple[str, pa.DataType]]:
    names = dict.fromkeys(name for each in objects for name in each)
    return [(name, _type_of([each.get(name) for each in objects])) for name in names]


def _type_of(values: list[Any]) -> pa.DataType:
    first = next((value for value in values if not _is_missing(value)), None)
    if first is None:
        return pa.null()
    if isinstance(first, bool):
        return pa.bool_()
    if isinstance(first, int | float):
        numbers = [value for value in values if _is_number_value(value)]
        try:
            return _numbers(numbers).type
        except _WrongValue:
            return pa.float64()  # said when they are read
    if isinstance(first, str):
        return pa.string()
    if isinstance(first, dict):
        return pa.struct(_inferred([value for value in values if isinstance(value, dict)]))
    if isinstance(first, list):
        lists = [value for value in values if isinstance(value, list)]
        return pa.list_(_type_of([each for value in lists for each in value]))
    try:
        return pa.array([first]).type
    except (pa.ArrowException, UnicodeError, OverflowError):
        return pa.string()


class _WrongValue(Exception):  # noqa: N818 (it does not leave this module)
    """A value that does not go with those before it."""

    def __init__(self, place: int) -> None:
        self.place = place


def _array(values: list[Any], field: pa.Field, shape: Shape) -> pa.Array:
    kind, columns = field.type, shape.columns
    if field.name in columns.text:
        return pa.array([_text(value) for value in values], pa.string())
    if field.name == columns.weight:
        return _weights(values)
    values = [None if _is_missing(value) else value for value in values]
    if is_unsettled(kind):
        kind = _type_of(values)
    if is_text(kind) and (is_asked(field) or field.name != columns.target):
        return pa.array([_text(value) for value in values], pa.string())
    if is_text(kind):
        return _all(values, str, lambda checked: pa.array(list(map(_text, checked)), pa.string()))
    if pa.types.is_boolean(kind):
        return _numbers(values) if is_asked(field) and not _are(values, bool) else _booleans(values)
    if is_number(kind):
        return _numbers(values)
    if is_list(kind):
        return _all(values, list, lambda checked: _of_type([*map(_readable, checked)], kind))
    return _of_type(values, kind)


def _readable(values: list[Any] | None) -> list[Any] | None:
    return values and [_text(value) if isinstance(value, str) else value for value in values]


def _all(values: list[Any], kind: type, make: Callable[[list[Any]], pa.Array]) -> pa.Array:
    for place, value in enumerate(values):
        if value is not None and not isinstance(value, kind):
            raise _WrongValue(place)
    return make(values)


def _are(values: list[Any], kind: type) -> bool:
    return all(value is None or isinstance(value, kind) for value in values)


def _booleans(values: list[Any]) -> pa.Array:
    return _all(values, bool, lambda checked: pa.array(checked, pa.bool_()))


def _numbers(values: list[Any]) -> pa.Array:
    """Return numbers in the narrowest of int64, uint64 and float64 that holds each exactly."""
    for place, value in enumerate(values):
        if value is not None and not _is_number_value(value):
            raise _WrongValue(place)
    known = [value for value in values if value is not None]
    if not any(isinstance(value, float) for value in known):
        for kind, low, high in ((pa.int64(), -(2**63), 2**63), (pa.uint64(), 0, 2**64)):
            if all(low <= value < high for value in known):
                return pa.array(values, kind)
    for place, value in enumerate(values):
        # Larger ones differ from their neighbors only if they are written in full.
        if isinstance(value, int) and abs(value) > MAX_EXACT:
            raise _WrongValue(place)
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _weights(values: list[Any]) -> pa.Array:
    for place, value in enumerate(values):
        if value is not None and not _is_number_value(value):
            raise _WrongValue(place)
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _of_type(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, OverflowError):
        for place, value in enumerate(values):
            try:
                pa.array([value], kind)
            except (pa.ArrowException, OverflowError):
                raise _WrongValue(place) from None
        raise


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _is_number_value(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str | None:
    """Return a value as text: a string as it is, any other value as JSON."""
    if _is_missing(value):
        return None
    text = value if isinstance(value, str) else getattr(value, "text", None) or json.dumps(value)
    return text.encode("utf-8", "replace").decode("utf-8")
