"""One writer of record batches for each format."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from torrential.persistence.csv_writer import CsvWriter
from torrential.persistence.growing_table import GrowingTable
from torrential.persistence.json_text import json_objects
from torrential.persistence.sink import Sink
from torrential.persistence.svmlight_writer import SvmlightWriter
from torrential.persistence.value_text import TEXT, valid_text
from torrential.persistence.vw_writer import VwWriter
from torrential.types import is_json_field, is_text_field


class TableWriter(Protocol):
    """A writer of consecutive record batches.

    Attributes
    ----------
    names : sequence of str or None
        The only columns that batches can have from now on; None if there may be others.
    """

    @property
    def names(self) -> Sequence[str] | None:
        """Names of the only columns that batches can have; None if there may be others."""
        ...

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch, whose columns and types may differ from earlier batches."""
        ...

    def close(self) -> None:
        """Write the remaining rows, and the end of the file."""
        ...

    def abandon(self) -> None:
        """Discard the file."""
        ...


class _JsonLinesWriter:
    names = None

    def __init__(self, sink: Sink) -> None:
        self._file = sink.open()
        self._sink = sink

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        tokens = {field.name for field in batch.schema if is_json_field(field)}
        columns = [
            _json_column(column, field) for column, field in zip(batch.columns, batch.schema)
        ]
        lines = json_objects(batch.schema.names, columns, end="}\n", tokens=tokens)
        # The lines lie in memory one after the other, as they shall in the file.
        self._file.write(lines.buffers()[2])

    def close(self) -> None:
        self._sink.close(self._file)

    abandon = close


def _json_column(column: pa.Array, field: pa.Field) -> pa.Array:
    if is_json_field(field):
        return column.cast(TEXT)
    return valid_text(column) if is_text_field(field) else column


def _parquet(sink: Sink, schema: pa.Schema) -> TableWriter:
    return GrowingTable(sink.path, schema, _open_parquet, _read_parquet, _is_in_parquet)


def _open_parquet(path: Path, schema: pa.Schema, long: set[str]) -> Any:
    """Open a file without dictionaries and statistics for long cells, which would copy them."""
    from pyarrow import parquet

    short: bool | list[str] = True
    if long:
        short = [
            field.name
            for field in schema
            if field.name not in long and not pa.types.is_nested(field.type)
        ]
    return parquet.ParquetWriter(
        str(path), schema, compression="zstd", use_dictionary=short, write_statistics=short
    )


def _read_parquet(path: Path) -> Iterator[pa.Table]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number)


def _is_in_parquet(kind: pa.DataType) -> bool:
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return _is_in_parquet(kind.storage_type)
    if types.is_interval(kind) or types.is_union(kind):
        return False
    if types.is_decimal(kind):
        return bool(kind.scale >= 0)
    if types.is_struct(kind) and not kind.num_fields:
        return False
    return all(_is_in_parquet(field.type) for field in _fields_of(kind))


def _fields_of(kind: pa.DataType) -> list[pa.Field]:
    return [kind.field(number) for number in range(kind.num_fields)]


def _arrow(sink: Sink, schema: pa.Schema) -> TableWriter:
    return GrowingTable(sink.path, schema, _open_arrow, _read_arrow, lambda kind: True)


def _open_arrow(path: Path, schema: pa.Schema, long: set[str]) -> Any:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    return pa.ipc.new_file(str(path), schema, options=options)


def _read_arrow(path: Path) -> Iterator[pa.Table]:
    with pa.ipc.open_file(str(path)) as file:
        for number in range(file.num_record_batches):
            yield pa.Table.from_batches([file.get_batch(number)])


TABLE_WRITERS: dict[str, Callable[[Sink, pa.Schema], TableWriter]] = {
    "parquet": _parquet,
    "csv": lambda sink, schema: CsvWriter(sink, schema, ","),
    "tsv": lambda sink, schema: CsvWriter(sink, schema, "\t"),
    "jsonl": lambda sink, schema: _JsonLinesWriter(sink),
    "arrow": _arrow,
    "vw": lambda sink, schema: VwWriter(sink),
    "svmlight": lambda sink, schema: SvmlightWriter(sink),
}
"""The writer of each format."""
