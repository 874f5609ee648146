"""Columns as the text that a cell of a table can hold."""

import pyarrow as pa

from torrential.arrow_casts import plain_array
from torrential.persistence.json_text import json_values
from torrential.persistence.json_tokens import token_text
from torrential.persistence.value_text import masked, valid_text, value_text
from torrential.types import is_json_field, is_text_field


def cell_text(column: pa.Array, field: pa.Field | None = None) -> pa.Array:
    """Return the text of each value; nested values as JSON.

    Parameters
    ----------
    column : pa.Array of shape (n_rows,)
    field : pa.Field, default=None
        Says if the values are JSON tokens, or bytes that are text.

    Returns
    -------
    pa.Array of large_string, shape (n_rows,)

    Examples
    --------
    >>> cell_text(pa.array([["a"], None])).to_pylist()
    ['["a"]', None]
    """
    if field is not None and is_json_field(field):
        return token_text(column)
    if field is not None and is_text_field(field):
        return valid_text(column)
    column = plain_array(column)
    if pa.types.is_null(column.type):
        return column.cast(pa.large_string())
    if is_structured(column.type):
        return masked(json_values(column), column)
    return value_text(column)


def is_structured(kind: pa.DataType) -> bool:
    """Return whether a type is nested."""
    if isinstance(kind, pa.BaseExtensionType):
        return is_structured(kind.storage_type)
    return bool(pa.types.is_nested(kind))
