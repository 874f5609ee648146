"""Read CSV and TSV, streaming; a file is one part.

Values in quotes may hold line ends, so a line end in the middle of a file does not tell where a
row ends, and only a reader that comes from the beginning knows. Cells are text as it was written;
only columns that are used as numbers have another type, and columns that are not needed are never
made at all.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.shape import Shape
from torrential.data.columns.used import is_asked
from torrential.data.files.locate import File
from torrential.data.formats.csv.blocks import Blocks
from torrential.data.formats.csv.rows import Cells, CsvRows
from torrential.data.formats.csv.values import convert, infer
from torrential.data.formats.format import Options, Part
from torrential.data.joining import Piece
from torrential.errors import DataError

MAX_BLOCKS = 16
"""Most blocks that are searched for a value of each input."""


def untyped(name: str) -> pa.Field:
    """Return the field of a column that is only passed on, as text."""
    return pa.field(name, pa.string())


def schema(file: File, options: Options) -> pa.Schema:
    """Return the columns: strings, or the types of the first targets and weights.

    It is null if no row has a value.
    """
    columns = options.columns
    with _opened(file, options) as rows:
        names = _names(rows.header, file, options)
        columns.require(_all_text(names), file.url)
        types = dict.fromkeys(names, pa.string())
        typed = [name for name in (columns.target, columns.weight) if name is not None]
        typed = [name for name in dict.fromkeys(typed) if name not in columns.text]
        asked = dict(options.types)
        inputs = [name for name in columns.inputs if name not in asked]
        if options.target_type is not None and typed == [columns.target]:
            typed = []
        if typed or inputs:
            types.update(_inferred(rows, typed, inputs, names, columns.weight))
        return pa.schema(types.items())


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of the file, with the columns of its shape."""
    with _opened(file, options) as rows:
        names = _names(rows.header, file, options)
        # Rows are counted by any column if no column is needed.
        wanted = shape.wanted(_all_text(names), file.url) or names[:1]
        settled = {field.name: field for field in shape.schema}
        target = settled.get(shape.columns.target or "")
        if target is not None and pa.types.is_null(target.type):
            # No file before this one has a label, so this one tells what they are.
            settled[target.name] = schema(file, options).field(target.name)
        fields = [settled.get(name, untyped(name)) for name in wanted]
        for cells in rows.cells(wanted, [names.index(name) for name in wanted]):
            arrays = [_values(cells, field, file, shape, options) for field in fields]
            yield pa.RecordBatch.from_arrays(arrays, wanted), cells.n_malformed


def _all_text(names: list[str]) -> pa.Schema:
    return pa.schema([untyped(name) for name in names])


@contextmanager
def _opened(file: File, options: Options) -> Iterator[CsvRows]:
    with file.stream() as source:
        yield CsvRows(Blocks(source, file), file, options)


def _names(header: list[str], file: File, options: Options) -> list[str]:
    """Return the names of the columns; unused duplicates get a number.

    Raises
    ------
    DataError
        A column that is used has its name with another.
    """
    n_of, names = Counter(header), list[str]()
    for name in header:
        if n_of[name] > 1 and name in options.columns.used:
            raise DataError(
                f"{file.url} has several columns named {name!r}: rename all but one of them."
            )
        number, free = 0, name
        while free in names or (number and free in n_of):
            number += 1
            free = f"{name}_{number}"
        names.append(free)
    return names


def _inferred(
    rows: CsvRows, typed: list[str], inputs: list[str], names: list[str], weight: str | None
) -> dict[str, pa.DataType]:
    """Return types of columns by the first rows, or by more rows if these have no value.

    Many rows are looked through for a label and a weight, but not for inputs.
    """
    wanted = [*typed, *inputs]
    types = dict.fromkeys(wanted, pa.null())
    for number, cells in enumerate(rows.cells(wanted, [names.index(name) for name in wanted]), 1):
        for name in wanted:
            if pa.types.is_null(types[name]):
                types[name] = infer(cells.columns[name], exactly=name != weight)
        needed = wanted if number < MAX_BLOCKS else typed
        if not any(pa.types.is_null(types[name]) for name in needed):
            break
    return types


def _values(cells: Cells, field: pa.Field, file: File, shape: Shape, options: Options) -> pa.Array:
    """Return values of a column; text is returned as bytes, which may be invalid UTF-8."""
    column = cells.columns[field.name]
    is_target = field.name == shape.columns.target
    is_input = field.name in shape.columns.inputs
    kind = field.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        exactly = (is_target or is_input) and not is_asked(field)
        values = convert(column, kind, exactly=exactly)
        if isinstance(values, int) and exactly and not pa.types.is_boolean(kind):
            wider = infer(column, exactly=True)
            if pa.types.is_integer(wider) or pa.types.is_floating(wider):
                return convert(column, wider, exactly=True)
        if isinstance(values, int):
            value = column[values].as_py().decode("utf-8", "replace")
            where = (
                f"{file.url}, row {cells.numbers[values]}: column {field.name!r} holds {value!r}"
            )
            raise _wrong_value(where, field, shape, options)
        return values
    if is_target and shape.columns.target_separator is not None:
        return pc.fill_null(column, pa.scalar(b"", column.type))
    if not is_target and not is_input:
        return column
    empty = pc.equal(column, pa.scalar(b"", column.type))
    return pc.if_else(empty, pa.scalar(None, column.type), column)


def _wrong_value(where: str, field: pa.Field, shape: Shape, options: Options) -> DataError:
    hint = {
        shape.columns.target: "pass target_type='string'",
        shape.columns.weight: "weights must be numbers",
    }.get(field.name, "give the column one type")
    if field.name in shape.columns.inputs:
        hint = f"pass types={{{field.name!r}: 'string'}}"
    if field.name == shape.columns.target and options.target_type is not None:
        return DataError(f"{where}, which is not of type {field.type}: {hint}.")
    if is_asked(field):
        return DataError(
            f"{where}, which is not of type {field.type}: correct it, or leave the row out."
        )
    return DataError(f"{where}, but its first rows hold {field.type}: {hint}.")
