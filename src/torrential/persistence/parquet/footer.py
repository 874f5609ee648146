"""Footers of Parquet files, as far as whole columns are concerned."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.persistence.parquet.thrift import (
    BINARY,
    LIST,
    Field,
    Struct,
    ThriftError,
    read_struct,
)

MAGIC = b"PAR1"

# Fields of FileMetaData, SchemaElement, RowGroup, ColumnChunk and ColumnMetaData in parquet.thrift.
SCHEMA, N_ROWS, ROW_GROUPS, KEY_VALUES, CREATED_BY, COLUMN_ORDERS, ENCRYPTION = 2, 3, 4, 5, 6, 7, 8
NAME, N_CHILDREN = 4, 5
COLUMNS, BYTE_SIZE, GROUP_ROWS = 1, 2, 3
FILE_PATH, META, CRYPTO = 1, 3, 8
UNCOMPRESSED, COMPRESSED, DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE = 6, 7, 9, 10, 11

ARROW = b"ARROW:schema"
"""Key under which Arrow's types are kept."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column at the top level: its elements in the schema, and its leaves among the chunks."""

    name: str
    elements: slice
    leaves: slice


@dataclass(frozen=True)
class Footer:
    """The footer of a file.

    Attributes
    ----------
    whole : Struct
        FileMetaData.
    columns : list of Column
    """

    whole: Struct
    columns: list[Column]

    @property
    def elements(self) -> list[Struct]:
        """Elements of the schema; the first is its root."""
        elements: list[Struct] = self.whole[SCHEMA].value
        return elements

    @property
    def groups(self) -> list[Struct]:
        """Row groups."""
        groups: list[Struct] = self.whole[ROW_GROUPS].value
        return groups

    def chosen(self, names: Sequence[str] | None) -> list[Column]:
        """Return the columns of some names, in the order of the file."""
        return [each for each in self.columns if names is None or each.name in names]

    def likeness(self, names: Sequence[str] | None) -> object:
        """Return what has to be equal for columns to be put one behind the other."""
        elements = [self.elements[each.elements] for each in self.chosen(names)]
        return elements, self.whole.get(CREATED_BY), self.key_values.get(ARROW)

    @property
    def key_values(self) -> dict[bytes, bytes]:
        """Metadata of the file."""
        field = self.whole.get(KEY_VALUES)
        pairs = [] if field is None else field.value
        return {pair[1].value: pair[2].value for pair in pairs if 2 in pair}


def read_footer(path: Any) -> Footer:
    """Read the footer of a file.

    Raises
    ------
    ThriftError
        If it is not one that is understood: damaged, encrypted, or with columns in other files.
    OSError
        If the file is not readable.
    """
    with Path(path).open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        tail = file.read(8)
        n_bytes = int.from_bytes(tail[:4], "little")
        if tail[4:] != MAGIC or n_bytes + 12 > size:
            raise ThriftError("the file has no footer")
        file.seek(size - 8 - n_bytes)
        return parse_footer(file.read(n_bytes), size)


def parse_footer(data: bytes, size: int) -> Footer:
    """Return the footer of a file of some size, after a check of all places in it.

    Raises
    ------
    ThriftError
        As `read_footer`.
    """
    whole = read_struct(data)
    try:
        footer = Footer(whole, _columns(whole[SCHEMA].value))
        _check(footer, size)
    except (KeyError, TypeError, AttributeError, IndexError, UnicodeDecodeError) as error:
        raise ThriftError("the footer lacks something") from error
    return footer


def _columns(elements: list[Struct]) -> list[Column]:
    """Return the columns at the top level of a schema, which lists elements depth first."""
    columns, place, leaf = [], 1, 0
    for _ in range(elements[0][N_CHILDREN].value):
        begin, first, open_children = place, leaf, 1
        while open_children:
            children = elements[place].get(N_CHILDREN)
            n_children = 0 if children is None else children.value
            leaf += n_children == 0
            open_children += n_children - 1
            place += 1
        name = elements[begin][NAME].value.decode()
        columns.append(Column(name, slice(begin, place), slice(first, leaf)))
    if place != len(elements):
        raise ThriftError("the schema has more elements than columns")
    return columns


def _check(footer: Footer, size: int) -> None:
    n_leaves = footer.columns[-1].leaves.stop if footer.columns else 0
    if ENCRYPTION in footer.whole:
        raise ThriftError("the footer is that of an encrypted file")
    for group in footer.groups:
        chunks = group[COLUMNS].value
        if len(chunks) != n_leaves:
            raise ThriftError("a row group lacks columns")
        for chunk in chunks:
            if FILE_PATH in chunk or CRYPTO in chunk:
                raise ThriftError("a column is in another file or encrypted")
            begin, n_bytes = span_of(chunk)
            if begin < len(MAGIC) or n_bytes < 0 or begin + n_bytes > size:
                raise ThriftError("a column lies outside of the file")


def span_of(chunk: Struct) -> tuple[int, int]:
    """Return where a column chunk begins, and its bytes."""
    meta = chunk[META].value
    begin = meta[DATA_PAGE].value
    dictionary = meta.get(DICTIONARY_PAGE)
    if dictionary is not None and 0 < dictionary.value < begin:
        begin = dictionary.value
    return begin, meta[COMPRESSED].value


def with_arrow_fields(
    key_values: dict[bytes, bytes], names: Sequence[str], added: pa.Schema
) -> Any:
    """Return the metadata of a file, with the Arrow types of some columns and of added ones.

    Without Arrow types in it they are left out: then those of Parquet count for all columns.
    """
    kept = {key: value for key, value in key_values.items() if key != ARROW}
    stored = key_values.get(ARROW)
    if stored is not None:
        before = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(stored)))
        fields = [before.field(name) for name in names]
        whole = pa.schema([*fields, *added], before.metadata)
        kept[ARROW] = base64.b64encode(whole.serialize().to_pybytes())
    pairs = [{1: Field(BINARY, key), 2: Field(BINARY, value)} for key, value in kept.items()]
    return Field(LIST, pairs, 12) if pairs else None
