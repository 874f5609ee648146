"""Read CSV and TSV through pyarrow, streaming; a file is one part.

Values in quotes may hold line ends, so a line end in the middle of a file does not tell where a
row ends, and only a reader that comes from the beginning knows.
"""

import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from torrential.data.columns import Piece, Shape
from torrential.data.contract import BLOCK_BYTES, Options, Part
from torrential.data.locate import File
from torrential.errors import DataError, MalformedRowError

# pyarrow counts the bytes of a block in 32 bits.
MAX_BLOCK_BYTES = (1 << 31) - 1

_BAD_VALUE = re.compile(
    r"In CSV column #(\d+): (?:Row #(\d+): )?CSV conversion error to (\S+): invalid value '(.*)'",
    re.DOTALL,
)
_BAD_ROW = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


class _Skipped:
    """Count of malformed rows; pyarrow calls it for each."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, row: Any) -> str:
        self.count += 1
        return "skip"

    def take(self) -> int:
        """Rows counted since the last call."""
        count, self.count = self.count, 0
        return count


def untyped(name: str) -> pa.Field:
    """Return the field of a column that is only passed on: its cells are text."""
    return pa.field(name, pa.string())


def schema(file: File, options: Options) -> pa.Schema:
    """Columns of the file, with the types of the first block of rows.

    Numbers and booleans are known as such, all else is a string; the text columns always are.
    """
    names = _names(file, options)
    options.columns.require(names, file.url)
    binary = {name: pa.binary() for name in options.columns.text}
    inferred = _first_block(file, options, column_types=binary)
    return pa.schema([(field.name, _column_type(field.type)) for field in inferred])


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Rows of the file; a longer block is tried where a row does not fit into one."""
    n_rows = n_skipped = 0
    for block_bytes in _block_sizes():
        seen_rows = seen_skipped = 0
        try:
            for rows, skipped in _stream(file, shape, options, block_bytes):
                # After a new start, what went out before is passed over.
                fresh_rows = rows.slice(max(0, n_rows - seen_rows))
                seen_rows += rows.num_rows
                seen_skipped += skipped
                fresh_skipped = max(0, seen_skipped - n_skipped)
                n_rows += fresh_rows.num_rows
                n_skipped += fresh_skipped
                yield fresh_rows, fresh_skipped
            return
        except pa.ArrowInvalid as error:
            if not _is_block_too_short(error):
                raise _explain(error, file, shape, options) from error
    raise DataError(f"{file.url} has a row longer than 2 GiB: check its quotes.")


def _block_sizes() -> Iterator[int]:
    size = BLOCK_BYTES
    while size < MAX_BLOCK_BYTES:
        yield size
        size *= 8
    yield MAX_BLOCK_BYTES


def _is_block_too_short(error: pa.ArrowInvalid) -> bool:
    return "straddl" in str(error)


def _stream(file: File, shape: Shape, options: Options, block_bytes: int) -> Iterator[Piece]:
    skipped = _Skipped()
    present = _present(shape, file, options)
    convert = pa.csv.ConvertOptions(
        include_columns=present,
        column_types=dict.fromkeys(present, pa.binary()) | _reading_types(shape),
        check_utf8=False,
    )
    with file.stream() as source:
        reader = pa.csv.open_csv(
            source,
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=block_bytes),
            parse_options=_parse_options(file, options, skipped),
            convert_options=convert,
        )
        for rows in reader:
            yield _empty_labels_to_null(rows, shape), skipped.take()
        if skipped.count:
            yield _no_rows(reader.schema), skipped.take()


def _parse_options(file: File, options: Options, skipped: _Skipped) -> Any:
    return pa.csv.ParseOptions(
        delimiter=options.delimiter or ("\t" if file.extension == ".tsv" else ","),
        newlines_in_values=True,
        invalid_row_handler=skipped if options.on_bad_rows == "skip" else None,
    )


def _first_block(file: File, options: Options, **convert: Any) -> pa.Schema:
    """Infer the schema from a first block, which is as long as the first row needs it."""
    for block_bytes in _block_sizes():
        try:
            with file.stream() as source:
                return pa.csv.open_csv(
                    source,
                    read_options=pa.csv.ReadOptions(use_threads=False, block_size=block_bytes),
                    parse_options=_parse_options(file, options, _Skipped()),
                    convert_options=pa.csv.ConvertOptions(check_utf8=False, **convert),
                ).schema
        except pa.ArrowInvalid as error:
            if not _is_block_too_short(error):
                raise _explain(error, file, None, options) from error
    raise DataError(f"{file.url} has a row longer than 2 GiB: check its quotes.")


def _names(file: File, options: Options) -> list[str]:
    return list(_first_block(file, options).names)


def _present(shape: Shape, file: File, options: Options) -> list[str]:
    """Columns to read: pyarrow refuses names that a file does not have."""
    return shape.wanted(_names(file, options), file.url)


def _column_type(data_type: pa.DataType) -> pa.DataType:
    types = pa.types
    if types.is_integer(data_type) or types.is_floating(data_type) or types.is_boolean(data_type):
        return data_type
    return pa.string()


def _reading_types(shape: Shape) -> dict[str, pa.DataType]:
    """Types to convert to: strings are read as bytes, since they may not be valid UTF-8."""
    return {
        field.name: pa.binary() if pa.types.is_string(field.type) else field.type
        for field in shape.schema
    }


def _empty_labels_to_null(rows: pa.RecordBatch, shape: Shape) -> pa.RecordBatch:
    target = shape.columns.target
    if target is None or not pa.types.is_binary(rows.column(target).type):
        return rows
    labels = rows.column(target)
    index = rows.schema.get_field_index(target)
    labels = pc.if_else(pc.equal(labels, b""), pa.scalar(None, labels.type), labels)
    return rows.set_column(index, target, labels)


def _no_rows(names: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in names], schema=names)


def _explain(
    error: pa.ArrowInvalid, file: File, shape: Shape | None, options: Options
) -> DataError:
    """Say what pyarrow says of a row or a value, in the words of the caller."""
    message = str(error)
    if bad := _BAD_ROW.search(message):
        row, expected, found = bad.groups()
        return MalformedRowError(
            f"{file.url}, row {row} has {found} columns where the header has {expected}: mend it, "
            "or pass on_bad_rows='skip'."
        )
    if (bad := _BAD_VALUE.search(message)) and shape is not None:
        column, row, data_type, value = bad.groups()
        name = _names(file, options)[int(column)]
        hint = {
            shape.columns.target: "pass target_type='string'",
            shape.columns.weight: "weights must be numbers",
        }.get(name, "give the column one type")
        return DataError(
            f"{file.url}, row {row}: column {name!r} holds {value!r}, but its first rows hold "
            f"{data_type}: {hint}."
        )
    return DataError(f"{file.url} cannot be read as CSV ({message}): check its header and quotes.")
