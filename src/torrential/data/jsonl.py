"""Read JSON Lines: blocks of lines through pyarrow, and one by one where that fails."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.json

from torrential.data.columns import Piece, Shape
from torrential.data.contract import Options, Part
from torrential.data.lines import blocks, n_lines_before
from torrential.data.locate import File
from torrential.errors import DataError, MalformedRowError
from torrential.types import json_field


def schema(file: File, options: Options) -> pa.Schema:
    """Columns of the first block of lines."""
    for block in blocks(file, Part()):
        if block.lstrip()[:1] == b"[":
            raise DataError(
                f"{file.url} holds one JSON array: write one object per line instead "
                "(jq -c '.[]' does)."
            )
        try:
            table = _parse(block, None)
        except pa.ArrowInvalid:
            table = _infer([value for value, _ in _objects(block, file, 0, options) if value])
        if table.num_columns:
            return pa.schema([(field.name, _column_type(field.type)) for field in table.schema])
    raise DataError(f"{file.url} has no rows: leave it out, or write JSON objects to it.")


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Rows of a part; a line that is no JSON object is raised or skipped, as the options say."""
    n_lines = 0
    for block in blocks(file, part):
        try:
            table = _parse(block, shape.schema, passes_on=shape.passed is not None)
            if shape.passed is not None:
                table = table.select(shape.wanted(table.schema.names, file.url))
            n_skipped = 0
        except pa.ArrowInvalid:
            first_line = n_lines_before(file, part) + n_lines
            table, n_skipped = _parse_lines(block, file, first_line, shape, options)
        for rows in table.combine_chunks().to_batches() or [_no_rows(table.schema)]:
            yield rows, n_skipped
            n_skipped = 0
        n_lines += block.count(b"\n")


def _parse(block: bytes, wanted: pa.Schema | None, *, passes_on: bool = False) -> pa.Table:
    """Parse a block of lines at once: columns of that schema only, or all with inferred types."""
    return pa.json.read_json(
        pa.BufferReader(block),
        read_options=pa.json.ReadOptions(use_threads=False, block_size=len(block)),
        parse_options=pa.json.ParseOptions(
            explicit_schema=wanted,
            unexpected_field_behavior="infer" if wanted is None or passes_on else "ignore",
        ),
    )


def _column_type(data_type: pa.DataType) -> pa.DataType:
    """Type of a column as JSON has it: pyarrow takes strings for times where they look like it."""
    if pa.types.is_temporal(data_type) or pa.types.is_null(data_type):
        return pa.string()
    return data_type


def _objects(
    block: bytes, file: File, first_line: int, options: Options
) -> Iterator[tuple[dict[str, Any] | None, int]]:
    """Object of each line with its line number, from 1; None for a malformed line to be skipped."""
    for number, line in enumerate(block.split(b"\n"), first_line + 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            value, reason = None, str(error)
        else:
            reason = f"it is a JSON {type(value).__name__}"
        if isinstance(value, dict):
            yield value, number
        elif options.on_bad_rows == "skip":
            yield None, number
        else:
            raise MalformedRowError(
                f"{file.url}, row {number} is no JSON object ({reason}): mend it, or pass "
                "on_bad_rows='skip'."
            )


def _infer(objects: list[dict[str, Any]]) -> pa.Table:
    """Table of objects, with the types that their values have."""
    names = dict.fromkeys(name for value in objects for name in value)
    columns = {}
    for name in names:
        values = [value.get(name) for value in objects]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowException, UnicodeError, OverflowError):
            columns[name] = pa.array([_render(value) for value in values], pa.string())
    return pa.table(columns)


def _parse_lines(
    block: bytes, file: File, first_line: int, shape: Shape, options: Options
) -> tuple[pa.Table, int]:
    """Parse a block line by line: what pyarrow refuses may be bad JSON, or only unusual.

    Unusual are lone surrogates, a key given twice, and values of another type than the column's:
    these become strings where the column holds strings.
    """
    objects, numbers, n_skipped = [], [], 0
    for value, number in _objects(block, file, first_line, options):
        if value is None:
            n_skipped += 1
        else:
            objects.append(value)
            numbers.append(number)
    arrays = []
    for field in shape.schema:
        values = [value.get(field.name) for value in objects]
        arrays.append(_array(values, field, numbers, file, shape))
    fields = list(shape.schema)
    for name in dict.fromkeys(name for value in objects for name in value):
        if shape.passed is not None and name in shape.passed and name not in shape.schema.names:
            arrays.append(_tokens(objects, name))
            fields.append(json_field(name))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields)), n_skipped


def _tokens(objects: list[dict[str, Any]], name: str) -> pa.Array:
    tokens = [json.dumps(value[name]) if name in value else None for value in objects]
    return pa.array(tokens, pa.large_string())


def _array(
    values: list[Any], field: pa.Field, numbers: list[int], file: File, shape: Shape
) -> pa.Array:
    if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
        values = [_render(value) for value in values]
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, OverflowError) as error:
        number, value = next(
            (row for row in zip(numbers, values) if not _converts(row[1], field.type)),
            (numbers[0], values[0]),
        )
        is_target = field.name == shape.columns.target
        hint = "pass target_type='string'" if is_target else "give the column one type"
        raise DataError(
            f"{file.url}, row {number}: column {field.name!r} holds {value!r}, but its first "
            f"rows hold {field.type}: {hint}."
        ) from error


def _converts(value: Any, data_type: pa.DataType) -> bool:
    try:
        pa.array([value], data_type)
    except (pa.ArrowException, OverflowError):
        return False
    return True


def _render(value: Any) -> str | None:
    """Value of a string column: as it is, or as JSON has it; lone surrogates are replaced."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def _no_rows(names: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in names], schema=names)
