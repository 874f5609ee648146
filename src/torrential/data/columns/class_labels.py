"""Names of labels that are integers: Hugging Face's ``datasets`` keeps them with the schema."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.errors import DataError

KEY = b"huggingface"
"""Key of the schema's metadata."""


def class_names(schema: pa.Schema, column: str) -> tuple[str, ...] | None:
    """Return the name of each label of a column of integers; None without names."""
    metadata = (schema.metadata or {}).get(KEY)
    if metadata is None or not pa.types.is_integer(schema.field(column).type):
        return None
    return _names(metadata, column)


@lru_cache(maxsize=256)
def _names(metadata: bytes, column: str) -> tuple[str, ...] | None:
    try:
        feature = _feature(json.loads(metadata)["info"]["features"], column)
        if feature["_type"] != "ClassLabel":
            return None
        names = feature["names"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        return None
    return tuple(names)


def _feature(features: dict[str, Any], column: str) -> Any:
    """Return the description of a column, or of a field within a column."""
    if column in features:
        return features[column]
    start, dot, rest = column.partition(".")
    return _feature(features[start], rest) if dot else features[column]


def named(
    labels: pa.Array, names: tuple[str, ...], column: str, origin: str, first_row: int
) -> pa.Array:
    """Return the names of labels; -1, which marks a missing label, becomes null.

    Raises
    ------
    DataError
        A label has no name; its row is counted from ``first_row`` of the origin.
    """
    is_known = labels.is_valid().to_numpy(zero_copy_only=False)
    values = labels.fill_null(0).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero(is_known & ((values < -1) | (values >= len(names))))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"{origin}, data row {first_row + row + 1}: column {column!r} holds {values[row]}, but "
            f"its schema names the labels 0 to {len(names) - 1} only: correct it, or pass "
            "target_type='int64'."
        )
    is_missing = ~is_known | (values == -1)
    places = pa.array(np.where(is_missing, 0, values).astype(np.int64), mask=is_missing)
    return pa.array(names, pa.string()).take(places)
