"""A Parquet file of whole columns of others, copied as they are stored, and of new ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.errors import DataError, MissingDataError
from torrential.persistence.parquet.footer import (
    BYTE_SIZE,
    COLUMN_ORDERS,
    COLUMNS,
    COMPRESSED,
    CREATED_BY,
    DATA_PAGE,
    DICTIONARY_PAGE,
    GROUP_ROWS,
    INDEX_PAGE,
    KEY_VALUES,
    MAGIC,
    META,
    N_CHILDREN,
    N_ROWS,
    ROW_GROUPS,
    SCHEMA,
    UNCOMPRESSED,
    Footer,
    parse_footer,
    read_footer,
    span_of,
    with_arrow_fields,
)
from torrential.persistence.parquet.thrift import (
    I32,
    I64,
    LIST,
    STRUCT,
    Field,
    Struct,
    write_struct,
)

COPIED_AT_ONCE = 1 << 20

BLOOM_FILTER = (14, 15)
"""Fields of ColumnMetaData that give places which are not copied."""


class ParquetColumns:
    """Writes row groups of some columns of Parquet files, each with new columns next to them.

    Pages are neither decompressed nor decoded, so their encoding, compression and statistics stay.

    Parameters
    ----------
    path : Path
        The file to write.
    names : sequence of str or None
        Columns to copy; None for all.
    added : pa.Schema
        The new columns.
    """

    def __init__(self, path: Path, names: Sequence[str] | None, added: pa.Schema) -> None:
        self._names, self._added = names, added
        self._file = path.open("wb")
        self._file.write(MAGIC)
        self._place = len(MAGIC)
        self._groups: list[Struct] = []
        self._n_rows = 0
        self._source: tuple[str, Footer] | None = None
        self._first: Footer | None = None
        self._encoded: Footer | None = None

    def write(self, source: str, number: int, added: pa.Table) -> None:
        """Write a row group.

        Parameters
        ----------
        source : str
            Path of the file to copy from.
        number : int
            Number of its row group.
        added : pa.Table
            The new columns, of as many rows.
        """
        footer = self._footer_of(source)
        group = footer.groups[number]
        if group[GROUP_ROWS].value != added.num_rows:
            raise DataError(
                f"{source} has another number of rows than were predicted: read it again when "
                "nothing writes to it anymore."
            )
        if added.num_rows == 0:
            return
        chunks: list[Struct] = []
        try:
            with Path(source).open("rb") as file:
                for column in footer.chosen(self._names):
                    leaves = group[COLUMNS].value[column.leaves]
                    chunks += [self._copied(chunk, file, source) for chunk in leaves]
        except FileNotFoundError as error:
            raise MissingDataError(f"{source} does not exist: check the path.") from error
        chunks += self._encode(added)
        self._groups.append(_row_group(chunks, added.num_rows))
        self._n_rows += added.num_rows

    def end(self) -> None:
        """Write the footer, without which the file is none."""
        if self._first is not None and self._encoded is not None:
            data = write_struct(self._footer(self._first, self._encoded))
            self._file.write(data + len(data).to_bytes(4, "little") + MAGIC)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _footer_of(self, source: str) -> Footer:
        if self._source is None or self._source[0] != source:
            self._source = source, read_footer(source)
            self._first = self._first or self._source[1]
        return self._source[1]

    def _copied(self, chunk: Struct, file: Any, source: str) -> Struct:
        begin, n_bytes = span_of(chunk)
        moved = _moved(chunk, self._place - begin)
        file.seek(begin)
        while n_bytes:
            data = file.read(min(n_bytes, COPIED_AT_ONCE))
            if not data:
                raise DataError(
                    f"{source} has become shorter: read it again when nothing writes to it anymore."
                )
            self._file.write(data)
            self._place += len(data)
            n_bytes -= len(data)
        return moved

    def _encode(self, added: pa.Table) -> list[Struct]:
        """Write new columns, as pyarrow encodes them."""
        from pyarrow import parquet

        sink = pa.BufferOutputStream()
        parquet.write_table(
            added.cast(self._added), sink, compression="zstd", row_group_size=added.num_rows
        )
        data = memoryview(sink.getvalue())
        n_bytes = int.from_bytes(data[-8:-4], "little")
        self._encoded = parse_footer(bytes(data[-8 - n_bytes : -8]), len(data))
        (group,) = self._encoded.groups
        chunks = []
        for chunk in group[COLUMNS].value:
            begin, size = span_of(chunk)
            chunks.append(_moved(chunk, self._place - begin))
            self._file.write(data[begin : begin + size])
            self._place += size
        return chunks

    def _footer(self, first: Footer, encoded: Footer) -> Struct:
        chosen = first.chosen(self._names)
        copied = [element for each in chosen for element in first.elements[each.elements]]
        n_columns = len(chosen) + len(encoded.columns)
        root = {**first.elements[0], N_CHILDREN: Field(I32, n_columns)}
        names = [each.name for each in chosen]
        whole = {
            1: first.whole[1],
            SCHEMA: Field(LIST, [root, *copied, *encoded.elements[1:]], STRUCT),
            N_ROWS: Field(I64, self._n_rows),
            ROW_GROUPS: Field(LIST, self._groups, STRUCT),
        }
        key_values = with_arrow_fields(first.key_values, names, self._added)
        if key_values is not None:
            whole[KEY_VALUES] = key_values
        if CREATED_BY in first.whole:
            whole[CREATED_BY] = first.whole[CREATED_BY]
        orders, new_orders = first.whole.get(COLUMN_ORDERS), encoded.whole.get(COLUMN_ORDERS)
        if orders is not None and new_orders is not None:
            leaves = [order for each in chosen for order in orders.value[each.leaves]]
            whole[COLUMN_ORDERS] = Field(LIST, [*leaves, *new_orders.value], STRUCT)
        return whole


def _moved(chunk: Struct, by: int) -> Struct:
    """Return a column chunk whose pages are elsewhere; without indexes, which are not copied."""
    meta = {
        number: each for number, each in chunk[META].value.items() if number not in BLOOM_FILTER
    }
    for number in (DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE):
        if number in meta and meta[number].value > 0:
            meta[number] = Field(I64, meta[number].value + by)
    return {2: Field(I64, 0), META: Field(STRUCT, meta)}


def _row_group(chunks: list[Struct], n_rows: int) -> Struct:
    metas = [chunk[META].value for chunk in chunks]
    return {
        COLUMNS: Field(LIST, chunks, STRUCT),
        BYTE_SIZE: Field(I64, sum(meta[UNCOMPRESSED].value for meta in metas)),
        GROUP_ROWS: Field(I64, n_rows),
        5: Field(I64, span_of(chunks[0])[0]),
        6: Field(I64, sum(meta[COMPRESSED].value for meta in metas)),
    }
