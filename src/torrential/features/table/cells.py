"""Cells: the values of columns as hashes, and the names of these."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from torrential.arrow_casts import offsets_of
from torrential.errors import DataError
from torrential.features.table.cell import MISSING, Cell, NewHashes, UInt64, new_hashes, seed_of
from torrential.features.table.dictionaries import hashes_of_dictionary
from torrential.features.table.numbers import hash_whole, integers_of, number_cell
from torrential.features.table.plan import numbers_of
from torrential.features.table.settings import (
    DATE,
    LIST,
    MAP,
    NUMBERS,
    VECTOR,
    Column,
)
from torrential.kernels.rows.rowhash import hash_rows
from torrential.kernels.table.cells import (
    mark_missing,
    missing_hash,
    take_hashes,
)
from torrential.types import Float32, Int64

MOST_PER_ROW = 4
"""Values of a dictionary for each row that are hashed rather than the rows, as the next rows will
have the same dictionary."""

_EQUALS = pa.scalar("=", pa.large_string())


def cells_of(
    column: Column, array: pa.Array, bins: int, seed: int, new: NewHashes = new_hashes
) -> Iterator[Cell]:
    """Yield the cells of a column, as `Column.cells` names them.

    ``new`` gives the memory of the hashes of cells with one value in each row, in their order.
    """
    if column.kind == DATE:
        for part, name in zip(column.parts, column.cells, strict=True):
            yield _category(name, _part(column, part, _plain(array)), seed, new)
    elif column.kind in NUMBERS:
        yield number_cell(column, _plain(array), bins, seed, new)
    elif column.kind == LIST:
        values, bounds = _items(array)
        cell = _category(column.name, values, seed)
        yield Cell(cell.name, cell.hashes, cell.names, bounds)
    elif column.kind == VECTOR:
        values, bounds = _items(array)
        places = np.arange(bounds[-1]) - np.repeat(bounds[:-1], np.diff(bounds))
        cell = _category(column.name, pa.array(places), seed)
        yield _without_nulls(cell, bounds, _float32(values, column.name))
    elif column.kind == MAP:
        keys, items, bounds = _entries(array)
        cell = _category(column.name, keys, seed)
        yield _without_nulls(
            cell, bounds, _float32(items, column.name) if items is not None else None
        )
    else:
        yield _category(column.name, array, seed, new)


def _part(column: Column, part: str, array: pa.Array) -> pa.Array:
    """Return a part of dates or times."""
    try:
        return _PARTS[part](array)
    except pa.ArrowInvalid as error:
        if getattr(array.type, "tz", None) is None:
            raise
        raise DataError(
            f"Column {column.name!r} has the time zone {array.type.tz!r}, which is not known here: "
            "convert it to UTC, or leave it out (drop=)."
        ) from error


def _category(name: str, array: pa.Array, seed: int, new: NewHashes = new_hashes) -> Cell:
    start = seed_of(name, seed)

    def names(places: Int64) -> pa.Array:
        texts = _shown(_texts(_plain(array.take(pa.array(places)))))
        return pc.binary_join_element_wise(
            pa.scalar(name, pa.large_string()), pc.fill_null(texts, MISSING), _EQUALS
        )

    return Cell(name, _hashes(array, start, new), names)


def _hashes(array: pa.Array, start: np.uint64, new: NewHashes = new_hashes) -> UInt64:
    """Return the hash of each value: that of its text, or of a null."""
    types, kind = pa.types, array.type
    if types.is_dictionary(kind) and len(array.dictionary) > MOST_PER_ROW * len(array):
        return _hashes(_plain(array), start, new)
    out = new(len(array))
    if types.is_null(kind):
        out[:] = missing_hash(start)
        return out
    if types.is_dictionary(kind):
        take_hashes(_codes(array), hashes_of_dictionary(array.dictionary, start, _hashes), out)
        return out
    if types.is_integer(kind):
        hash_whole(integers_of(array), start, out)
    else:
        texts = _texts(array)
        out[:] = start
        if len(texts) > 0:
            _, _, content = texts.buffers()
            values = np.empty(0, np.uint8) if content is None else np.frombuffer(content, np.uint8)
            hash_rows(values, offsets_of(texts).astype(np.int64, copy=False), out)
        array = texts
    if array.null_count:
        mark_missing(_is_null(array), start, out)
    return out


def _codes(array: pa.DictionaryArray) -> NDArray[Any]:
    codes = array.indices
    if codes.null_count:
        codes = codes.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        return np.asarray(np.where(_is_null(array.indices), -1, codes))
    return np.asarray(codes.to_numpy(zero_copy_only=False))


def _is_null(array: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False))


def _plain(array: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(array.type):
        return array
    return array.dictionary.take(array.indices)


def _texts(array: pa.Array) -> pa.Array:
    """Return values as text or bytes; a whole number has no point, whatever its type is."""
    types, kind = pa.types, array.type
    is_bytes = types.is_binary(kind) or types.is_large_binary(kind)
    if types.is_string(kind) or types.is_large_string(kind) or is_bytes:
        return array
    if types.is_floating(kind):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, kind), array)
        return pc.replace_substring_regex(array.cast(pa.string()), r"^(-?\d+)\.0$", r"\1")
    if types.is_null(kind):
        return array.cast(pa.string())
    if types.is_duration(kind):
        array = array.cast(pa.int64())
    return array.cast(pa.string())


def _shown(texts: pa.Array) -> pa.Array:
    """Return texts or bytes as texts; bytes that are not UTF-8 are escapes."""
    try:
        return texts.cast(pa.large_string())
    except pa.ArrowInvalid:
        values = texts.to_pylist()
        shown = [each and each.decode("utf-8", "backslashreplace") for each in values]
        return pa.array(shown, pa.large_string())


def _items(array: pa.Array) -> tuple[pa.Array, Int64]:
    """Return the values of all lists, and where those of each begin; a null has none."""
    bounds = np.zeros(len(array) + 1, np.int64)
    if pa.types.is_null(array.type):
        return pa.nulls(0), bounds
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    np.cumsum(lengths.to_numpy(zero_copy_only=False), out=bounds[1:])
    return array.flatten(), bounds


def _entries(array: pa.Array) -> tuple[pa.Array, pa.Array | None, Int64]:
    """Return keys and values of all maps, and where those of each begin; a null has none."""
    if pa.types.is_null(array.type):
        return pa.nulls(0, pa.string()), None, np.zeros(len(array) + 1, np.int64)
    if array.null_count:
        array = array.fill_null(pa.scalar([], array.type))
    offsets = np.asarray(array.offsets.to_numpy(zero_copy_only=False)).astype(np.int64)
    first, n = int(offsets[0]), int(offsets[-1] - offsets[0])
    items = array.items.slice(first, n)
    return array.keys.slice(first, n), items, offsets - first


def _float32(values: pa.Array, name: str) -> Float32:
    """Return the numbers of lists or maps; a null is nan."""
    with np.errstate(over="ignore"):
        numbers = numbers_of(values).astype(np.float32)
    if np.isinf(numbers).any():
        raise DataError(
            f"Column {name!r} holds a number in a list or map that is infinite, or beyond float32: "
            "correct it, or leave the column out (drop=)."
        )
    return numbers


def _without_nulls(cell: Cell, bounds: Int64, values: Float32 | None) -> Cell:
    """Return a cell without the values that are null."""
    if values is None or not np.isnan(values).any():
        return Cell(cell.name, cell.hashes, cell.names, bounds, values)
    kept = np.flatnonzero(~np.isnan(values))
    bounds = np.searchsorted(kept, bounds)
    return Cell(
        cell.name, cell.hashes[kept], lambda places: cell.names(kept[places]), bounds, values[kept]
    )


_PARTS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "hour": pc.hour,
    "weekday": pc.day_of_week,
    "day": pc.day,
    "month": pc.month,
}
"""What gives the parts of a date; days of the week begin with Monday, which is 0."""
