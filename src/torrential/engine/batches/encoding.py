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
from torrential.engine.progress.warm_up import load_hashing
from torrential.engine.targets.labels import encode
from torrential.execution import stop_requested, stream
from torrential.features.settings import HashSettings
from torrential.features.terms.term_budget import counting_step
from torrential.features.text.hasher import hash_texts
from torrential.features.weighting import Weighting
from torrential.logs import speaking_of
from torrential.tracing import counters, is_on, span
from torrential.types import Batch, Int64, Partition


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
class _NumberedItem:
    """A batch, and how many batches its terms stand for: none if they are not counted."""

    item: Item
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
    if is_on():
        load_hashing(settings, counts_terms=noting.terms)
    with span("hash", rows=batch.n_rows):
        return _weighed([_hash_batch(batch, settings, noting, n_like_it)], weighting)[0]


def _hash_batch(
    batch: Batch, settings: HashSettings, noting: Noting, n_like_it: int
) -> HashedBatch:
    hashed = hash_texts(
        batch.text,
        settings,
        count_terms=noting.terms and n_like_it > 0,
        observe_terms=noting.vocabulary,
    )
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
        n_other_labels=batch.n_other_labels,
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

    def apply(numbered: _NumberedItem) -> Done[HashedBatch] | None:
        if numbered.place < start:
            return None
        return _done(numbered, settings, weighting, noting)

    sources = _sources(partitions, settings, noting, start)
    # Also those left out pass through the stream, which can be stopped at each.
    with closing(stream(sources, apply, n_jobs)) as items, closing(recorded(items)) as batches:
        yield from batches


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
    sources = _sources(partitions, settings, noting, (first, 0), first, n_partitions)
    numbered = (item for source in sources for item in source())
    going_on = takewhile(lambda _: not stop_requested(), numbered)
    done = (_done(item, settings, weighting, noting) for item in going_on)
    with closing(recorded(done, is_cut=stop_requested)) as batches:
        yield from batches


def _done(
    numbered: _NumberedItem, settings: HashSettings, weighting: Weighting | None, noting: Noting
) -> Done[HashedBatch]:
    (hashed,), records = hash_item(
        numbered.item, [settings], noting, numbered.n_like_it, weighting=weighting
    )
    hashed = replace(hashed, place=numbered.place)
    return hashed, numbered.item.recorder, records, hashed.rows.n_rows


def hash_item(
    item: Item,
    settings: Sequence[HashSettings],
    noting: Noting = NOTHING,
    n_like_it: int = 1,
    keys: Int64 | None = None,
    weighting: Weighting | None = None,
) -> tuple[list[HashedBatch], list[bytes] | None]:
    """Hash a batch in several ways, or take it from the cache.

    Parameters
    ----------
    item : Item
    settings : sequence of HashSettings
    noting : Noting
    n_like_it : int
        Batches that its terms stand for.
    keys : int64 array of shape (n_rows,), default=None
        Those of its rows, to be kept beside them.
    weighting : Weighting, default=None
        What weighs the terms, which are kept without.

    Returns
    -------
    batches : list of HashedBatch
    records : list of bytes or None
        What the cache is to keep, where it is.
    """
    if item.batch is None:
        records = zip(item.records, settings, strict=False)  # keys may follow
        with span("unpack"):
            batches = [unpack(record, vocabulary=noting.vocabulary) for record, _ in records]
        counters.add("terms", len(batches[0].rows.data))
        return _weighed(batches, weighting), None
    is_kept = item.recorder is not None
    whole = replace(noting, vocabulary=True) if is_kept else noting
    with speaking_of(item.partition):
        hashed = [hash_batch(item.batch, each, None, whole, n_like_it) for each in settings]
    counters.add("terms", len(hashed[0].rows.data))
    if not is_kept:
        return _weighed(hashed, weighting), None
    with span("pack"):
        packed = pack(hashed, keys)
    _weighed(hashed, weighting)
    if not noting.vocabulary:
        hashed = [replace(each, registers=None) for each in hashed]
    return hashed, packed


def _weighed(batches: list[HashedBatch], weighting: Weighting | None) -> list[HashedBatch]:
    """Weigh the terms of batches in their place."""
    if weighting is not None:
        for batch in batches:
            weighting.apply(batch.rows.data, batch.rows.indices, batch.rows.indptr)
    return batches


def _sources(
    partitions: Sequence[Partition],
    settings: HashSettings,
    noting: Noting,
    start: Place,
    first: int = 0,
    n_partitions: int | None = None,
) -> list[Callable[[], Iterable[_NumberedItem]]]:
    """Return what reads each partition from that of `start` on."""
    n_sizes = settings.ngram_range[1] - settings.ngram_range[0] + 1
    sources: list[Callable[[], Iterable[_NumberedItem]]] = []
    for number, partition in enumerate(partitions, first):
        items = partial(
            items_of,
            partition,
            [settings],
            reads=not noting.terms,  # names of terms are not kept
            writes=(number, 0) >= start,  # of one that is read from its middle on, not all is seen
        )
        sources.append(partial(_numbered, items, number, n_partitions or len(partitions), n_sizes))
    return sources[start[0] - first :]


def _numbered(
    items: Callable[[], Iterable[Item]], number: int, n_partitions: int, n_sizes: int
) -> Iterator[_NumberedItem]:
    """Batches of a partition, some of which stand for others: by the data alone, not by threads.

    Batches are taken to come from all partitions in turn.
    """
    for place, item in enumerate(items()):
        step = counting_step(place * n_partitions + number, n_sizes)
        n_like_it = step if (place + number) % step == 0 else 0
        yield _NumberedItem(item, n_like_it, (number, place))
