"""Choose, check and join the columns that are used: rows as a table has them become a Batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.passing import Passed
from torrential.data.weights import first_wrong
from torrential.errors import DataError
from torrential.tracing import span
from torrential.types import Batch

# A batch is what a worker takes at a time: long enough that its overhead vanishes, and short
# enough that a few of them per worker fit into the cache of the last level.
BATCH_ROWS = 4096
BATCH_BYTES = 3 << 19


Piece = tuple[pa.RecordBatch, int]
"""Consecutive rows, and the number of malformed rows that were skipped since the last piece."""


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

    def require(self, names: list[str], origin: str) -> None:
        """Raise DataError unless all used columns are among the names; says which one is meant."""
        for column in self.used:
            if column not in names:
                close = get_close_matches(column, names, n=1)
                hint = f"did you mean {close[0]!r}? It has" if close else "it has"
                known = ", ".join(map(repr, names)) or "none"
                raise DataError(f"{origin} has no column {column!r}; {hint} {known}.")

    def check(self, schema: pa.Schema, name: str) -> None:
        """Raise DataError unless the schema has these columns, of types they can have."""
        self.require(schema.names, name)
        used = self.used
        check_unique([column for column in schema.names if column in used], name, used)
        for column in self.text:
            if not is_text(schema.field(column).type):
                raise _not_text(column, schema, name)
        if self.target is not None and pa.types.is_nested(schema.field(self.target).type):
            raise DataError(
                f"The target column {self.target!r} of {name} holds "
                f"{schema.field(self.target).type}: a label must be one string, number or boolean."
            )
        if self.weight is not None and not _is_number(schema.field(self.weight).type):
            raise DataError(
                f"The weight column {self.weight!r} of {name} holds "
                f"{schema.field(self.weight).type}: weights must be numbers."
            )


def check_unique(names: Sequence[str], origin: str, used: Sequence[str]) -> None:
    """Raise DataError if a name is there twice; other columns than those used can be left out."""
    for name, count in Counter(names).items():
        if count > 1:
            hint = "" if name in used else ", or choose the columns to pass on"
            raise DataError(
                f"{origin} has several columns named {name!r}: rename all but one{hint}."
            )


def _not_text(column: str, schema: pa.Schema, name: str) -> DataError:
    texts = [repr(field.name) for field in schema if is_text(field.type)]
    hint = f"pass one of its text columns ({', '.join(texts)})" if texts else "write it as strings"
    return DataError(
        f"The text column {column!r} of {name} holds {schema.field(column).type}, not text: {hint}."
    )


def is_text(data_type: pa.DataType) -> bool:
    """Whether an Arrow type holds strings or bytes; a column of nulls only counts as such."""
    types = pa.types
    if types.is_dictionary(data_type):
        return is_text(data_type.value_type)
    return any(
        is_such(data_type)
        for is_such in (
            types.is_string,
            types.is_large_string,
            types.is_string_view,
            types.is_binary,
            types.is_large_binary,
            types.is_binary_view,
            types.is_null,
        )
    )


def _is_number(data_type: pa.DataType) -> bool:
    types = pa.types
    return any(
        is_such(data_type) for is_such in (types.is_integer, types.is_floating, types.is_decimal)
    )


def plain_schema(
    schema: pa.Schema, target: str | None, target_type: pa.DataType | None
) -> pa.Schema:
    """Drop encodings, and give the target the type asked for: what all rows are brought to."""
    fields = []
    for field in schema:
        asked = target_type if field.name == target else None
        fields.append(pa.field(field.name, asked or plain_type(field.type)))
    return pa.schema(fields)


def plain_type(data_type: pa.DataType) -> pa.DataType:
    """Type without dictionary or view; a column of nulls only becomes one of strings."""
    types = pa.types
    if types.is_dictionary(data_type):
        return plain_type(data_type.value_type)
    if types.is_string_view(data_type):
        return pa.large_string()
    if types.is_binary_view(data_type):
        return pa.large_binary()
    return pa.string() if types.is_null(data_type) else data_type


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

    def wanted(self, names: list[str], origin: str) -> list[str]:
        """Return which of a file's columns to read, in its order.

        Raises
        ------
        DataError
            If a column that is used is missing, or one to read has the name of another.
        """
        self.columns.require(names, origin)
        settled = self.schema.names
        passed = () if self.passed is None else self.passed
        wanted = [name for name in names if name in settled or name in passed]
        check_unique(wanted, origin, settled)
        return wanted

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
        for piece, n_skipped in _read(pieces):
            after, end = share(), first_row + piece.num_rows
            for rows in slices(piece, self.columns.text):
                if rows.num_rows or n_skipped:
                    batch = self._batch(rows, origin, first_row, n_skipped)
                    left = (end - first_row - rows.num_rows) / max(piece.num_rows, 1)
                    yield replace(batch, share=after and after - left * (after - before))
                first_row += rows.num_rows
                n_skipped = 0
            before = after or before

    def _batch(self, rows: pa.RecordBatch, origin: str, first_row: int, n_skipped: int) -> Batch:
        with span("decode", rows=rows.num_rows):
            return self._decoded(rows, origin, first_row, n_skipped)

    def _decoded(self, rows: pa.RecordBatch, origin: str, first_row: int, n_skipped: int) -> Batch:
        columns = self.columns
        columns.require(rows.schema.names, origin)
        texts = [_text(rows, name, origin) for name in columns.text]
        text = _join_texts(texts) if texts else pa.nulls(rows.num_rows, pa.string())
        target = weight = kept = None
        if columns.target is not None:
            target = _conform(rows, self.schema.field(columns.target), columns, origin)
        if columns.weight is not None:
            field = pa.field(columns.weight, pa.float64())
            weight = _conform(rows, field, columns, origin)
            _check_weight(weight, columns, origin, first_row)
        if self.keep_rows:
            kept = self._kept(rows, origin)
        return Batch(text, target, weight, kept, origin, first_row, n_skipped)

    def _kept(self, rows: pa.RecordBatch, origin: str) -> pa.RecordBatch:
        arrays = [_conform(rows, field, self.columns, origin) for field in self.schema]
        if self.passed is None:
            return pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        settled = {field.name: (array, field) for array, field in zip(arrays, self.schema)}
        return self.passed.rows(rows, settled)

    def chosen(self, rows: pa.RecordBatch, origin: str) -> pa.RecordBatch | None:
        """Return of rows that were read for another shape what this one keeps."""
        return rows.select(self.wanted(rows.schema.names, origin)) if self.keep_rows else None


def _text(rows: pa.RecordBatch, name: str, origin: str) -> pa.Array:
    array = rows.column(name)
    if not is_text(array.type):
        raise _not_text(name, rows.schema, origin)
    plain = plain_type(array.type)
    return array if array.type == plain else array.cast(plain)


def _join_texts(texts: list[pa.Array]) -> pa.Array:
    if len(texts) == 1:
        return texts[0]
    parts = [text.cast(pa.large_binary()) for text in texts]
    return pc.binary_join_element_wise(
        *parts, pa.scalar(b"\n", pa.large_binary()), null_handling="replace", null_replacement=""
    )


def _conform(rows: pa.RecordBatch, field: pa.Field, columns: Columns, origin: str) -> pa.Array:
    """Column of that name and type; nulls where a file lacks a column that is only passed on."""
    if field.name not in rows.schema.names:
        return pa.nulls(rows.num_rows, field.type)
    array = rows.column(field.name)
    if array.type == field.type:
        return array
    try:
        if _is_bytes(array.type) and not _is_bytes(field.type) and is_text(field.type):
            return to_string(array, field.type)
        return array.cast(field.type)
    except pa.ArrowException as error:
        hint = "pass target_type='string'" if field.name == columns.target else "give it one type"
        raise DataError(
            f"Column {field.name!r} of {origin} holds {array.type}, which does not become "
            f"{field.type} ({error}): {hint}."
        ) from error


def _check_weight(weight: pa.Array, columns: Columns, origin: str, first_row: int) -> None:
    row = first_wrong(weight.fill_null(1.0).to_numpy(zero_copy_only=False))
    if row is not None:
        raise DataError(
            f"{origin}, data row {first_row + row + 1}: the weight column {columns.weight!r} holds "
            f"{weight[row].as_py()}: give finite numbers of 0 or more."
        )


def _is_bytes(data_type: pa.DataType) -> bool:
    return any(is_such(data_type) for is_such in (pa.types.is_binary, pa.types.is_large_binary))


def to_string(array: pa.Array, data_type: pa.DataType) -> pa.Array:
    """Strings of bytes; what is not valid UTF-8 becomes the replacement character."""
    try:
        return array.cast(data_type)
    except pa.ArrowInvalid:
        values = [None if v is None else v.decode("utf-8", "replace") for v in array.to_pylist()]
        return pa.array(values, data_type)
