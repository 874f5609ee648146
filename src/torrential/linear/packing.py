"""Arrays that are mostly zeros, made small for the way to another process."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Sparse:
    """The rows of an array that are not all zeros.

    Attributes
    ----------
    n_rows : int
    places : int64 array of shape (n_kept,)
    rows : array of shape (n_kept, width)
    """

    n_rows: int
    places: NDArray[np.int64]
    rows: Array


Packed = Array | Sparse


def pack(array: Array, width: int) -> Packed:
    """Remove the zeros of a flat array, by rows of this many numbers, if most rows are zeros.

    Examples
    --------
    >>> packed = pack(np.array([0, 0, 0, 0, 0, 0, 3, 4]), 2)
    >>> packed.places, packed.rows
    (array([3]), array([[3, 4]]))
    >>> unpack(packed)
    array([0, 0, 0, 0, 0, 0, 3, 4])
    """
    if array.ndim != 1 or len(array) % width:
        return array
    rows = array.reshape(-1, width)
    places = np.flatnonzero(rows.any(axis=1))
    return Sparse(len(rows), places, rows[places]) if 2 * len(places) < len(rows) else array


def unpack(packed: Packed) -> Array:
    """Return the array that was packed."""
    if not isinstance(packed, Sparse):
        return packed
    rows = np.zeros((packed.n_rows, packed.rows.shape[1]), packed.rows.dtype)
    rows[packed.places] = packed.rows
    return rows.reshape(-1)
