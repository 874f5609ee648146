"""Rows of tables for benchmarks: columns as hashed CSR rows, and a generated click log."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import scipy.sparse as sp

N_BITS = 22
BINS = 16
"""Bins of a number's logarithm for each factor of two."""

HELD_OUT = 0.1
"""Share of the rows, the last ones of those that have an order."""


@dataclass(frozen=True)
class Rows:
    """Rows to learn and rows to score."""

    X: sp.csr_array
    y: np.ndarray[Any, Any]
    X_held_out: sp.csr_array
    y_held_out: np.ndarray[Any, Any]


def split(X: sp.csr_array, y: np.ndarray[Any, Any], *, shuffle: bool) -> Rows:
    """Return the rows with the last ones held out, in their order or in a random one."""
    order = np.random.default_rng(0).permutation(len(y)) if shuffle else np.arange(len(y))
    learned, held_out = np.split(order, [round((1 - HELD_OUT) * len(y))])
    return Rows(X[learned], y[learned], X[held_out], y[held_out])


def hash_of(text: str) -> int:
    """Return 64 bits that depend on a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def mixed(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the hashes of crosses of two cells, from the cells' hashes."""
    z = a * np.uint64(0x9E3779B97F4A7C15) + b
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def category(name: str, cells: Any) -> np.ndarray[Any, Any]:
    """Return a 64-bit hash of each cell: of its column's name and its text."""
    encoded = pa.array(cells).dictionary_encode()
    hashes = [hash_of(f"{name}={value}") for value in encoded.dictionary.to_pylist()]
    return np.array(hashes, np.uint64)[encoded.indices.to_numpy()]


def binned(cells: Any) -> np.ndarray[Any, Any]:
    """Return the bin of each number: of the logarithm of its size plus 1."""
    values = np.asarray(cells, np.float64)
    return np.copysign(np.floor(BINS * np.log2(np.abs(values) + 1)), values).astype(np.int64)


def rows_of(
    hashes: Mapping[str, np.ndarray[Any, Any]],
    crosses: Sequence[tuple[str, str]] = (),
    numbers: Mapping[str, np.ndarray[Any, Any]] | None = None,
) -> sp.csr_array:
    """Return CSR rows: a value of 1 for each category and cross, numbers as they are."""
    numbers = numbers or {}
    columns = [*hashes.values(), *(mixed(hashes[a], hashes[b]) for a, b in crosses)]
    n = len(columns[0])
    columns += [np.full(n, hash_of(name), np.uint64) for name in numbers]
    indices = np.stack(columns, axis=1) >> np.uint64(64 - N_BITS)
    data = np.ones(indices.shape, np.float32)
    for place, values in enumerate(numbers.values(), start=len(columns) - len(numbers)):
        data[:, place] = values
    indptr = np.arange(0, indices.size + 1, indices.shape[1])
    parts = data.ravel(), indices.astype(np.int32).ravel(), indptr
    return sp.csr_array(parts, (n, 2**N_BITS))


def adult(file: Path) -> dict[str, Rows]:
    """Return the rows of the training file of adult, with numbers in bins and as they are."""
    table = pq.read_table(file)
    y = (table["label"].to_numpy() == pc.max(table["label"]).as_py()).astype(np.int32)
    columns = {name: table[name].combine_chunks() for name in table.column_names if name != "label"}
    is_number = {name: pa.types.is_integer(cells.type) for name, cells in columns.items()}
    texts = {name: category(name, cells) for name, cells in columns.items() if not is_number[name]}
    numbers = {name: cells.to_numpy() for name, cells in columns.items() if is_number[name]}
    in_bins = {name: category(name, binned(cells)) for name, cells in numbers.items()}
    return {
        "adult": split(rows_of(texts | in_bins), y, shuffle=True),
        "adult, raw numbers": split(rows_of(texts, numbers=numbers), y, shuffle=True),
    }


def flights(file: Path) -> dict[str, Rows]:
    """Return the earlier four fifths of the flights, without and with crosses; later ones stay."""
    table = pq.read_table(file).sort_by("date")
    table = table.slice(0, table.num_rows * 4 // 5)
    date = table["date"].combine_chunks()
    cells = {
        "hour": pc.hour(date),
        "weekday": pc.day_of_week(date),
        "month": pc.month(date),
        "origin": table["origin"].combine_chunks(),
        "destination": table["destination"].combine_chunks(),
        "distance": binned(table["distance"].to_numpy()),
    }
    hashes = {name: category(name, each) for name, each in cells.items()}
    crosses = [("origin", "destination"), *((name, "hour") for name in ("origin", "destination"))]
    crosses.append(("weekday", "hour"))
    y = (table["delay"].to_numpy() >= 15).astype(np.int32)
    return {
        "flights": split(rows_of(hashes), y, shuffle=False),
        "flights, crosses": split(rows_of(hashes, crosses), y, shuffle=False),
    }


def clicks(n_rows: int, seed: int = 0) -> dict[str, Rows]:
    """Generate a click log, without and with the two crosses that its clicks depend on.

    It has 12 fields of 10 to a million values by Zipf's law. The log-odds are a sum of an effect of
    each value and of each pair of values in two crosses, all normal; 3 % are clicks.
    """
    rng = np.random.default_rng(seed)
    sizes = np.round(np.logspace(1, 6, 12)).astype(int)
    hashes = {}
    for field, size in enumerate(sizes):
        shares = np.cumsum(1 / np.arange(1, size + 1) ** 1.05)
        values = np.searchsorted(shares / shares[-1], rng.random(n_rows))
        seeds = np.full(n_rows, hash_of(f"field {field}"), np.uint64)
        hashes[f"field {field}"] = mixed(seeds, values.astype(np.uint64))
    crosses = [("field 2", "field 5"), ("field 1", "field 7")]
    log_odds = sum(0.25 * _normal(each) for each in hashes.values())
    log_odds += sum(0.8 * _normal(mixed(hashes[a], hashes[b])) for a, b in crosses)
    low, high = -20.0, 20.0
    for _ in range(60):  # the intercept with 3 % clicks
        middle = (low + high) / 2
        is_high = np.mean(1 / (1 + np.exp(-log_odds - middle))) > 0.03
        low, high = (low, middle) if is_high else (middle, high)
    y = (rng.random(n_rows) < 1 / (1 + np.exp(-log_odds - low))).astype(np.int32)
    return {
        "clicks": split(rows_of(hashes), y, shuffle=False),
        "clicks, crosses": split(rows_of(hashes, crosses), y, shuffle=False),
    }


def _normal(hashes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a normal number for each different hash, always the same."""
    first, second = (
        (mixed(hashes, np.full(len(hashes), salt, np.uint64)) >> np.uint64(11)) / 2.0**53
        for salt in (1, 2)
    )
    return np.sqrt(-2 * np.log(1 - first)) * np.cos(2 * np.pi * second)
