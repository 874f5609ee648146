"""Matrices in parts: their rows assigned at random, chunk by chunk."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from torrential.data.views.order import row_order
from torrential.errors import DataError
from torrential.types import Int64

CHUNK_ROWS = 1024
"""Rows of a matrix that are learned between two checks of the stop flag."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that are learned together, by their numbers in a matrix."""

    rows: Int64

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class MatrixPart:
    """A part of a matrix and its targets.

    Attributes
    ----------
    number : int
    X : array or sparse matrix of shape (n_rows, n_features)
    y : array of shape (n_rows,)
    weight : array of shape (n_rows,), or None
    pieces : tuple of Chunk
    """

    number: int
    X: Any
    y: NDArray[Any]
    weight: NDArray[Any] | None
    pieces: tuple[Chunk, ...]

    @property
    def name(self) -> str:
        """Name shown in messages."""
        return f"part {self.number}"

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return sum(piece.n_rows for piece in self.pieces)

    def stretch(self, order: Sequence[int], first: int, stop: int) -> "MatrixPart":
        """Return the rows from ``first`` to ``stop``, if the pieces are in this order."""
        pieces = []
        for place in order:
            rows = self.pieces[place].rows
            chosen = rows[max(first, 0) : max(stop, 0)]
            if len(chosen) > 0:
                pieces.append(Chunk(chosen))
            first, stop = first - len(rows), stop - len(rows)
        return replace(self, pieces=tuple(pieces))


def matrix_parts(
    X: Any, y: NDArray[Any], weight: NDArray[Any] | None, n_parts: int, seed: int
) -> list[MatrixPart]:
    """Assign the rows of a matrix to parts at random."""
    n_rows = len(y)
    order = row_order(n_rows, seed, 0, max(n_rows, 1))
    parts = []
    for number, rows in enumerate(np.array_split(order, min(n_parts, n_rows))):
        places = np.arange(len(rows))
        chunks = tuple(
            Chunk(places[begin : begin + CHUNK_ROWS]) for begin in range(0, len(rows), CHUNK_ROWS)
        )
        own = None if weight is None else weight[rows]
        parts.append(MatrixPart(number, X[rows], y[rows], own, chunks))
    return parts


def held_out_rows(n_rows: int, fraction: float, seed: int) -> NDArray[np.bool_]:
    """Choose the held-out rows: some, but not all."""
    if n_rows < 2:
        raise DataError(
            f"validation_fraction={fraction!r} does not fit {n_rows} row: give more rows, "
            "or leave it out."
        )
    order = row_order(n_rows, (seed, 1), 0, n_rows)  # that of the dealing is by the seed alone
    chosen = np.zeros(n_rows, np.bool_)
    chosen[order[: min(max(1, round(fraction * n_rows)), n_rows - 1)]] = True
    return chosen


def hash_of(*arrays: Any) -> str:
    """Return a hash of the content of arrays, dense or sparse; None for None."""
    state = hashlib.blake2b(digest_size=16)
    for array in arrays:
        parts = (array.data, array.indices, array.indptr) if sp.issparse(array) else (array,)
        for part in parts:
            if part is not None:
                is_flat = part.dtype != object
                flat = np.ascontiguousarray(part) if is_flat else np.array(repr(part.tolist()))
                state.update(flat.reshape(-1).view(np.uint8).data)
    return state.hexdigest()
