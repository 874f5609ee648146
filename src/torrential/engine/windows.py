"""Windows: so many hashed rows side by side that their order can be shuffled well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from torrential.engine.hashing import HashedBatch
from torrential.engine.labels import UNLABELLED, Labels
from torrential.types import Csr, Float32, Int32

MAX_NONZEROS = 2**22
"""Where a window ends: 32 MB of rows, of about as much text."""

SLACK = 8
"""One part in so many is room for the next window, which may be a little larger."""


@dataclass(frozen=True, slots=True)
class Window:
    """Rows that are learnt together.

    Attributes
    ----------
    rows : Csr
    codes : int32 array of shape (n_rows,), -1 for rows without a label
    weight : float32 array of shape (n_rows,), or None
    n_bytes, n_malformed, n_invalid, n_null : int
        Sums over the batches it was made of; see HashedBatch.
    """

    rows: Csr
    codes: Int32
    weight: Float32 | None
    n_bytes: int
    n_malformed: int
    n_invalid: int
    n_null: int


class Room:
    """Memory that windows are stacked in one after the other: new pages cost more than a copy."""

    def __init__(self) -> None:
        self._data = np.empty(0, np.float32)
        self._indices = np.empty(0, np.int32)

    def stack(self, parts: list[Csr]) -> Csr:
        """Rows of all parts below each other, good until the next call."""
        begins = np.cumsum([0, *(len(part.data) for part in parts)])
        n = int(begins[-1])
        if n > len(self._data):
            self._data = np.empty(n + n // SLACK, np.float32)
            self._indices = np.empty(n + n // SLACK, np.int32)
        indptr = [part.indptr[:-1] + begin for part, begin in zip(parts, begins, strict=False)]
        return Csr(
            np.concatenate([part.data for part in parts], out=self._data[:n]),
            np.concatenate([part.indices for part in parts], out=self._indices[:n]),
            np.concatenate([*indptr, begins[-1:]]),
            parts[0].n_features,
        )


def windows(batches: Iterable[HashedBatch], labels: Labels) -> Iterator[Window]:
    """Join batches until a window is full; it depends on the data alone.

    A window's rows are good until the next one is asked for: all stand in the same memory, in turn.
    """
    room = Room()
    waiting: list[HashedBatch] = []
    n_nonzeros = 0
    for batch in batches:
        waiting.append(batch)
        n_nonzeros += len(batch.rows.data)
        if n_nonzeros >= MAX_NONZEROS:
            yield _drain(waiting, labels, room)
            n_nonzeros = 0
    if waiting:
        yield _drain(waiting, labels, room)


def _drain(batches: list[HashedBatch], labels: Labels, room: Room) -> Window:
    """Join batches and let go of them, so that rows are in memory once while they are learnt."""
    window = join(batches, labels, room)
    batches.clear()
    return window


def join(batches: list[HashedBatch], labels: Labels, room: Room) -> Window:
    """Put the rows of batches below each other, and code their labels."""
    has_weight = any(batch.weight is not None for batch in batches)
    weights = [
        np.ones(batch.rows.n_rows, np.float32) if batch.weight is None else batch.weight
        for batch in batches
    ]
    return Window(
        room.stack([batch.rows for batch in batches]),
        np.concatenate([_codes(batch, labels) for batch in batches]),
        np.concatenate(weights) if has_weight else None,
        sum(batch.n_bytes for batch in batches),
        sum(batch.n_malformed for batch in batches),
        sum(batch.n_invalid for batch in batches),
        sum(batch.n_null for batch in batches),
    )


def _codes(batch: HashedBatch, labels: Labels) -> Int32:
    if batch.target is None:
        return np.full(batch.rows.n_rows, UNLABELLED, np.int32)
    return labels.codes(batch.target)
