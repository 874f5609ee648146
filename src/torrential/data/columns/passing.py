"""Columns that are passed on unchanged, and the types that all files have in common."""

from dataclasses import dataclass

import pyarrow as pa

from torrential.arrow_casts import exact_cast, plain_array, strings
from torrential.arrow_types import plain_field
from torrential.types import is_json_field, is_text_field


@dataclass(frozen=True, slots=True)
class Passed:
    """Columns of the input that batches carry in addition to what is learned from.

    Attributes
    ----------
    schema : pyarrow.Schema
        Columns that are known before the rows are read, with one type each. Rows may have more.
    names : tuple of str or None
        The columns chosen; None for all.
    """

    schema: pa.Schema
    names: tuple[str, ...] | None = None

    def __contains__(self, name: str) -> bool:
        return self.names is None or name in self.names

    def known(self, settled: pa.Schema) -> pa.Schema:
        """Return the known columns; settled columns have their settled types."""
        return pa.schema(
            [
                settled.field(field.name) if field.name in settled.names else field
                for field in self.schema
                if field.name in self
            ]
        )

    def column(self, array: pa.Array, field: pa.Field) -> tuple[pa.Array, pa.Field]:
        """Return a column in the common type of all files, if the conversion is exact."""
        if is_json_field(field):
            return array, field
        if is_text_field(field):
            array, field = _decoded(array, field)
        index = self.schema.get_field_index(field.name)
        expected = None if index < 0 else self.schema.field(index)
        if expected is not None and not is_json_field(expected):
            cast = exact_cast(array, expected.type)
            if cast is not None:
                return cast, expected
        return plain_array(array), plain_field(field)

    def rows(
        self, rows: pa.RecordBatch, settled: dict[str, tuple[pa.Array, pa.Field]]
    ) -> pa.RecordBatch:
        """Return the columns that are passed on, and the settled columns in any case.

        Parameters
        ----------
        rows : pa.RecordBatch
            As a file has them.
        settled : dict
            Columns that are used, in the types that they have in all files.
        """
        columns: list[tuple[pa.Array, pa.Field]] = []
        for expected in self.schema:
            name = expected.name
            if name not in self:
                continue
            if name in settled:
                columns.append(settled[name])
            elif name in rows.schema.names:
                columns.append(self.column(rows.column(name), rows.schema.field(name)))
            else:
                columns.append((pa.nulls(rows.num_rows, expected.type), expected))
        done = {field.name for _, field in columns}
        columns += [
            self.column(rows.column(field.name), field)
            for field in rows.schema
            if field.name in self and field.name not in done and field.name not in settled
        ]
        done = {field.name for _, field in columns}
        columns += [column for name, column in settled.items() if name not in done]
        arrays = [array for array, _ in columns]
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([field for _, field in columns]))


def _decoded(array: pa.Array, field: pa.Field) -> tuple[pa.Array, pa.Field]:
    """Return cells of a file as strings; cells that are not valid UTF-8 stay bytes."""
    try:
        return strings(array), pa.field(field.name, pa.string())
    except pa.ArrowInvalid:
        return array, field
