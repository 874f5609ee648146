"""The parallel half of every pass: partitions read, hashed and encoded on threads, in order."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile

import numpy as np

from torrential.engine.batches.cached import Done, Item, items_of, recorded
from torrential.engine.batches.hashed_batch import BEGINNING, HashedBatch, Place
from torrential.engine.batches.records import pack, unpack
from torrential.engine.progress.warm_up import load_encoding
from torrential.engine.targets.labels import encode, n_repeated
from torrential.execution import stop_requested, stream
from torrential.features.spec import NOTHING, FeatureSpec, Observe
from torrential.features.terms.term_budget import counting_step
from torrential.features.weighting import Weighting
from torrential.logs import speaking_of
from torrential.tracing import counters, is_on, span
from torrential.types import Batch, Float32, Int64, Partition


@dataclass(frozen=True, slots=True)
class Encoder:
    """Makes the rows of a pass from its batches, or from what the cache keeps of them.

    Attributes
    ----------
    spec : FeatureSpec
    weighting : Weighting or None
        Weighs the terms; the cache keeps them without.
    observe : Observe
        Side statistics to take.
    """

    spec: FeatureSpec
    weighting: Weighting | None = None
    observe: Observe = NOTHING

    def items(self, partition: Partition, *, writes: bool = True) -> Iterator[Item]:
        """Yield the batches of a partition, never from the cache if their terms are counted."""
        return items_of(partition, [self.spec], reads=not self.observe.terms, writes=writes)

    def encode(self, batch: Batch, repeat: int = 1) -> HashedBatch:
        """Encode the rows of a batch, and number its labels.

        Parameters
        ----------
        batch : Batch
        repeat : int, default=1
            Number of batches that its terms represent; with 0 they are not counted.
        """
        hashed = encode_batch(batch, self.spec, self.observe, repeat)
        return _weighed([hashed], self.weighting)[0]

    def encode_item(self, item: Item, repeat: int = 1) -> tuple[HashedBatch, list[bytes] | None]:
        """Encode a batch, or take it from the cache; return its records for the cache, too."""
        (hashed,), records = encode_each(item, [self.spec], self.observe, repeat)
        return _weighed([hashed], self.weighting)[0], records


def encode_batch(
    batch: Batch, spec: FeatureSpec, observe: Observe = NOTHING, repeat: int = 1
) -> HashedBatch:
    """Encode the rows of a batch, without weights of terms, and number its labels."""
    if is_on():
        load_encoding(spec, observe)
    with span("hash", rows=batch.n_rows):
        counts = observe.terms and repeat > 0
        encoded = spec.encode(batch.columns, replace(observe, terms=counts))
        target = None if batch.target is None else encode(batch.target)
        n_repeats = 0 if target is None else n_repeated(batch.target, target)
        return HashedBatch(
            rows=encoded.rows,
            target=target,
            weight=_weights(batch),
            n_bytes=batch.n_bytes,
            n_malformed=batch.n_skipped,
            n_invalid=encoded.n_invalid,
            n_null=encoded.n_null,
            n_other_labels=batch.n_other_labels + n_repeats,
            terms=encoded.terms,
            n_like_it=repeat,
            registers=encoded.registers,
        )


def _weights(batch: Batch) -> Float32 | None:
    if batch.weight is None:
        return None
    weights: Float32 = batch.weight.fill_null(1.0).to_numpy(zero_copy_only=False).astype(np.float32)
    return weights


def encode_each(
    item: Item,
    specs: Sequence[FeatureSpec],
    observe: Observe = NOTHING,
    repeat: int = 1,
    keys: Int64 | None = None,
) -> tuple[list[HashedBatch], list[bytes] | None]:
    """Encode a batch in several ways, or take it from the cache.

    Parameters
    ----------
    item : Item
    specs : sequence of FeatureSpec
    observe : Observe
    repeat : int
        Batches that its terms represent.
    keys : int64 array of shape (n_rows,), default=None
        Keys of its rows, which are also kept in the cache.

    Returns
    -------
    batches : list of HashedBatch
        Not weighed.
    records : list of bytes or None
        Records for the cache, if there is a cache.
    """
    if item.batch is None:
        records = zip(item.records, specs, strict=False)  # keys may follow
        with span("unpack"):
            batches = [unpack(record, vocabulary=observe.vocabulary) for record, _ in records]
        counters.add("terms", len(batches[0].rows.data))
        return batches, None
    is_kept = item.recorder is not None and item.recorder.is_open
    whole = replace(observe, vocabulary=True) if is_kept else observe
    with speaking_of(item.partition):
        hashed = [encode_batch(item.batch, spec, whole, repeat) for spec in specs]
    counters.add("terms", len(hashed[0].rows.data))
    if not is_kept:
        return hashed, None
    with span("pack"):
        packed = pack(hashed, keys)
    if not observe.vocabulary:
        hashed = [replace(each, registers=None) for each in hashed]
    return hashed, packed


def _weighed(batches: list[HashedBatch], weighting: Weighting | None) -> list[HashedBatch]:
    """Weigh the terms of batches in place."""
    if weighting is not None:
        for batch in batches:
            weighting.apply(batch.rows.data, batch.rows.indices, batch.rows.indptr)
    return batches


@dataclass(frozen=True, slots=True)
class NumberedItem:
    """A batch, and how many batches its terms represent: 0 if they are not counted."""

    item: Item
    repeat: int
    place: Place


def hashed_batches(
    partitions: Sequence[Partition],
    encoder: Encoder,
    n_jobs: int,
    start: Place = BEGINNING,
) -> Generator[HashedBatch, None, None]:
    """Read and encode partitions on threads; yield batches in the order of the partitions.

    They come as in a pass from the beginning, without those before `start`: of these, only the ones
    of its own partition are read.
    """

    def apply(numbered: NumberedItem) -> Done[HashedBatch] | None:
        return None if numbered.place < start else encode_numbered(numbered, encoder)

    sources = _sources(partitions, encoder, start)
    # Also those left out pass through the stream, which can be stopped at each.
    with closing(stream(sources, apply, n_jobs)) as items, closing(recorded(items)) as batches:
        yield from batches


def hashed_here(
    partitions: Sequence[Partition],
    encoder: Encoder,
    *,
    first: int = 0,
    n_partitions: int | None = None,
) -> Iterator[HashedBatch]:
    """Read and encode partitions in this thread, while other threads process other partitions.

    It ends early when the run that they are part of is interrupted. Where they are some of
    ``n_partitions``, from number ``first`` on, the same terms are counted as in one pass over all.
    """
    sources = _sources(partitions, encoder, (first, 0), first, n_partitions)
    numbered = (item for source in sources for item in source())
    going_on = takewhile(lambda _: not stop_requested(), numbered)
    done = (encode_numbered(item, encoder) for item in going_on)
    with closing(recorded(done, is_cut=stop_requested)) as batches:
        yield from batches


def encode_numbered(numbered: NumberedItem, encoder: Encoder) -> Done[HashedBatch]:
    """Encode a batch of `numbered_items`, and return it with its number."""
    hashed, records = encoder.encode_item(numbered.item, numbered.repeat)
    hashed = replace(hashed, place=numbered.place)
    return hashed, numbered.item.recorder, records, hashed.rows.n_rows


def _sources(
    partitions: Sequence[Partition],
    encoder: Encoder,
    start: Place,
    first: int = 0,
    n_partitions: int | None = None,
) -> list[Callable[[], Iterable[NumberedItem]]]:
    """Return a function that reads each partition, from that of `start` on."""
    n = n_partitions or len(partitions)
    sources: list[Callable[[], Iterable[NumberedItem]]] = [
        # of a partition that is read from its middle on, not all is seen: the cache gets nothing
        partial(numbered_items, encoder, partition, number, n, writes=(number, 0) >= start)
        for number, partition in enumerate(partitions, first)
    ]
    return sources[start[0] - first :]


def numbered_items(
    encoder: Encoder, partition: Partition, number: int, n_partitions: int, *, writes: bool = True
) -> Iterator[NumberedItem]:
    """Yield batches of a partition; which ones count terms for others depends on the data alone.

    Batches are taken to come from all partitions in turn.

    Parameters
    ----------
    encoder : Encoder
    partition : Partition
    number, n_partitions : int
        The place of the partition among all, and how many there are.
    writes : bool
        Whether the cache may be added to.
    """
    for place, item in enumerate(encoder.items(partition, writes=writes)):
        step = counting_step(place * n_partitions + number, encoder.spec.n_sizes)
        repeat = step if (place + number) % step == 0 else 0
        yield NumberedItem(item, repeat, (number, place))
