"""A table of a few rows, to be looked at: all columns, in the types of the schema."""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from torrential.types import Batch, is_json_field, leaf_path


def table_of(batches: Iterable[Batch], schema: pa.Schema) -> pa.Table:
    """Make one table of the rows of batches.

    Parameters
    ----------
    batches : iterable of Batch
        With their rows.
    schema : pa.Schema
        Columns with the types that they get, where all values fit.
    """
    tables = [pa.Table.from_batches([batch.rows]) for batch in batches if batch.n_rows]
    if not tables:
        return schema.empty_table()
    tokens = {field.name for table in tables for field in table.schema if is_json_field(field)}
    whole = pa.concat_tables(map(_plain, tables), promote_options="permissive")
    names = [name for name in schema.names if name in whole.schema.names]
    names += [name for name in whole.schema.names if name not in schema.names]
    kinds = {field.name: field.type for field in schema}
    columns = [_typed(whole[name], kinds.get(name), name in tokens) for name in names]
    return pa.table(columns, names=names)


def _plain(table: pa.Table) -> pa.Table:
    """Remove the fields that are within other columns, and the marks of fields."""
    fields = [field for field in table.schema if leaf_path(field) is None]
    schema = pa.schema([field.remove_metadata() for field in fields])
    return table.select([field.name for field in fields]).cast(schema)


def _typed(column: pa.ChunkedArray, kind: pa.DataType | None, are_tokens: bool) -> Any:
    if are_tokens:
        return _decoded(column, kind)
    if kind is None or column.type == kind:
        return column
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return column


def _decoded(column: pa.ChunkedArray, kind: pa.DataType | None) -> Any:
    """Return the values of JSON tokens, or the tokens if these have no common type."""
    values = [None if token is None else json.loads(token) for token in column.to_pylist()]
    for each in (kind, None):
        try:
            return pa.array(values, each)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            continue
    return column
