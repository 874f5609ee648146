"""Columns of a table as features: names and values, or numbers alone."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_casts import plain_array
from torrential.errors import DataError
from torrential.persistence.value_text import TEXT, is_binary, is_text, text_scalar, value_text
from torrential.types import Int64


@dataclass(frozen=True, slots=True)
class Features:
    """Features of the rows of a column.

    Attributes
    ----------
    rows : int64 array of shape (n_features,)
        Ascending.
    names : pa.Array of shape (n_features,)
        Texts, or whole numbers.
    values : pa.Array of shape (n_features,), or None
        Numbers, not null; None if all are 1.
    """

    rows: Int64
    names: pa.Array
    values: pa.Array | None

    @property
    def texts(self) -> pa.Array:
        """Names as texts."""
        return self.names.cast(TEXT)


def features_of(column: pa.Array, name: str) -> Features:
    """Return a column's features: of maps, of categories and lists of them, or of numbers.

    A null has none. A number's feature has the name of its column.

    Raises
    ------
    DataError
        If the column is of a type that has no features.
    """
    column = plain_array(column)
    kind, types = column.type, pa.types
    if types.is_map(kind):
        return _of_maps(column, name)
    if types.is_list(kind) or types.is_large_list(kind):
        rows = pc.list_parent_indices(column).to_numpy(zero_copy_only=False).astype(np.int64)
        return _known(rows, _category(column.flatten(), name), None)
    rows = np.arange(len(column))
    if is_number(kind):
        return _known(rows, pa.repeat(pa.scalar(name, TEXT), len(column)), column)
    return _known(rows, _category(column, name), None)


def is_number(kind: pa.DataType) -> bool:
    """Return whether a type holds numbers."""
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def finite(values: pa.Array, name: str) -> pa.Array:
    """Return numbers as floats.

    Raises
    ------
    DataError
        If one is not finite, or too large or small for a normal number of 32 bits.
    """
    if not pa.types.is_floating(values.type):
        values = values.cast(pa.float64(), safe=False)
    numbers = values.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        single = np.abs(numbers.astype(np.float32))
    is_wrong = ~np.isfinite(single) | ((numbers != 0) & (single < np.finfo(np.float32).tiny))
    if is_wrong.any():
        value = numbers[np.flatnonzero(is_wrong)[0]].item()
        raise DataError(
            f"The column {name!r} holds {value}, which is not a normal number of 32 bits: correct "
            "it, or leave the column out."
        )
    return values


def without_nan(values: pa.Array) -> pa.Array:
    """Return numbers with null in place of nan."""
    if not pa.types.is_floating(values.type):
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)


def number_text(values: pa.Array) -> pa.Array:
    """Return the shortest text of each float that reads back, without a minus before zero."""
    return pc.add(values, pa.scalar(0, values.type)).cast(TEXT)


def joined(*parts: pa.Array | pa.Scalar) -> pa.Array:
    """Return the parts of each row as one text."""
    return pc.binary_join_element_wise(*parts, text_scalar(""))


def label_texts(column: pa.Array, of_lines: str, *, only_whole: bool) -> pa.Array:
    """Return the labels of each row between commas, null where they are not known.

    Parameters
    ----------
    column : pa.Array of lists
        Without nulls in them.
    of_lines : str
        The format, for messages.
    only_whole : bool
        Whether labels are whole numbers of 0 or more, of 32 bits.

    Raises
    ------
    DataError
        If a label is not such a number.
    """
    values, sizes = column.flatten(), pc.list_value_length(column).fill_null(0)
    if not is_number(values.type):
        raise DataError(
            f"The labels are of type {values.type}, but {of_lines} lines have numbers: convert "
            "them."
        )
    if only_whole:
        values = _whole(values, of_lines)
    elif not pa.types.is_integer(values.type):
        if not pc.all(pc.is_finite(values)).as_py():
            raise DataError("A label is not a finite number: correct it, or leave the row out.")
        values = number_text(values.cast(pa.float64()))
    ends = pa.array([0]).cast(pa.int64())
    if len(sizes):
        ends = pa.concat_arrays([ends, pc.cumulative_sum(sizes.cast(pa.int64()))])
    rows = pa.LargeListArray.from_arrays(ends, values.cast(TEXT))
    texts = pc.binary_join(rows, text_scalar(","))
    return pc.if_else(column.is_valid(), texts, pa.scalar(None, TEXT))


def _whole(values: pa.Array, of_lines: str) -> pa.Array:
    try:
        return values.cast(pa.uint32())
    except pa.ArrowInvalid:
        raise DataError(
            f"A label is not a whole number from 0 to 4,294,967,295, as {of_lines} lines of "
            "several labels have them: convert the labels."
        ) from None


def _of_maps(column: pa.Array, name: str) -> Features:
    offsets = np.asarray(column.offsets)
    rows = np.repeat(np.arange(len(column)), np.diff(offsets))
    keys = plain_array(column.keys.slice(offsets[0], offsets[-1] - offsets[0]))
    items = plain_array(column.items.slice(offsets[0], offsets[-1] - offsets[0]))
    if not is_number(items.type) or not (is_text(keys.type) or pa.types.is_integer(keys.type)):
        raise DataError(
            f"The column {name!r} holds {column.type}, not maps of names to numbers: leave it out."
        )
    if column.null_count:
        is_valid = column.is_valid().to_numpy(zero_copy_only=False)[rows]
        rows = rows[is_valid]
        keys, items = keys.filter(pa.array(is_valid)), items.filter(pa.array(is_valid))
    return _known(rows, keys, items)


def _category(column: pa.Array, name: str) -> pa.Array:
    kind, types = column.type, pa.types
    if types.is_null(kind):
        return column.cast(TEXT)
    is_value = is_text(kind) or is_number(kind) or types.is_boolean(kind) or types.is_temporal(kind)
    if is_binary(kind) or not is_value:
        raise DataError(
            f"The column {name!r} holds {kind}, which is neither a category nor a number: leave it "
            "out."
        )
    return value_text(column)


def _known(rows: Int64, names: pa.Array, values: pa.Array | None) -> Features:
    """Leave out nulls and nan."""
    known = names.is_valid()
    if values is not None:
        values = without_nan(values)
        known = pc.and_(known, values.is_valid())
    mask = known.to_numpy(zero_copy_only=False)
    if mask.all():
        return Features(rows, names, values)
    values = None if values is None else values.filter(known)
    return Features(rows[mask], names.filter(known), values)
