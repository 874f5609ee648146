"""The parallel half of every pass: partitions read, hashed and encoded on threads, in order."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from torrential.engine.labels import Encoded, encode
from torrential.execution import stream
from torrential.features.counted_terms import CountedTerms
from torrential.features.hasher import hash_texts
from torrential.features.settings import HashSettings
from torrential.features.term_budget import counting_step
from torrential.features.weighting import Weighting
from torrential.types import Batch, Csr, Float32, Partition, UInt8


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
    terms : CountedTerms or None
        The terms of all texts, where they were counted.
    n_like_it : int
        Batches that these terms stand for.
    registers : uint8 array or None
        What a Vocabulary takes in, where it was asked for.
    """

    rows: Csr
    target: Encoded | None
    weight: Float32 | None
    n_bytes: int
    n_malformed: int
    n_invalid: int
    n_null: int
    terms: CountedTerms | None = None
    n_like_it: int = 1
    registers: UInt8 | None = None


@dataclass(frozen=True, slots=True)
class Noting:
    """What to note of the terms beside the rows.

    Attributes
    ----------
    terms : bool
        Whether to count them by name.
    vocabulary : bool
        Whether to observe how many there are.
    """

    terms: bool = False
    vocabulary: bool = False


NOTHING = Noting()


@dataclass(frozen=True, slots=True)
class _NumberedBatch:
    """A batch, and how many batches its terms stand for: none if they are not counted."""

    batch: Batch
    n_like_it: int


def hash_batch(
    batch: Batch,
    settings: HashSettings,
    weighting: Weighting | None = None,
    noting: Noting = NOTHING,
    n_like_it: int = 1,
) -> HashedBatch:
    """Hash the texts of a batch, weigh and note their terms, and number its labels."""
    hashed = hash_texts(
        batch.text,
        settings,
        count_terms=noting.terms and n_like_it > 0,
        observe_terms=noting.vocabulary,
    )
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
        terms=hashed.terms,
        n_like_it=n_like_it,
        registers=hashed.registers,
    )


def hashed_batches(
    partitions: Sequence[Partition],
    settings: HashSettings,
    weighting: Weighting | None,
    n_jobs: int,
    noting: Noting = NOTHING,
) -> Generator[HashedBatch, None, None]:
    """Read and hash partitions on threads; batches come in the order of the partitions."""

    def apply(item: _NumberedBatch) -> HashedBatch:
        return hash_batch(item.batch, settings, weighting, noting, item.n_like_it)

    n_sizes = settings.ngram_range[1] - settings.ngram_range[0] + 1
    sources: list[Callable[[], Iterable[_NumberedBatch]]] = [
        partial(_numbered, partition, number, len(partitions), n_sizes)
        for number, partition in enumerate(partitions)
    ]
    return stream(sources, apply, n_jobs)


def _numbered(
    partition: Partition, number: int, n_partitions: int, n_sizes: int
) -> Iterator[_NumberedBatch]:
    """Batches of a partition, some of which stand for others: by the data alone, not by threads.

    Batches are taken to come from all partitions in turn.
    """
    for place, batch in enumerate(partition.batches()):
        step = counting_step(place * n_partitions + number, n_sizes)
        yield _NumberedBatch(batch, step if (place + number) % step == 0 else 0)
