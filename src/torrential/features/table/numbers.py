"""Numbers as cells: as they are, or as the bin that they are in."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from torrential.features.table.cell import MISSING, Cell, NewHashes, UInt64, new_hashes, seed_of
from torrential.features.table.plan import numbers_of
from torrential.features.table.settings import LOG, QUANTILE, STANDARD, Column
from torrential.kernels.table.cells import (
    MOST_STEPS,
    hash_bins,
    hash_integers,
    logarithmic_bins,
    mark_missing,
    take_hashes,
)
from torrential.types import Float32, Int64

INFINITIES = float("inf"), float("-inf")


def number_cell(
    column: Column, array: pa.Array, bins: int, seed: int, new: NewHashes = new_hashes
) -> Cell:
    """Return numbers as a cell; null and infinity are features of their own."""
    if column.kind in (LOG, QUANTILE):
        return _bin(column, array, bins, seed, new)
    start, name, values = seed_of(column.name, seed), column.name, numbers_of(array)
    mean, deviation = column.detail if column.kind == STANDARD else (0.0, 1.0)
    with np.errstate(over="ignore"):
        scaled = ((values - mean) / deviation).astype(np.float32)
    hashes = np.full(len(values), start, np.uint64)
    for infinity in INFINITIES:
        hashes[scaled == infinity] = seed_of(f"{name}={infinity}", seed)
    mark_missing(np.isnan(values), start, hashes)
    kept = scaled.copy()
    scaled[~np.isfinite(scaled)] = 1.0
    return Cell(name, hashes, lambda places: _value_names(name, kept[places]), None, scaled)


def _bin(column: Column, array: pa.Array, bins: int, seed: int, new: NewHashes) -> Cell:
    """Return bins of numbers as categories; whole numbers of a small range are looked up."""
    start, hashes = seed_of(column.name, seed), new(len(array))
    integers = integers_of(array) if pa.types.is_integer(array.type) else None
    known = None if integers is None else _range_of(integers)
    if integers is not None and known is not None:
        different, places = (
            _bins_of(column, known.astype(np.float64), bins),
            _places(integers, known),
        )
        table = np.empty(len(known), np.uint64)
        hash_bins(different, start, table)
        take_hashes(places, table, hashes)
        is_missing = np.asarray(array.is_null().to_numpy(zero_copy_only=False))
    else:
        values = numbers_of(array)
        different, places = _bins_of(column, values, bins), None
        hash_bins(different, start, hashes)
        is_missing = np.isnan(values)
    if is_missing.any():
        mark_missing(is_missing, start, hashes)

    def names(rows: Int64) -> pa.Array:
        numbers = different[rows if places is None else places[rows]]
        return _bin_names(column, numbers, is_missing[rows], bins)

    return Cell(column.name, hashes, names)


def _bins_of(column: Column, values: NDArray[np.float64], bins: int) -> Int64:
    """Return the number of each value's bin."""
    numbers = np.empty(len(values), np.int64)
    if column.kind == LOG:
        logarithmic_bins(values, float(bins), numbers)
    else:
        numbers[:] = np.searchsorted(column.detail, values, side="left")
    return numbers


def _value_names(name: str, values: Float32) -> pa.Array:
    """Return the name of the column, with what a value is if it is not finite."""
    names = [
        name if np.isfinite(value) else f"{name}={MISSING if value != value else value}"
        for value in values.tolist()
    ]
    return pa.array(names, pa.large_string())


def _bin_names(
    column: Column, numbers: Int64, is_missing: NDArray[np.bool_], bins: int
) -> pa.Array:
    interval = _log_interval if column.kind == LOG else _quantile_interval
    texts = [
        MISSING if missing else interval(number, column, bins)
        for number, missing in zip(numbers.tolist(), is_missing.tolist(), strict=True)
    ]
    return pa.array([f"{column.name}={text}" for text in texts], pa.large_string())


def _log_interval(number: int, column: Column, bins: int) -> str:
    step, is_negative = divmod(number, 2)
    if step == MOST_STEPS:
        return "-inf" if is_negative else "inf"
    with np.errstate(over="ignore"):
        begin, end = (float(np.exp2((step + more) / bins)) - 1 for more in (0, 1))
    first = int(np.ceil(begin)) if begin < 64 else 0
    if begin < 64 and first < end <= first + 1:  # the only whole number in it
        return f"{'-' if is_negative else ''}{first}"
    if is_negative:
        return f"({-end:.4g}, {-begin:.4g}]"
    return f"[{begin:.4g}, {end:.4g})"


def _quantile_interval(number: int, column: Column, bins: int) -> str:
    edges = [-np.inf, *column.detail, np.inf]
    return f"({edges[number]:.4g}, {edges[number + 1]:.4g}]"


def integers_of(array: pa.Array) -> NDArray[Any]:
    """Return whole numbers; a null is 0."""
    integers = array.fill_null(0) if array.null_count else array
    return np.asarray(integers.to_numpy(zero_copy_only=False))


def hash_whole(values: NDArray[Any], start: np.uint64, out: UInt64) -> None:
    """Hash whole numbers, each of a small range once."""
    known = _range_of(values)
    if known is not None:
        table = np.empty(len(known), np.uint64)
        hash_integers(known, start, table)
        take_hashes(_places(values, known), table, out)
        return
    wanted = np.uint64 if values.dtype == np.uint64 else np.int64
    hash_integers(values.astype(wanted, copy=False), start, out)


def _range_of(values: NDArray[Any]) -> Int64 | None:
    """Return all numbers between the lowest and the highest; None if they are more than values."""
    if len(values) == 0 or values.dtype == np.uint64:
        return None
    low, high = int(values.min()), int(values.max())
    return low + np.arange(high - low + 1) if high - low < len(values) else None


def _places(values: NDArray[Any], known: Int64) -> NDArray[Any]:
    """Return the places of whole numbers in a range."""
    return values if known[0] == 0 else np.asarray(values.astype(np.int64) - known[0])
