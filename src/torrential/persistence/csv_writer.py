"""Tables as CSV, whose columns may be found while rows are written."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.persistence.cell_text import cell_text
from torrential.persistence.sink import Sink
from torrential.persistence.value_text import TEXT, is_text
from torrential.persistence.whole_file import temporary_next_to
from torrential.types import is_text_field

CHUNK_BYTES = 8 << 20

_QUOTE, _LINE_END = ord('"'), ord("\n")


class CsvWriter:
    """Writes rows with a header.

    Where a batch has a column that those before lack, the rows before get an empty cell for it
    when the file is closed. The header of a stream is fixed by the schema.

    Parameters
    ----------
    sink : Sink
    schema : pa.Schema
        The columns that are known.
    delimiter : str
    """

    def __init__(self, sink: Sink, schema: pa.Schema, delimiter: str) -> None:
        self._sink = sink
        self._delimiter = delimiter
        self._names = list(schema.names)
        self._n_bytes = 0
        self._grown: list[tuple[int, int]] = []  # up to which byte rows had how many columns
        self._file = sink.open()
        self._put(_header(self._names, delimiter))

    @property
    def names(self) -> list[str] | None:
        """Names of the only columns that batches can have; None if there may be others."""
        return None if self._sink.is_file else self._names

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch, whose columns and types may differ from earlier batches."""
        names = batch.schema.names
        late = [name for name in names if name not in self._names]
        if late:
            self._grown.append((self._n_bytes, len(self._names)))
            self._names += late
        columns = [
            _cells(batch.column(name), batch.schema.field(name))
            if name in names
            else pa.nulls(batch.num_rows, TEXT)
            for name in self._names
        ]
        rows = pa.RecordBatch.from_arrays(columns, names=self._names)
        self._put(_encoded(rows, self._delimiter, is_header=False))

    def close(self) -> None:
        """Complete the file."""
        self._sink.close(self._file)
        if self._grown:
            self._widen()

    def abandon(self) -> None:
        """Discard the file."""
        self._sink.close(self._file)

    def _put(self, text: pa.Buffer) -> None:
        self._file.write(text)
        self._n_bytes += text.size

    def _widen(self) -> None:
        """Rewrite the file with the header and the cells of columns that were added later."""
        with temporary_next_to(self._sink.path) as narrow:
            self._sink.path.replace(narrow)
            with self._sink.read(narrow) as source:
                file = self._sink.open()
                self._copy(source, file)
                self._sink.close(file)

    def _copy(self, source: Any, file: Any) -> None:
        first = _header(self._names[: self._grown[0][1]], self._delimiter)
        source.read(first.size)
        file.write(_header(self._names, self._delimiter))
        at, is_quoted = first.size, False
        for end, n_columns in [*self._grown, (None, len(self._names))]:
            cells = self._delimiter.encode() * (len(self._names) - n_columns)
            while end is None or at < end:
                size = CHUNK_BYTES if end is None else min(CHUNK_BYTES, end - at)
                chunk = source.read(size)
                if not chunk:
                    break
                at += len(chunk)
                if cells:
                    chunk, is_quoted = _with_cells(chunk, cells, is_quoted)
                file.write(chunk)


def _with_cells(chunk: bytes, cells: bytes, is_quoted: bool) -> tuple[bytes, bool]:
    """Insert cells before the end of each row; a line end in quotes does not end a row."""
    text = np.frombuffer(chunk, np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    ends = np.flatnonzero(text == _LINE_END)
    is_inside = (np.searchsorted(quotes, ends) + is_quoted) % 2 == 1
    places = np.repeat(ends[~is_inside], len(cells))
    added = np.tile(np.frombuffer(cells, np.uint8), len(places) // len(cells))
    return np.insert(text, places, added).tobytes(), bool((len(quotes) + is_quoted) % 2)


def _header(names: list[str], delimiter: str) -> pa.Buffer:
    rows = pa.RecordBatch.from_arrays([pa.array([], TEXT)] * len(names), names=names)
    return _encoded(rows, delimiter, is_header=True)


def _encoded(rows: pa.RecordBatch, delimiter: str, *, is_header: bool) -> pa.Buffer:
    from pyarrow import csv

    if any(pa.types.is_large_binary(field.type) for field in rows.schema):
        return _joined(rows, delimiter)
    sink = pa.BufferOutputStream()
    options = csv.WriteOptions(delimiter=delimiter, include_header=is_header)
    csv.write_csv(rows, sink, write_options=options)
    return sink.getvalue()


def _joined(rows: pa.RecordBatch, delimiter: str) -> pa.Buffer:
    """Encode rows that contain invalid UTF-8, which pyarrow does not write."""
    kind = pa.large_binary()
    cells = [_bytes_of(column) for column in rows.columns]
    lines = pc.binary_join_element_wise(
        *cells, pa.scalar(delimiter.encode(), kind), null_handling="replace", null_replacement=""
    )
    ends = pa.scalar(b"\n", kind), pa.scalar(b"", kind)
    return pc.binary_join_element_wise(lines, *ends).buffers()[2]


def _bytes_of(column: pa.Array) -> pa.Array:
    kind = pa.large_binary()
    if not (is_text(column.type) or pa.types.is_large_binary(column.type)):
        return column.cast(TEXT).cast(kind)
    quote = pa.scalar(b'"', kind)
    doubled = pc.replace_substring(column.cast(kind), '"', '""')
    return pc.binary_join_element_wise(quote, doubled, quote, pa.scalar(b"", kind))


def _cells(column: pa.Array, field: pa.Field) -> pa.Array:
    """Return a column of a type that pyarrow writes; values other than numbers are quoted."""
    kind, types = column.type, pa.types
    if is_text_field(field):
        return column.cast(pa.large_binary()) if not is_text(kind) else column
    if types.is_float16(kind):
        return column.cast(pa.float32())
    is_plain = (
        types.is_boolean(kind)
        or types.is_integer(kind)
        or types.is_float32(kind)
        or types.is_float64(kind)
        or types.is_decimal(kind)
        or types.is_date(kind)
        or types.is_time(kind)
        or types.is_duration(kind)
        or (types.is_timestamp(kind) and kind.tz is None)
    )
    return column if is_plain else cell_text(column, field)
