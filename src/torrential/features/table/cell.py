"""A cell: the values that one input has in each row, as hashes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from torrential.kernels.rows.rowhash import hash_rows
from torrential.types import Float32, Int64

UInt64 = NDArray[np.uint64]
Names = Callable[[Int64], pa.Array]
"""Gives the texts of some values of a cell, by their places."""

NewHashes = Callable[[int], UInt64]
"""Gives an array for as many hashes."""

MISSING = "missing"
"""Name of a null."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One or more values in each row, as hashes.

    Attributes
    ----------
    name : str
    hashes : uint64 array of shape (n_values,)
    names : callable
        Texts of values by their places.
    bounds : int64 array of shape (n_rows + 1,), or None
        Where the values of each row begin; None for one in each.
    values : float32 array of shape (n_values,), or None
        None for 1.
    """

    name: str
    hashes: UInt64
    names: Names
    bounds: Int64 | None = None
    values: Float32 | None = None


def new_hashes(n_values: int) -> UInt64:
    """Return an array of its own for as many hashes."""
    return np.empty(n_values, np.uint64)


@lru_cache(maxsize=4096)
def seed_of(name: str, seed: int) -> np.uint64:
    """Return the seed of the values of a cell."""
    content = np.frombuffer(name.encode("utf-8", "surrogatepass"), np.uint8)
    state = np.full(1, seed, np.uint64)
    hash_rows(content, np.array([0, len(content)], np.int64), state)
    return np.uint64(state[0])
