"""A typed table whose columns are found while it is written: exact, in one file at the end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.arrow_casts import exact_cast, plain_array
from torrential.arrow_types import common_type, plain_type
from torrential.persistence.cell_text import cell_text
from torrential.persistence.json_tokens import typed
from torrential.persistence.value_text import TEXT, is_binary, valid_text
from torrential.persistence.whole_file import temporary_next_to
from torrential.types import is_json_field, is_text_field

GROUP_BYTES = 32 << 20
"""Rows that are collected before they are written: large enough to compress well and to be read at
full speed, small enough not to matter in memory."""

LONG_CELL = 1024
"""Mean bytes of a column's cells from which on they count as texts, which hardly ever repeat."""


class _InexactError(Exception):
    """A column has values that its type cannot hold."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class GrowingTable:
    """Writes batches whose columns and types differ.

    Rows are collected in groups, which settle the types. Where a later group needs other ones, it
    begins a new segment; segments are brought together when the table is closed. So no type has to
    be known beforehand, and no value changes.

    Parameters
    ----------
    path : Path
    schema : pa.Schema
        What is known of the columns.
    open_segment : callable
        Gives the writer of a file with that schema, of whose columns the named ones have long
        cells: an object with ``write`` and ``close``.
    read_segment : callable
        Gives the rows of such a file, a table at a time.
    storable : callable
        Tells if the format can hold a type.
    """

    names = None

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        open_segment: Callable[[Path, pa.Schema, set[str]], Any],
        read_segment: Callable[[Path], Iterator[pa.Table]],
        storable: Callable[[pa.DataType], bool],
    ) -> None:
        self._path = path
        self._open_segment = open_segment
        self._read_segment = read_segment
        self._storable = storable
        self._fields: dict[str, pa.Field] = {}
        self._long: set[str] = set()
        self._metadata = schema.metadata
        self._untyped = {field.name for field in schema if is_json_field(field)}
        for field in schema:
            kind = pa.null() if field.name in self._untyped else self._stored_type(field.type)
            self._fields[field.name] = _bare(field).with_type(kind)
        self._pending: list[pa.RecordBatch] = []
        self._n_bytes = 0
        self._segments: list[Path] = []
        self._writer: Any = None
        self._written: dict[str, pa.Field] = {}
        self._temporaries = ExitStack()

    def write(self, batch: pa.RecordBatch) -> None:
        """Collect a batch of any schema."""
        self._pending.append(batch)
        self._n_bytes += batch.nbytes
        if self._n_bytes >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write the collected batches, and join the segments if there are several."""
        with self._temporaries:
            if self._pending or self._writer is None:
                self._flush()
            self._end_segment()
            if len(self._segments) > 1:
                self._join()

    def abandon(self) -> None:
        """Close files that are not needed anymore."""
        with self._temporaries:
            self._end_segment()

    def _flush(self) -> None:
        batches, self._pending, self._n_bytes = self._pending, [], 0
        columns = _columns(batches, self._fields)
        n_rows = sum(batch.num_rows for batch in batches)
        self._widen(columns)
        for name, chunks in columns.items():
            if sum(chunk.nbytes for chunk in chunks) > LONG_CELL * n_rows:
                self._long.add(name)
        if self._writer is None or self._written != self._fields:
            self._begin_segment()
        arrays = []
        for name, field in self._fields.items():
            chunks = columns.get(name) or [pa.nulls(n_rows, field.type)]
            arrays.append(pa.chunked_array([self._stored(chunk, field) for chunk in chunks]))
        if n_rows:
            self._writer.write(pa.Table.from_arrays(arrays, schema=self._schema()))

    def _widen(self, columns: dict[str, list[pa.Array]]) -> None:
        """Widen the types so that they hold these values, too."""
        for name, chunks in columns.items():
            field = self._fields.get(name, pa.field(name, pa.null()))
            kind = field.type
            for chunk in chunks:
                found = common_type(kind, self._stored_type(chunk.type))
                kind = TEXT if found is None else found  # an empty struct type is false
            if any(self._cast(chunk, kind) is None for chunk in chunks):
                kind = TEXT
            self._fields[name] = field.with_type(kind)

    def _stored_type(self, kind: pa.DataType) -> pa.DataType:
        plain = plain_type(kind)
        return plain if self._storable(plain) else TEXT

    def _cast(self, array: pa.Array, kind: pa.DataType) -> pa.Array | None:
        cast = exact_cast(array, kind)
        return cell_text(array) if cast is None and kind == TEXT else cast

    def _stored(self, array: pa.Array, field: pa.Field) -> pa.Array:
        cast = self._cast(array, field.type)
        if cast is None:
            raise _InexactError(field.name)
        return cast

    def _schema(self) -> pa.Schema:
        return pa.schema(list(self._fields.values()), self._metadata)

    def _begin_segment(self) -> None:
        self._end_segment()
        path = self._path
        if self._segments:
            path = self._temporaries.enter_context(temporary_next_to(self._path))
        self._segments.append(path)
        self._written = dict(self._fields)
        self._writer = self._open_segment(path, self._schema(), self._long)

    def _end_segment(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _join(self) -> None:
        """Write all segments to one file, in types that hold the values of all."""
        first = self._temporaries.enter_context(temporary_next_to(self._path))
        self._path.replace(first)
        segments = [first, *self._segments[1:]]
        while True:
            try:
                return self._join_as(segments)
            except _InexactError as error:
                self._end_segment()
                self._fields[error.name] = self._fields[error.name].with_type(TEXT)

    def _join_as(self, segments: list[Path]) -> None:
        schema = self._schema()
        self._writer = self._open_segment(self._path, schema, self._long)
        for segment in segments:
            for rows in self._read_segment(segment):
                arrays = [
                    self._stored(rows.column(field.name).combine_chunks(), field)
                    if field.name in rows.schema.names
                    else pa.nulls(rows.num_rows, field.type)
                    for field in schema
                ]
                self._writer.write(pa.Table.from_arrays(arrays, schema=schema))
        self._end_segment()


def _bare(field: pa.Field) -> pa.Field:
    """Return a field that may hold nulls, without the metadata of readers."""
    if is_json_field(field) or is_text_field(field):
        field = field.remove_metadata()
    return field.with_nullable(True)


def _columns(
    batches: list[pa.RecordBatch], known: dict[str, pa.Field]
) -> dict[str, list[pa.Array]]:
    """Return the chunks of each column, with types; nulls where a batch lacks it."""
    names = dict.fromkeys([*known, *(name for batch in batches for name in batch.schema.names)])
    return {name: _chunks(batches, name, known.get(name)) for name in names} if batches else {}


def _chunks(batches: list[pa.RecordBatch], name: str, known: pa.Field | None) -> list[pa.Array]:
    schemas = [batch.schema for batch in batches]
    fields = [
        schema.field(name) if name in schema.names else pa.field(name, pa.null())
        for schema in schemas
    ]
    arrays = [
        batch.column(name) if name in batch.schema.names else pa.nulls(batch.num_rows)
        for batch in batches
    ]
    is_typed = [not (is_json_field(field) or pa.types.is_null(field.type)) for field in fields]
    if not any(is_typed):
        return [typed(pa.concat_arrays([array.cast(TEXT) for array in arrays]))]
    return [
        _array(array, field, known) if is_such else typed(array.cast(TEXT))
        for array, field, is_such in zip(arrays, fields, is_typed)
    ]


def _array(array: pa.Array, field: pa.Field, known: pa.Field | None) -> pa.Array:
    if is_text_field(field) and not (known is not None and is_binary(known.type)):
        return valid_text(array)
    return plain_array(array)
