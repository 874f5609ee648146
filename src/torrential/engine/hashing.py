"""The parallel half of every pass: partitions read, hashed and encoded on threads, in order."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from torrential.engine.labels import Encoded, encode
from torrential.execution import stream
from torrential.features.hasher import hash_texts
from torrential.features.settings import HashSettings
from torrential.features.weighting import Weighting
from torrential.types import Batch, Csr, Float32, Partition


@dataclass(frozen=True, slots=True)
class HashedBatch:
    """Rows ready for a model.

    Attributes
    ----------
    rows : Csr
    target : Encoded or None
    weight : float32 array of shape (n_rows,), or None
    n_bytes : int
        Bytes of text.
    n_malformed, n_invalid, n_null : int
        Rows left out while reading; texts with invalid UTF-8; texts that are null.
    """

    rows: Csr
    target: Encoded | None
    weight: Float32 | None
    n_bytes: int
    n_malformed: int
    n_invalid: int
    n_null: int


def hash_batch(
    batch: Batch, settings: HashSettings, weighting: Weighting | None = None
) -> HashedBatch:
    """Hash the texts of a batch, weigh their terms, and number its labels."""
    hashed = hash_texts(batch.text, settings)
    if weighting is not None:
        weighting.apply(hashed.rows.data, hashed.rows.indices, hashed.rows.indptr)
    weight = batch.weight
    if weight is not None:
        weight = weight.fill_null(1.0).to_numpy(zero_copy_only=False).astype(np.float32)
    return HashedBatch(
        rows=hashed.rows,
        target=None if batch.target is None else encode(batch.target),
        weight=weight,
        n_bytes=int(batch.text.nbytes),
        n_malformed=batch.n_skipped,
        n_invalid=hashed.n_invalid,
        n_null=hashed.n_null,
    )


def hashed_batches(
    partitions: Iterable[Partition],
    settings: HashSettings,
    weighting: Weighting | None,
    n_jobs: int,
) -> Generator[HashedBatch, None, None]:
    """Read and hash partitions on threads; batches come in the order of the partitions."""
    sources: list[Callable[[], Iterable[Batch]]] = [part.batches for part in partitions]
    return stream(sources, partial(hash_batch, settings=settings, weighting=weighting), n_jobs)
