"""TableSpec: columns of a table to hashed features."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pyarrow as pa

from torrential.errors import DataError
from torrential.features.names import ColumnNames
from torrential.features.settings import HashSettings
from torrential.features.spec import NOTHING, EncodedRows, Observe
from torrential.features.table.cell import Cell, NewHashes, UInt64, new_hashes, seed_of
from torrential.features.table.cells import cells_of
from torrential.features.table.plan import is_possible
from torrential.features.table.settings import NUMBERS, TEXT, Column, TableSettings
from torrential.features.table.terms import count_cells, with_column
from torrential.features.terms.counted_terms import CountedTerms, joined_terms
from torrential.features.terms.term_index import TermIndex
from torrential.features.text.spec import TextSpec
from torrential.kernels.rows.side_by_side import place_rows
from torrential.kernels.table.rows import (
    count_values,
    write_equal_rows,
    write_rows,
)
from torrential.kernels.text.cardinality import N_REGISTERS
from torrential.types import Csr, Int64, UInt8

NONE = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """Hashes the columns of a table and their crosses; the `FeatureSpec` of `TableSettings`.

    The values of a row come in the order of the columns, then of the crosses; columns of the rows
    do not ascend, and two values may share one.

    Attributes
    ----------
    settings : TableSettings

    Examples
    --------
    >>> from torrential.features.table.settings import CATEGORY
    >>> columns = Column("from", CATEGORY), Column("to", CATEGORY)
    >>> spec = TableSpec(TableSettings(columns, (("from", "to"),), n_features=16))
    >>> trips = pa.record_batch({"from": ["LAS", "PHL"], "to": ["PHL", None]})
    >>> spec.encode(trips).rows.indptr
    array([0, 3, 6])
    """

    settings: TableSettings

    @property
    def n_features(self) -> int:
        """Number of columns of the rows."""
        return self.settings.n_features

    @property
    def n_sizes(self) -> int:
        """Approximate number of terms per word, which determines which batches count terms."""
        return 1 + len(self.settings.crosses) // max(1, len(self.settings.columns))

    def encode(self, columns: pa.RecordBatch, observe: Observe = NOTHING) -> EncodedRows:
        """Hash each row of the columns, which are found by their names."""
        settings, n_rows = self.settings, columns.num_rows
        hashes = np.empty((len(settings.cells), n_rows), np.uint64)
        cells = self.cells(columns, hashes)
        texts = [
            _hash_text(column, _array(columns, column), settings, observe)
            for column in settings.columns
            if column.kind == TEXT
        ]
        registers = np.zeros(N_REGISTERS, np.uint8) if observe.vocabulary else None
        rows = self.rows(cells, n_rows, NONE if registers is None else registers, hashes)
        terms = count_cells(cells, settings, n_rows) if observe.terms else None
        rows, registers, terms = _with_texts(rows, registers, terms, texts)
        n_invalid = sum(each.n_invalid for each in texts)
        return EncodedRows(rows, n_invalid, 0, terms, registers)

    def cells(self, columns: pa.RecordBatch, hashes: UInt64 | None = None) -> list[Cell]:
        """Return the cells of the columns other than texts.

        Parameters
        ----------
        columns : pyarrow.RecordBatch
        hashes : uint64 array of shape (n_cells, n_rows), default=None
            Memory for those of cells with one value in each row.
        """
        settings = self.settings
        new = new_hashes if hashes is None else _rows_of(hashes)
        return [
            cell
            for column in settings.columns
            if column.kind != TEXT
            for cell in cells_of(column, _array(columns, column), settings.bins, settings.seed, new)
        ]

    def rows(
        self,
        cells: Sequence[Cell],
        n_rows: int,
        registers: UInt8 = NONE,
        hashes: UInt64 | None = None,
    ) -> Csr:
        """Return the rows of cells and their crosses.

        Parameters
        ----------
        cells : sequence of Cell
        n_rows : int
        registers : uint8 array of shape (N_REGISTERS,), or of none
            They are raised by all hashes.
        hashes : uint64 array of shape (n_cells, n_rows), default=None
            Those of `cells`, if all cells have one value in each row and it was theirs.
        """
        settings = self.settings
        places = {cell.name: place for place, cell in enumerate(cells)}
        crosses = [[places[name] for name in sorted(cross)] for cross in settings.crosses]
        members = np.array([place for cross in crosses for place in cross], np.int64)
        ends = np.cumsum([len(cross) for cross in crosses], dtype=np.int64)
        if all(cell.bounds is None and cell.values is None for cell in cells):
            if hashes is None:
                hashes = np.stack([cell.hashes for cell in cells])
            width = len(cells) + len(crosses)
            indices = np.empty(n_rows * width, np.int32)
            write_equal_rows(
                hashes[: len(cells)], members, ends, settings.n_features, indices, registers
            )
            indptr: Int64 = np.arange(0, n_rows * width + 1, width or 1, dtype=np.int64)
            return Csr(np.ones(len(indices), np.float32), indices, indptr, settings.n_features)
        flat_hashes, flat_values, bounds = _flat(cells, n_rows)
        indptr = np.empty(n_rows + 1, np.int64)
        count_values(bounds, members, ends, indptr)
        n_values = int(indptr[-1])
        out = np.empty(n_values, np.int32), np.empty(n_values, np.float32)
        write_rows(
            flat_hashes, flat_values, bounds, members, ends,
            settings.n_features, np.float32(1.0), indptr, out, registers,
        )  # fmt: skip
        return Csr(out[1], out[0], indptr, settings.n_features)

    def load(self, observe: Observe = NOTHING) -> None:
        """Load the kernels that hash columns."""
        for example in (pa.array(["a"]), pa.array([["a"]])):
            column = Column("a", "list" if pa.types.is_list(example.type) else "category")
            spec = TableSpec(TableSettings((column,), n_features=16))
            spec.encode(pa.record_batch({"a": example}), replace(observe, vocabulary=True))
        number = TableSpec(TableSettings((Column("a", "log"),), n_features=16))
        number.encode(pa.record_batch({"a": pa.array([1.0])}))
        whole = TableSpec(TableSettings((Column("a", "category"),), n_features=16))
        whole.encode(pa.record_batch({"a": pa.array([1])}))
        for column in self.settings.columns:
            if column.kind == TEXT:
                _text_spec(column, self.settings).load(observe)

    @property
    def kernels(self) -> Hashable:
        """Key of the kernels that are needed."""
        return any(column.kind == TEXT for column in self.settings.columns)

    def names(self, terms: TermIndex | None) -> ColumnNames | None:
        """Return the names of each column's cells and crosses, of an index."""
        return None if terms is None else terms.by_column

    def describe(self) -> dict[str, Any] | None:
        """Return the settings as JSON."""
        return self.state()

    def shown(self) -> str:
        """Return the numbers of columns, crosses and features."""
        settings = self.settings
        words = [f"{len(settings.columns)} columns"]
        words += [f"{len(settings.crosses)} crosses"] if settings.crosses else []
        return ", ".join([*words, f"{settings.n_features:,} features"])

    def state(self) -> dict[str, Any]:
        """Return the settings."""
        return self.settings.state()

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Return the spec of a `state`."""
        return cls(TableSettings.from_state(state))


def _rows_of(hashes: UInt64) -> NewHashes:
    """Return what gives one row of an array after the other."""
    free = iter(hashes)
    return lambda n_rows: next(free)


def _array(columns: pa.RecordBatch, column: Column) -> pa.Array:
    place = columns.schema.get_field_index(column.name)
    if place < 0:
        known = ", ".join(map(repr, columns.schema.names))
        raise DataError(f"The rows have no column {column.name!r}; they have {known}.")
    array = columns.column(place)
    if not is_possible(column.kind, array.type):
        raise DataError(
            f"Column {column.name!r} holds {array.type}, but was of the kind {column.kind!r} in "
            f"training: {_advice(column)}."
        )
    return array


def _advice(column: Column) -> str:
    if column.kind in NUMBERS:
        return f"give its type, as in read(types={{{column.name!r}: 'float64'}})"
    return "give values of the same type"


def _flat(cells: Sequence[Cell], n_rows: int) -> tuple[Any, Any, Int64]:
    """Return hashes and values of all cells, and where those of each cell and row begin."""
    bounds = np.empty((len(cells), n_rows + 1), np.int64)
    total = 0
    for place, cell in enumerate(cells):
        own = np.arange(n_rows + 1) if cell.bounds is None else cell.bounds
        bounds[place] = own + total
        total += len(cell.hashes)
    values = [
        np.ones(len(cell.hashes), np.float32) if cell.values is None else cell.values
        for cell in cells
    ]
    none = [np.empty(0, np.uint64)], [np.empty(0, np.float32)]
    return (
        np.concatenate([cell.hashes for cell in cells] or none[0]),
        np.concatenate(values or none[1]),
        bounds,
    )


def _text_spec(column: Column, settings: TableSettings) -> TextSpec:
    seed = int(seed_of(column.name, settings.seed)) & 0xFFFFFFFF
    return TextSpec(
        HashSettings(
            n_features=settings.n_features,
            ngram_range=(1, 2),
            sublinear_tf=True,
            alternate_sign=False,
            seed=seed,
        )
    )


def _hash_text(
    column: Column, array: pa.Array, settings: TableSettings, observe: Observe
) -> EncodedRows:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary.take(array.indices)
    if pa.types.is_null(array.type):
        array = array.cast(pa.string())
    columns = pa.record_batch([array], names=["text"])
    encoded = _text_spec(column, settings).encode(columns, observe)
    if encoded.terms is None:
        return encoded
    return replace(encoded, terms=with_column(encoded.terms, column.name))


def _with_texts(
    rows: Csr,
    registers: UInt8 | None,
    terms: CountedTerms | None,
    texts: Sequence[EncodedRows],
) -> tuple[Csr, UInt8 | None, CountedTerms | None]:
    """Append the terms of texts to rows, and to what is known of them."""
    if not texts:
        return rows, registers, terms
    parts = [rows, *(each.rows for each in texts)]
    indptr = np.sum([part.indptr for part in parts], axis=0)
    data, indices = np.empty(indptr[-1], np.float32), np.empty(indptr[-1], np.int32)
    places = indptr[:-1].copy()
    for part in parts:
        place_rows((part.data, part.indices, part.indptr), 0, 1.0, places, data, indices)
    counted = [each.terms for each in texts if each.terms is not None]
    if terms is not None:
        terms = joined_terms([terms, *counted])
        terms.keys[:] &= ~np.uint64(15)
    for each in texts:
        if registers is not None and each.registers is not None:
            registers = np.maximum(registers, each.registers)
    return Csr(data, indices, indptr, rows.n_features), registers, terms
