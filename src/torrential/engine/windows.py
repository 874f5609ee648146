"""Windows: so many hashed rows side by side that their order can be shuffled well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from torrential.engine.hashing import HashedBatch
from torrential.engine.labels import UNLABELLED, Labels
from torrential.types import Csr, Float32, Int32

MAX_NONZEROS = 2**22
"""Where a window ends: 32 MB of rows, of about as much text."""


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


def windows(batches: Iterable[HashedBatch], labels: Labels) -> Iterator[Window]:
    """Join batches until a window is full; it depends on the data alone."""
    waiting: list[HashedBatch] = []
    n_nonzeros = 0
    for batch in batches:
        waiting.append(batch)
        n_nonzeros += len(batch.rows.data)
        if n_nonzeros >= MAX_NONZEROS:
            yield _drain(waiting, labels)
            n_nonzeros = 0
    if waiting:
        yield _drain(waiting, labels)


def _drain(batches: list[HashedBatch], labels: Labels) -> Window:
    """Join batches and let go of them, so that rows are in memory once while they are learnt."""
    window = join(batches, labels)
    batches.clear()
    return window


def join(batches: list[HashedBatch], labels: Labels) -> Window:
    """Put the rows of batches below each other, and code their labels."""
    has_weight = any(batch.weight is not None for batch in batches)
    weights = [
        np.ones(batch.rows.n_rows, np.float32) if batch.weight is None else batch.weight
        for batch in batches
    ]
    return Window(
        stack([batch.rows for batch in batches]),
        np.concatenate([_codes(batch, labels) for batch in batches]),
        np.concatenate(weights) if has_weight else None,
        sum(batch.n_bytes for batch in batches),
        sum(batch.n_malformed for batch in batches),
        sum(batch.n_invalid for batch in batches),
        sum(batch.n_null for batch in batches),
    )


def stack(parts: list[Csr]) -> Csr:
    """Rows of all parts below each other."""
    if len(parts) == 1:
        return parts[0]
    begins = np.cumsum([0, *(len(part.data) for part in parts)])
    indptr = [part.indptr[:-1] + begin for part, begin in zip(parts, begins, strict=False)]
    return Csr(
        np.concatenate([part.data for part in parts]),
        np.concatenate([part.indices for part in parts]),
        np.concatenate([*indptr, begins[-1:]]),
        parts[0].n_features,
    )


def _codes(batch: HashedBatch, labels: Labels) -> Int32:
    if batch.target is None:
        return np.full(batch.rows.n_rows, UNLABELLED, np.int32)
    return labels.codes(batch.target)
