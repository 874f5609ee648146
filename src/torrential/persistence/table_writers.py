"""One writer of record batches for each format."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from torrential.persistence.json_text import is_text, json_objects, json_values, valid_text

# Bytes of a Parquet row group before compression: large enough to compress well and to be read at
# full speed, small enough that the batches collected for it do not matter in memory.
_ROW_GROUP_BYTES = 32 << 20


class TableWriter(Protocol):
    """What takes record batches one after the other."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch of the schema that the writer was opened with."""
        ...

    def close(self) -> None:
        """Write what is still held back, and what ends the file."""
        ...


class Sink:
    """Where a writer's bytes go: a file or a stream, compressed or not.

    A stream that was given, such as standard output, stays open.
    """

    def __init__(self, target: Any, compression: str | None) -> None:
        self._stream = None if isinstance(target, Path) else target
        if isinstance(target, Path):
            self.file = pa.output_stream(str(target), compression=compression)
        else:
            self.file = pa.PythonFile(target, mode="w")

    def close(self) -> None:
        """Close the file, or flush the stream."""
        if self._stream is None:
            self.file.close()
        else:
            self._stream.flush()


class _ParquetWriter:
    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        from pyarrow import parquet

        self._sink = sink
        self._schema = schema
        self._writer = parquet.ParquetWriter(sink.file, schema, compression="zstd")
        self._batches: list[pa.RecordBatch] = []
        self._n_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        # Each write makes a row group, so small batches are collected first.
        self._batches.append(batch)
        self._n_bytes += batch.get_total_buffer_size()
        if self._n_bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        if self._writer.is_open:
            try:
                self._flush()
            finally:
                self._writer.close()
        self._sink.close()

    def _flush(self) -> None:
        batches, self._batches, self._n_bytes = self._batches, [], 0
        if batches:
            self._writer.write_table(pa.Table.from_batches(batches, self._schema))


class _ArrowWriter:
    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        self._sink = sink
        # An Arrow file cannot change a dictionary between its batches.
        self._schema = pa.schema([_plain(field) for field in schema], schema.metadata)
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer = pa.ipc.new_file(sink.file, self._schema, options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch.cast(self._schema))

    def close(self) -> None:
        self._writer.close()
        self._sink.close()


class _CsvWriter:
    def __init__(self, sink: Sink, schema: pa.Schema, delimiter: str = ",") -> None:
        from pyarrow import csv

        self._sink = sink
        self._schema = pa.schema([_csv_field(field) for field in schema])
        options = csv.WriteOptions(delimiter=delimiter)
        self._writer = csv.CSVWriter(sink.file, self._schema, write_options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        columns = [
            _csv_column(column, field.type)
            for column, field in zip(batch.columns, self._schema, strict=True)
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        self._writer.close()
        self._sink.close()


class _TsvWriter(_CsvWriter):
    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        super().__init__(sink, schema, delimiter="\t")


class _JsonLinesWriter:
    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        self._sink = sink
        self._names = schema.names

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        lines = json_objects(self._names, batch.columns, end="}\n")
        # The lines lie in memory one after the other, as they shall in the file.
        self._sink.file.write(lines.buffers()[2])

    def close(self) -> None:
        self._sink.close()


def _plain(field: pa.Field) -> pa.Field:
    """Give a dictionary column the type of its values."""
    if pa.types.is_dictionary(field.type):
        return field.with_type(field.type.value_type)
    return field


def _csv_field(field: pa.Field) -> pa.Field:
    kind = _plain(field).type
    if is_text(kind) or pa.types.is_nested(kind):
        return pa.field(field.name, pa.large_string())
    return pa.field(field.name, kind)


def _csv_column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Turn a column into one that CSV can hold: nested values into JSON, bytes into valid text."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_nested(column.type):
        return pc.if_else(column.is_valid(), json_values(column), pa.scalar(None, kind))
    return valid_text(column) if is_text(column.type) else column


TABLE_WRITERS: dict[str, Callable[[Sink, pa.Schema], TableWriter]] = {
    "parquet": _ParquetWriter,
    "csv": _CsvWriter,
    "tsv": _TsvWriter,
    "jsonl": _JsonLinesWriter,
    "arrow": _ArrowWriter,
}
"""The writer of each format."""
