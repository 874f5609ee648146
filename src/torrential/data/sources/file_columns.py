"""The columns of a file: those that its format reads, and those that its path names."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import pyarrow as pa

from torrential.data.columns.chosen import Columns
from torrential.data.columns.shape import Shape
from torrential.data.files.file import File
from torrential.data.files.hive import Values, scalar_of, values_of
from torrential.data.formats.format import Options, Part
from torrential.data.formats.registry import FORMATS
from torrential.data.joining import Piece
from torrential.errors import DataError


def schema_of(file: File, format: str, options: Options) -> pa.Schema:
    """Return the columns of a file with their types; those of its path are strings.

    A column that the file has itself is the file's.
    """
    if not values_of(file.url):
        return FORMATS[format].schema(file, options)
    schema, values = _own(file, format, options)
    for name, value in _scalars(values, file, options):
        schema = schema.append(pa.field(name, value.type))
    return schema


def rows_of(file: File, format: str, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a part, with the wanted columns of its path."""
    if not values_of(file.url):
        yield from FORMATS[format].read(file, part, shape, options)
        return
    own, values = _own(file, format, options)
    names = [name for name, _ in values]
    schema = pa.schema([field for field in shape.schema if field.name not in names])
    if not schema.names:
        schema = pa.schema([own.field(0)])  # rows are counted by any column
    inner = replace(shape, columns=_without(shape.columns, names), schema=schema)
    passed = shape.passed if shape.passed is not None else ()
    wanted = [
        (name, value)
        for name, value in _scalars(values, file, options)
        if name in shape.schema.names or name in passed
    ]
    pieces = FORMATS[format].read(file, part, inner, replace(options, columns=inner.columns))
    for piece in pieces:
        rows = piece[0]
        for name, value in wanted:
            column = pa.repeat(value, rows.num_rows)
            rows = rows.append_column(pa.field(name, value.type), column)
        yield (rows, *piece[1:])


def _scalars(values: Values, file: File, options: Options) -> list[tuple[str, pa.Scalar]]:
    try:
        return [
            (name, scalar_of(value, is_number=name == options.columns.weight))
            for name, value in values
        ]
    except ValueError as error:
        raise DataError(
            f"The path {file.url} does not name a weight ({error}): weights must be numbers."
        ) from error


@lru_cache(maxsize=1024)
def _own(file: File, format: str, options: Options) -> tuple[pa.Schema, Values]:
    """Return the columns of a file, and the columns of its path that the file lacks."""
    values = values_of(file.url)
    names = [name for name, _ in values]
    rest = replace(options, columns=_without(options.columns, names))
    schema = FORMATS[format].schema(file, rest)
    if any(name in options.columns.used for name in schema.names if name in names):
        schema = FORMATS[format].schema(file, options)
    return schema, tuple(each for each in values if each[0] not in schema.names)


def _without(columns: Columns, names: list[str]) -> Columns:
    """Return the used columns without the given columns."""
    return replace(
        columns,
        text=tuple(name for name in columns.text if name not in names),
        target=None if columns.target in names else columns.target,
        weight=None if columns.weight in names else columns.weight,
        inputs=tuple(name for name in columns.inputs if name not in names),
    )
