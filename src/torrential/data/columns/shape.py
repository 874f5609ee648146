"""Choose, check and join the columns that are used: rows as a table has them become a Batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_types import plain_type
from torrential.data.columns.class_labels import class_names, named
from torrential.data.columns.nested import (
    fields_hint,
    leaves,
    missing_column,
    path_of,
    top_columns,
    with_leaves,
)
from torrential.data.columns.passing import Passed
from torrential.data.columns.used import (
    ASKED,
    as_weights,
    is_asked,
    is_number,
    is_text,
    settled,
    used_array,
    used_type,
)
from torrential.data.columns.valid_text import check_labels
from torrential.data.columns.weights import first_wrong
from torrential.data.joining import BATCH_BYTES, BATCH_ROWS, Piece, joined
from torrential.errors import DataError
from torrential.tracing import span
from torrential.types import Batch, leaf_field, leaf_path


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that are used.

    Attributes
    ----------
    text : tuple of str
        Joined by a line feed where there are several. None where texts are not read, and null.
    target, weight : str or None
    """

    text: tuple[str, ...]
    target: str | None = None
    weight: str | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """Each name once, text first."""
        names = [*self.text, self.target, self.weight]
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def require(self, schema: pa.Schema, origin: str) -> None:
        """Raise DataError unless all used columns are there; says which one is meant."""
        names = schema.names
        for column in self.used:
            if column not in names and path_of(schema, column) is None:
                raise DataError(f"{origin} has no column {missing_column(schema, column)}")

    def check(self, schema: pa.Schema, name: str) -> None:
        """Raise DataError unless the schema has these columns, of types they can have."""
        self.require(schema, name)
        used = self.used
        check_unique([column for column in schema.names if column in used], name, used)
        for column in self.text:
            if not is_text(schema.field(column).type):
                raise _not_text(column, schema, name)
        if self.target is not None:
            given = schema.field(self.target).type
            if getattr(given, "extension_name", "") == "pandas.period":
                raise DataError(
                    f"The target column {self.target!r} of {name} holds periods of pandas, which "
                    "are numbers to others: convert them to strings, as astype(str) does."
                )
            target_type = used_type(given)
            if pa.types.is_nested(target_type):
                hint = fields_hint(self.target, given)
                raise DataError(
                    f"The target column {self.target!r} of {name} holds {target_type}: a label "
                    f"must be one string, number or boolean{f'; {hint}' if hint else ''}."
                )
        if self.weight is not None and not _may_be_weight(schema.field(self.weight).type):
            given = schema.field(self.weight).type
            hint = fields_hint(self.weight, given) or "weights must be numbers"
            raise DataError(f"The weight column {self.weight!r} of {name} holds {given}: {hint}.")


def _may_be_weight(data_type: pa.DataType) -> bool:
    return is_number(data_type) or pa.types.is_null(used_type(data_type))


def check_unique(names: Sequence[str], origin: str, used: Sequence[str]) -> None:
    """Raise DataError if a name is there twice; other columns than those used can be left out."""
    for name, count in Counter(names).items():
        if count > 1:
            hint = "" if name in used else ", or choose the columns to pass on"
            raise DataError(
                f"{origin} has several columns named {name!r}: rename all but one{hint}."
            )


def _not_text(column: str, schema: pa.Schema, name: str) -> DataError:
    given = schema.field(column).type
    texts = [repr(each) for each, data_type in leaves(schema) if is_text(data_type)]
    hint = f"pass one of its text columns ({', '.join(texts)})" if texts else "write it as strings"
    hint = fields_hint(column, given) or hint
    return DataError(f"The text column {column!r} of {name} holds {given}, not text: {hint}.")


def plain_schema(schema: pa.Schema, columns: Columns, target_type: pa.DataType | None) -> pa.Schema:
    """Return the types that the rows of all files are brought to.

    Those are the types of values, without encodings. The target has the type that was asked for,
    weights are floats, and columns that no value has settled yet have the type null, texts apart.
    """
    fields = []
    for field in schema:
        path, field = leaf_path(field), pa.field(field.name, plain_type(field.type))
        if field.name in columns.used:
            field = field.with_type(used_type(field.type))
        if field.name in columns.text and pa.types.is_null(field.type):
            field = field.with_type(pa.string())
        if field.name == columns.weight and field.name not in columns.text:
            field = field.with_type(pa.float64())
        if field.name == columns.target and class_names(schema, field.name) is not None:
            field = field.with_type(pa.string())
        if field.name == columns.target and target_type is not None:
            field = pa.field(field.name, target_type, metadata=ASKED)
        if path is not None:
            mark = leaf_field(field.name, field.type, path).metadata
            field = field.with_metadata({**(field.metadata or {}), **mark})
        fields.append(field)
    return pa.schema(fields)


def slices(rows: pa.RecordBatch, names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Cut rows into even slices of a batch's size, measured in the named columns; no copy."""
    n_rows = rows.num_rows
    n_bytes = sum(rows.column(name).nbytes for name in names if name in rows.schema.names)
    # A single slice may be twice as large as one is meant to be: better than one and a stub.
    n_slices = max(1, -(-n_rows // BATCH_ROWS), n_bytes // BATCH_BYTES)
    step = max(1, -(-n_rows // n_slices))
    for start in range(0, max(n_rows, 1), step):
        yield rows.slice(start, step)


def _read(pieces: Iterator[Piece]) -> Iterator[Piece]:
    while True:
        with span("read"):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


@dataclass(frozen=True, slots=True)
class Shape:
    """What a batch is made of: which columns are used, of which types, and what is passed on.

    Attributes
    ----------
    columns : Columns
    schema : pyarrow.Schema
        The columns to read: those used, or all of the dataset's.
    keep_rows : bool
        Whether batches carry their rows with all columns of the schema.
    passed : Passed or None
        The columns that batches carry besides, as they are; None for none.
    """

    columns: Columns
    schema: pa.Schema
    keep_rows: bool
    passed: Passed | None = None

    @property
    def known(self) -> pa.Schema:
        """The columns of batches' rows that are known before they are read."""
        if self.passed is None:
            return self.schema
        return self.passed.known(self.schema)

    @property
    def names(self) -> list[str]:
        """Names of what is read; of columns that are passed on only those that are chosen."""
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
        """Return the same as `wanted`, of columns by dotted names only what is needed of them."""
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
        """Take fields out of the columns that they are in, and leave these out if they can be."""
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
        """Batches of pieces as a format reads them: rows, and how many were skipped on the way.

        `share` tells after each piece how much was read; its batches have their parts of that.
        """
        first_row, before = 0, 0.0
        for piece, n_skipped, *left_out in joined(map(self._with_leaves, _read(pieces))):
            n_other_labels = sum(left_out)
            after, end = share(), first_row + piece.num_rows
            for rows in slices(piece, self.columns.text):
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
        texts = [_text(rows, name, origin) for name in columns.text]
        text = _join_texts(texts) if texts else pa.nulls(rows.num_rows, pa.string())
        target = weight = kept = None
        if columns.target is not None:
            field = self.schema.field(columns.target)
            target = _settled(rows, field, columns, origin, first_row)
        if columns.weight is not None:
            weight = _weights(rows, columns, origin, first_row)
        if self.keep_rows:
            kept = self._kept(rows, origin, first_row)
        return Batch(text, target, weight, kept, origin, first_row, n_skipped)

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
        """Return of rows that were read for another shape what this one keeps."""
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

    def fail(row: int, value: Any, kind: str) -> DataError:
        hint = "pass target_type='string'" if field.name == columns.target else "give it one type"
        if is_asked(field) and not is_text(field.type):
            hint += ", or mend it"
        verb = "does not become" if is_asked(field) else "comes after values of type"
        return DataError(
            f"{origin}, data row {first_row + row + 1}: column {field.name!r} holds {value!r} of "
            f"type {kind}, which {verb} {field.type}: {hint}."
        )

    array = rows.column(field.name)
    if field.name == columns.target and is_text(field.type):
        names = class_names(rows.schema, field.name)
        if names is not None:
            array = named(array, names, field.name, origin, first_row)
    array = settled(array, field, fail)
    if field.name == columns.target:
        check_labels(array, field.name, origin, first_row)
    return array


def _weights(rows: pa.RecordBatch, columns: Columns, origin: str, first_row: int) -> pa.Array:
    def fail(row: int, value: Any, kind: str) -> DataError:
        return DataError(
            f"{origin}, data row {first_row + row + 1}: the weight column {columns.weight!r} holds "
            f"{value!r} of type {kind}: weights must be numbers."
        )

    weight = as_weights(rows.column(columns.weight), fail)
    _check_weight(weight, columns, origin, first_row)
    return weight


def _check_weight(weight: pa.Array, columns: Columns, origin: str, first_row: int) -> None:
    row = first_wrong(weight.fill_null(1.0).to_numpy(zero_copy_only=False))
    if row is not None:
        raise DataError(
            f"{origin}, data row {first_row + row + 1}: the weight column {columns.weight!r} holds "
            f"{weight[row].as_py()}: give finite numbers of 0 or more."
        )
