"""The parallel half of every pass: partitions read, hashed and encoded on threads, in order."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from torrential.engine.labels import Encoded, encode
from torrential.execution import stop_requested, stream
from torrential.features.counted_terms import CountedTerms
from torrential.features.hasher import hash_texts
from torrential.features.settings import HashSettings
from torrential.features.term_budget import counting_step
from torrential.features.weighting import Weighting
from torrential.types import Batch, Csr, Float32, Partition, UInt8

Place = tuple[int, int]
"""Of a batch in a pass: the number of its partition there, and its own in the partition."""

BEGINNING: Place = (0, 0)


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
    place : Place
        Where it is in its pass.
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
    place: Place = BEGINNING


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
    place: Place


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
    start: Place = BEGINNING,
) -> Generator[HashedBatch, None, None]:
    """Read and hash partitions on threads; batches come in the order of the partitions.

    They come as in a pass from the beginning, without those before `start`: of these, only the ones
    of its own partition are read.
    """

    def apply(item: _NumberedBatch) -> HashedBatch | None:
        if item.place < start:
            return None
        hashed = hash_batch(item.batch, settings, weighting, noting, item.n_like_it)
        return replace(hashed, place=item.place)

    sources = _sources(partitions, settings)[start[0] :]
    with closing(stream(sources, apply, n_jobs)) as items:
        # Also those left out pass through the stream, which can be stopped at each.
        for item in items:
            if item is not None:
                yield item


def hashed_here(
    partitions: Sequence[Partition],
    settings: HashSettings,
    weighting: Weighting | None,
    noting: Noting = NOTHING,
    *,
    first: int = 0,
    n_partitions: int | None = None,
) -> Iterator[HashedBatch]:
    """Read and hash partitions in this thread, while others do so with theirs.

    It ends early when the run that they are part of is interrupted. Where they are some of
    ``n_partitions``, from number ``first`` on, the same terms are counted as in one pass over all.
    """
    for source in _sources(partitions, settings, first, n_partitions):
        for item in source():
            if stop_requested():
                return
            yield hash_batch(item.batch, settings, weighting, noting, item.n_like_it)


def _sources(
    partitions: Sequence[Partition],
    settings: HashSettings,
    first: int = 0,
    n_partitions: int | None = None,
) -> list[Callable[[], Iterable[_NumberedBatch]]]:
    n_sizes = settings.ngram_range[1] - settings.ngram_range[0] + 1
    return [
        partial(_numbered, partition, number, n_partitions or len(partitions), n_sizes)
        for number, partition in enumerate(partitions, first)
    ]


def _numbered(
    partition: Partition, number: int, n_partitions: int, n_sizes: int
) -> Iterator[_NumberedBatch]:
    """Batches of a partition, some of which stand for others: by the data alone, not by threads.

    Batches are taken to come from all partitions in turn.
    """
    for place, batch in enumerate(partition.batches()):
        step = counting_step(place * n_partitions + number, n_sizes)
        n_like_it = step if (place + number) % step == 0 else 0
        yield _NumberedBatch(batch, n_like_it, (number, place))
