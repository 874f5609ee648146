"""Read JSON Lines: blocks of lines through pyarrow, or line by line if that fails."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import count, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from torrential.data.columns.chosen import Columns
from torrential.data.columns.label_lists import is_unsettled
from torrential.data.columns.nested import (
    field_of,
    merged,
    nested_schema,
    own_or_inner,
    splits,
    with_leaf_fields,
    with_leaves,
)
from torrential.data.columns.shape import Shape
from torrential.data.columns.used import MAX_EXACT, is_asked, to_string
from torrential.data.files.locate import File
from torrential.data.formats.format import Options, Part
from torrential.data.formats.json.rows import inferred, is_more, more_columns, objects, parse_rows
from torrential.data.formats.json.tokens import tokens_of_block
from torrential.data.formats.lines import blocks, n_lines_before
from torrential.data.joining import Piece
from torrential.errors import DataError
from torrential.kernels.constants import BLOCK
from torrential.kernels.parsing.json_depth import is_deeper
from torrential.types import json_field, leaf_path

MAX_BLOCKS = 64
"""Most blocks that are searched for a label, and for a used column."""

MAX_DEPTH = 500
"""Depth of nesting from which on lines are parsed one by one, in Python."""

ESCAPES = (b"\\u", b"\\/")
"""Beginnings of characters that need no escape, but may be written with one."""

LARGE_BLOCK = 1 << 25
"""Bytes of a block from which on memory comes from the system: Arrow's pools never shrink."""


def schema(file: File, options: Options) -> pa.Schema:
    """Return the columns of the first block of lines, or of more if a used column is missing."""
    fields: dict[str, pa.Field] = {}
    for block in islice(blocks(file, Part()), MAX_BLOCKS):
        if not fields and block.lstrip()[:1] == b"[":
            raise DataError(
                f"{file.url} holds one JSON array: write one object per line instead "
                "(jq -c '.[]' does)."
            )
        for field in _schema_of(block, file, options):
            fields[field.name] = merged(fields.get(field.name), field)
        if fields and _is_enough(fields, options):
            break
    if not fields:
        raise DataError(f"{file.url} has no rows: leave it out, or write JSON objects to it.")
    return pa.schema(list(fields.values()))


def _is_enough(fields: dict[str, pa.Field], options: Options) -> bool:
    found = {name: field_of(pa.schema(fields.values()), name) for name in options.columns.used}
    target = found.get(options.columns.target or "")
    is_settled = target is None or not is_unsettled(target.type)
    return is_settled and all(field is not None for field in found.values())


def _schema_of(block: bytes, file: File, options: Options) -> pa.Schema:
    try:
        table = _parse(block, None)
        fields = [(field.name, _column_type(field.type)) for field in table.schema]
    except (pa.ArrowInvalid, UnicodeDecodeError):  # a key may hold bytes that are no UTF-8
        table = None
    names = _exact_columns(options.columns)
    if table is None or _is_too_large(with_leaves(table, names), names):
        return inferred([row for row in objects(block, file, options) if row is not None])
    return pa.schema(fields)


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a part; raise an error for a line that is not a JSON object, or skip it."""
    n_lines, numbers = 0, count()  # enumerate would keep each block
    for block in blocks(file, part):
        number = next(numbers)
        table, n_skipped = _table(block, shape), 0
        if table is None:
            first_line = partial(_first_line, file, part, number, n_lines)
            table, n_skipped = parse_rows(block, file, shape, options, first_line)
        if file.is_pipe:
            n_lines += block.count(b"\n")
        del block  # it may be one line of many megabytes
        for rows in table.combine_chunks().to_batches() or [_no_rows(table.schema)]:
            yield rows, n_skipped
            n_skipped = 0


def _first_line(file: File, part: Part, n_blocks: int, n_lines: int) -> int:
    """Count the lines before a block: of a pipe as they come, else only on demand."""
    if not file.is_pipe:
        n_lines = sum(block.count(b"\n") for block in islice(blocks(file, part), n_blocks))
    return n_lines_before(file, part) + n_lines


def _table(block: bytes, shape: Shape) -> pa.Table | None:
    """Parse a block at once; return None if that fails, or would lose a digit of a label."""
    for wanted in _schemas(block, shape):
        try:
            table = _parse(block, wanted)
        except pa.ArrowInvalid:
            continue
        if _is_too_large(table, _exact_columns(shape.columns)):
            return None
        table = _with_valid_labels(table, shape.columns.target)
        return table if shape.passed is None else _with_tokens(table, block, shape)
    return None


def _with_valid_labels(table: pa.Table, target: str | None) -> pa.Table:
    """Replace invalid UTF-8 in labels, which pyarrow does not check."""
    index = table.schema.get_field_index(target or "")
    if index < 0 or not pa.types.is_string(table.schema.field(index).type):
        return table
    labels = table.column(index).cast(pa.binary())
    try:
        labels.cast(pa.string())
    except pa.ArrowInvalid:
        valid = [to_string(chunk, pa.string()) for chunk in labels.chunks]
        return table.set_column(index, table.schema.field(index), pa.chunked_array(valid))
    return table


def _schemas(block: bytes, shape: Shape) -> Iterator[pa.Schema]:
    """Yield the types to try: those of the first rows, then floats for integers."""
    wanted = shape.schema
    nulls = [field.name for field in wanted if is_unsettled(field.type)]
    if nulls:
        wanted = _with_types_of(block, wanted, nulls)
    names = _exact_columns(shape.columns)
    for name in names:
        if is_asked(wanted.field(name)):
            # Numbers are read as such, and then converted or refused.
            wanted = _with_type(wanted, name, _readable(wanted.field(name).type))
    yield wanted
    integers = [name for name in names if pa.types.is_integer(wanted.field(name).type)]
    for name in integers:
        wanted = _with_type(wanted, name, pa.float64())
    if integers:
        yield wanted


def _with_types_of(block: bytes, wanted: pa.Schema, names: list[str]) -> pa.Schema:
    """Give untyped columns the types that they have in a block."""
    try:
        found = with_leaf_fields(_parse(block, None).schema, names)
    except pa.ArrowInvalid:
        return wanted  # which fails again
    for name in names:
        if name in found.names:
            wanted = _with_type(wanted, name, _column_type(found.field(name).type))
    return wanted


def _with_type(schema: pa.Schema, name: str, data_type: pa.DataType) -> pa.Schema:
    index = schema.get_field_index(name)
    return schema.set(index, schema.field(index).with_type(data_type))


def _readable(asked: pa.DataType) -> pa.DataType:
    types = pa.types
    if types.is_integer(asked):
        return pa.int64() if types.is_signed_integer(asked) else pa.uint64()
    return pa.float64() if types.is_floating(asked) else asked


def _is_deep(block: bytes) -> bool:
    """Return whether values may be nested too deeply for a recursive parser."""
    content = np.frombuffer(block, np.uint8)
    tail = np.zeros(BLOCK, np.uint8)
    n_left = len(block) % BLOCK
    tail[:n_left] = content[len(block) - n_left :]
    return bool(is_deeper(content, tail, MAX_DEPTH))


def _parse(block: bytes, wanted: pa.Schema | None) -> pa.Table:
    """Parse a block of lines at once: only the columns of a schema, or all with inferred types.

    A schema's fields within others become columns of their dotted names.
    """
    if _is_deep(block):
        raise pa.ArrowInvalid("values are nested too deeply")
    if wanted is None:
        return _read_json(block, None)
    if all(leaf_path(field) is None for field in wanted):
        table = _read_json(block, wanted)
        if not _may_be_within(block, [name for name in wanted.names if table[name].null_count]):
            return table
    return own_or_inner(_read_json(block, nested_schema(wanted)), wanted)


def _read_json(block: bytes, wanted: pa.Schema | None) -> pa.Table:
    return pa.json.read_json(
        pa.BufferReader(block),
        read_options=pa.json.ReadOptions(use_threads=False, block_size=len(block)),
        parse_options=pa.json.ParseOptions(
            explicit_schema=wanted,
            unexpected_field_behavior="infer" if wanted is None else "ignore",
        ),
        memory_pool=pa.system_memory_pool() if len(block) > LARGE_BLOCK else None,
    )


def _may_be_within(block: bytes, missing: list[str]) -> bool:
    """Return whether missing values of dotted names may be in nested objects of a block."""
    starts = {start for name in missing for start, _ in splits(name)}
    is_written = any(json.dumps(s, ensure_ascii=False).encode() in block for s in starts)
    return is_written or (bool(starts) and any(escape in block for escape in ESCAPES))


def _with_tokens(table: pa.Table, block: bytes, shape: Shape) -> pa.Table | None:
    passed = shape.passed
    assert passed is not None  # by the caller
    if passed.names is not None and set(passed.names) <= set(shape.schema.names):
        return table
    tokens = tokens_of_block(block, table.num_rows, partial(is_more, shape=shape))
    if tokens is None:
        return None
    for name, column in more_columns(tokens, shape).items():
        table = table.append_column(json_field(name), column)
    return table


def _exact_columns(columns: Columns) -> list[str]:
    """Return the columns whose integers are to be exact: those of a table, and the labels."""
    return [*columns.inputs, *([] if columns.target is None else [columns.target])]


def _is_too_large(table: pa.Table, names: list[str]) -> bool:
    """Return whether a value may be an integer that a float does not hold exactly."""
    for name in names:
        if name not in table.schema.names or not pa.types.is_floating(table.column(name).type):
            continue
        bounds = pc.min_max(pc.abs(table.column(name)))
        if bounds["max"].is_valid and bounds["max"].as_py() >= MAX_EXACT:
            return True
    return False


def _column_type(data_type: pa.DataType) -> pa.DataType:
    """Return the type of a column in JSON: pyarrow parses strings that look like times."""
    if pa.types.is_struct(data_type):
        return pa.struct([(field.name, _column_type(field.type)) for field in data_type])
    if pa.types.is_list(data_type):
        return pa.list_(_column_type(data_type.value_type))
    return pa.string() if pa.types.is_temporal(data_type) else data_type


def _no_rows(names: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in names], schema=names)
