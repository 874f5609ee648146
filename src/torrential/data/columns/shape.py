"""Choose, check and join the columns that are used: rows as a table has them become a Batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_casts import bytes_of
from torrential.data.columns.chosen import Columns, _not_text, check_unique
from torrential.data.columns.class_labels import class_names, named
from torrential.data.columns.label_lists import (
    check_lists,
    is_list,
    settled_lists,
    single_lists,
    split_texts,
)
from torrential.data.columns.nested import (
    path_of,
    top_columns,
    with_leaves,
)
from torrential.data.columns.passing import Passed
from torrential.data.columns.used import (
    input_array,
    is_asked,
    is_text,
    settled,
    used_array,
    used_type,
)
from torrential.data.columns.valid_text import check_labels
from torrential.data.columns.weights import weights_of
from torrential.data.joining import BATCH_BYTES, BATCH_ROWS, TABLE_ROWS, Piece, joined
from torrential.errors import DataError
from torrential.tracing import span
from torrential.types import Batch, leaf_field, leaf_path, text_columns


def slices(rows: pa.RecordBatch, columns: Columns, most: int) -> Iterator[pa.RecordBatch]:
    """Cut rows into even slices of a batch's size, measured in what is read; copy nothing."""
    n_rows, names = rows.num_rows, columns.text or columns.inputs
    n_bytes = sum(_bytes_of(rows.column(name)) for name in names if name in rows.schema.names)
    # A single slice may be twice as large as one is meant to be: better than one and a stub.
    n_slices = max(1, -(-n_rows // most), n_bytes // BATCH_BYTES)
    step = max(1, -(-n_rows // n_slices))
    for start in range(0, max(n_rows, 1), step):
        yield rows.slice(start, step)


def _bytes_of(array: pa.Array) -> int:
    is_dictionary = pa.types.is_dictionary(array.type)  # whose values many batches share
    return bytes_of(array.indices if is_dictionary else array)


def _read(pieces: Iterator[Piece]) -> Iterator[Piece]:
    while True:
        with span("read"):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


@dataclass(frozen=True, slots=True)
class Shape:
    """Structure of a batch: the used columns, their types, and the columns that are passed on.

    Attributes
    ----------
    columns : Columns
    schema : pyarrow.Schema
        The columns to read: those used, or all of the dataset's.
    keep_rows : bool
        Whether batches carry their rows with all columns of the schema.
    passed : Passed or None
        Other columns that batches contain, unchanged; None for none.
    n_first : int or None
        Rows from the beginning of each part that will be read; None for all.
    """

    columns: Columns
    schema: pa.Schema
    keep_rows: bool
    passed: Passed | None = None
    n_first: int | None = None

    @property
    def batch_rows(self) -> int:
        """The most rows of a batch."""
        most = TABLE_ROWS if self.columns.inputs else BATCH_ROWS
        return most if self.n_first is None else min(most, self.n_first)

    @property
    def known(self) -> pa.Schema:
        """Columns of batches' rows that are known before reading."""
        if self.passed is None:
            return self.schema
        return self.passed.known(self.schema)

    @property
    def names(self) -> list[str]:
        """Names of the columns to read, including the chosen columns to pass on."""
        passed = () if self.passed is None else self.passed.names or ()
        return [*self.schema.names, *passed]

    def wanted(self, schema: pa.Schema, origin: str) -> list[str]:
        """Return which of a file's columns to read, in its order.

        Raises
        ------
        DataError
            If a column that is used is missing, or one to read has the name of another.
        """
        self.columns.require(schema, origin)
        names, settled = schema.names, top_columns(schema, self.names)
        passed = () if self.passed is None else self.passed
        wanted = [name for name in names if name in settled or name in passed]
        check_unique(wanted, origin, settled)
        return wanted

    def paths(self, schema: pa.Schema, origin: str) -> list[str]:
        """Return the columns as `wanted` does, but only the needed fields of nested columns."""
        wanted = self.wanted(schema, origin)
        if not any("." in name for name in self.names):
            return wanted
        paths = [path_of(schema, name) for name in self.names]
        is_whole = {path[0] for path in paths if path is not None and len(path) == 1}
        passed = () if self.passed is None else self.passed
        found = []
        for name in wanted:
            within = [".".join(path) for path in paths if path is not None and path[0] == name]
            found += [name] if name in is_whole or name in passed else within
        return list(dict.fromkeys(found))

    def _with_leaves(self, piece: Piece) -> Piece:
        """Move fields out of the columns that contain them, and omit these if possible."""
        rows = with_leaves(piece[0], self.names)
        if rows is piece[0]:
            return piece
        passed = () if self.passed is None else self.passed
        kept = [name for name in rows.schema.names if name in self.names or name in passed]
        return (rows.select(kept), *piece[1:])

    def batches(
        self,
        pieces: Iterator[Piece],
        origin: str,
        share: Callable[[], float | None] = lambda: None,
    ) -> Iterator[Batch]:
        """Yield batches of pieces that a format has read: rows, and how many it skipped.

        `share` tells after each piece how much was read; its batches have their parts of that.
        """
        first_row, before = 0, 0.0
        for piece, n_skipped, *left_out in joined(
            map(self._with_leaves, _read(pieces)), self.batch_rows
        ):
            n_other_labels = sum(left_out)
            after, end = share(), first_row + piece.num_rows
            for rows in slices(piece, self.columns, self.batch_rows):
                if rows.num_rows or n_skipped:
                    batch = self._batch(rows, origin, first_row, n_skipped)
                    left = (end - first_row - rows.num_rows) / max(piece.num_rows, 1)
                    share_of_it = after and after - left * (after - before)
                    yield replace(batch, share=share_of_it, n_other_labels=n_other_labels)
                    n_other_labels = 0
                first_row += rows.num_rows
                n_skipped = 0
            before = after or before

    def _batch(self, rows: pa.RecordBatch, origin: str, first_row: int, n_skipped: int) -> Batch:
        with span("decode", rows=rows.num_rows):
            return self._decoded(rows, origin, first_row, n_skipped)

    def _decoded(self, rows: pa.RecordBatch, origin: str, first_row: int, n_skipped: int) -> Batch:
        columns = self.columns
        columns.require(rows.schema, origin)
        read = (
            self._inputs(rows, origin, first_row) if columns.inputs else _texts(rows, self, origin)
        )
        target = weight = kept = None
        if columns.target is not None:
            field = self.schema.field(columns.target)
            target = _as_sets(_settled(rows, field, columns, origin, first_row), columns)
        if columns.weight is not None:
            weight = weights_of(rows.column(columns.weight), columns.weight, origin, first_row)
        if self.keep_rows:
            kept = self._kept(rows, origin, first_row)
        return Batch(read, target, weight, kept, origin, first_row, n_skipped)

    def _inputs(self, rows: pa.RecordBatch, origin: str, first_row: int) -> pa.RecordBatch:
        names = list(self.columns.inputs)
        fields = [self.schema.field(name) for name in names]
        arrays = [_input(rows, field, self.columns, origin, first_row) for field in fields]
        return pa.RecordBatch.from_arrays(arrays, names)

    def _kept(self, rows: pa.RecordBatch, origin: str, first_row: int) -> pa.RecordBatch:
        columns = {}
        for field in self.schema:
            array = _settled(rows, field, self.columns, origin, first_row)
            columns[field.name] = array, _named_as(field, array.type)
        if self.passed is not None:
            return self.passed.rows(rows, columns)
        arrays, fields = zip(*columns.values(), strict=True) if columns else ((), ())
        return pa.RecordBatch.from_arrays(list(arrays), schema=pa.schema(list(fields)))

    def chosen(self, rows: pa.RecordBatch, origin: str) -> pa.RecordBatch | None:
        """Return the part that this shape keeps of rows that were read for another shape."""
        return rows.select(self.wanted(rows.schema, origin)) if self.keep_rows else None


def _named_as(field: pa.Field, data_type: pa.DataType) -> pa.Field:
    path = leaf_path(field)
    if path is None:
        return pa.field(field.name, data_type)
    return leaf_field(field.name, data_type, path)


def _text(rows: pa.RecordBatch, name: str, origin: str) -> pa.Array:
    array = rows.column(name)
    if not is_text(array.type):
        raise _not_text(name, rows.schema, origin)
    text = used_array(array)
    return text.cast(pa.string()) if pa.types.is_null(text.type) else text


def _texts(rows: pa.RecordBatch, shape: Shape, origin: str) -> pa.RecordBatch:
    texts = [_text(rows, name, origin) for name in shape.columns.text]
    return text_columns(_join_texts(texts) if texts else pa.nulls(rows.num_rows, pa.string()))


def _input(
    rows: pa.RecordBatch, field: pa.Field, columns: Columns, origin: str, first_row: int
) -> pa.Array:
    """Return a column of a table; texts of a dictionary stay as they are."""
    array = rows.column(field.name)
    if pa.types.is_dictionary(array.type) and used_type(array.type) == field.type:
        return input_array(array)
    return _settled(rows, field, columns, origin, first_row)


def _join_texts(texts: list[pa.Array]) -> pa.Array:
    if len(texts) == 1:
        return texts[0]
    parts = [text.cast(pa.large_binary()) for text in texts]
    return pc.binary_join_element_wise(
        *parts, pa.scalar(b"\n", pa.large_binary()), null_handling="replace", null_replacement=""
    )


def _settled(
    rows: pa.RecordBatch, field: pa.Field, columns: Columns, origin: str, first_row: int
) -> pa.Array:
    """Return the column of that name and type; nulls where a file lacks it."""
    if field.name not in rows.schema.names:
        return pa.nulls(rows.num_rows, field.type)

    array = rows.column(field.name)
    has_lists = field.name == columns.target and is_list(field.type)

    def fail(row: int, value: Any, kind: str) -> DataError:
        hint = "pass target_type='string'" if field.name == columns.target else "give it one type"
        if field.name == columns.target and (has_lists or is_list(array.type)):
            hint = "give all rows lists of labels of one type"
        if field.name in columns.inputs:
            hint = f"pass types={{{field.name!r}: 'string'}}"
        if is_asked(field) and not is_text(field.type):
            hint += ", or correct it"
        verb = "does not become" if is_asked(field) else "comes after values of type"
        return DataError(
            f"{origin}, data row {first_row + row + 1}: column {field.name!r} holds {value!r} of "
            f"type {kind}, which {verb} {field.type}: {hint}."
        )

    if has_lists:
        array = settled_lists(array, field, fail)
        check_lists(array, field.name, origin, first_row)
        return array
    if field.name == columns.target and is_text(field.type):
        names = class_names(rows.schema, field.name)
        if names is not None:
            array = named(array, names, field.name, origin, first_row)
    array = settled(array, field, fail)
    if field.name == columns.target:
        check_labels(array, field.name, origin, first_row)
    return array


def _as_sets(target: pa.Array, columns: Columns) -> pa.Array:
    """Return labels as lists where rows have sets of them."""
    if is_list(target.type):
        return target
    if columns.target_separator is not None:
        return split_texts(target, columns.target_separator)
    return single_lists(target) if columns.multilabel else target
