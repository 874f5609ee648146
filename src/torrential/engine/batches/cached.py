"""Hashed batches on disk: read from partitions, or taken from the cache.

::

    partition --+--> entries, where all are there --> records --unpacked--+--> batches
                +--> read --> hashed --+----------------------------------+
                                       +--packed--> entries, when the partition has ended

Rows and their keys are separate entries: rows that were hashed to train a model also serve a
search.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from torrential.data.views.cached import CacheSettings
from torrential.data.views.row_keys import NumbersOf, RowKeys, keyed
from torrential.engine.batches.entries import Entries, Recorder, Records
from torrential.engine.progress.measured import KeptRecords, MeasuredPartition
from torrential.features.spec import FeatureSpec
from torrential.logs import logger_of, speaking_of
from torrential.persistence.cache_folder import CacheFolder
from torrential.tracing import span
from torrential.types import Batch, Partition

logger = logger_of("cache")

reader = logger_of("read")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Item:
    """A batch as it was read, or as the cache has it.

    Attributes
    ----------
    batch : Batch or None
    records : tuple of memoryview
        Where there is no batch: its rows, hashed in each of several ways, and its keys.
    numbers_of : callable or None
        Gives the keys of the rows of a batch.
    recorder : Recorder or None
        What keeps the batch when it is hashed.
    partition : str or None
        Name of its partition.
    """

    batch: Batch | None
    records: Records = ()
    numbers_of: NumbersOf | None = None
    recorder: "Recorder | KeptRecords | None" = None
    partition: str | None = None


Done = tuple[Result, Recorder | KeptRecords | None, Sequence[bytes] | None, int]
"""Results for a batch; the writer of the batch, its records, and its rows."""


def items_of(
    partition: Partition,
    specs: Sequence[FeatureSpec],
    row_keys: RowKeys | None = None,
    *,
    reads: bool = True,
    writes: bool = True,
) -> Iterator[Item]:
    """Yield the batches of a partition, from the cache if it has all of them.

    Parameters
    ----------
    partition : Partition
    specs : sequence of FeatureSpec
        Ways in which the rows are hashed.
    row_keys : RowKeys, default=None
        What tells the key of each row.
    reads, writes : bool
        Whether the cache may be used, and added to.
    """
    items = _items_of(partition, specs, row_keys, reads=reads, writes=writes)
    while True:
        with speaking_of(partition.name):  # but not who works on the item
            item = next(items, None)
        if item is None:
            return
        yield item


def _items_of(
    partition: Partition,
    specs: Sequence[FeatureSpec],
    row_keys: RowKeys | None,
    *,
    reads: bool,
    writes: bool,
) -> Iterator[Item]:
    kept: KeptRecords | None = getattr(partition, "kept", None)
    if kept is not None and kept.records is not None and reads:
        for record in kept.records:
            yield Item(None, (memoryview(record),))
        return
    entries, names = _entries_of(partition, specs, row_keys)
    if entries is not None and reads:
        with span("look up"):
            found = entries.find(names)
        if found is not None:
            batches, n_rows = found
            logger.debug("%d rows were taken from the cache", n_rows)
            if isinstance(partition, MeasuredPartition):
                partition.n_rows = n_rows  # as if it was read
            for records in batches:
                yield Item(None, records)
            return
    recorder: Recorder | KeptRecords | None = None
    if kept is not None and kept.records is None and kept.is_open and writes:
        recorder = kept
        kept.begin()
    elif entries is not None and writes:
        recorder = entries.recorder(names)
    n_batches = n_rows = n_malformed = 0
    for batch, numbers_of in _read(partition, row_keys):
        n_batches += 1
        n_rows += batch.n_rows
        n_malformed += batch.n_skipped
        yield Item(batch, numbers_of=numbers_of, recorder=recorder, partition=partition.name)
    reader.debug("%d rows were read", n_rows)
    if n_malformed:
        reader.info("malformed rows left out: %d", n_malformed)
    if n_batches == 0 and recorder is not None:
        recorder.commit()  # there is no batch that brings it to who does so


def _read(
    partition: Partition, row_keys: RowKeys | None
) -> Iterator[tuple[Batch, NumbersOf | None]]:
    if row_keys is None:
        for batch in partition.batches():
            yield batch, None
    else:
        for _, batch, numbers_of in keyed(partition, row_keys):
            yield batch, numbers_of


def _entries_of(
    partition: Any, specs: Sequence[FeatureSpec], row_keys: RowKeys | None
) -> tuple[Entries | None, list[str]]:
    cached: CacheSettings | None = getattr(partition, "cached", None)
    if cached is None:
        return None, []
    entries = Entries(partition, CacheFolder.of(cached), specs, row_keys)
    names = entries.names()
    if not names:
        entries.warn(
            "a stream, or a function that makes the features, may give other rows the next time"
        )
        return None, []
    return entries, names


def recorded(
    items: Iterable[Done[Result] | None], *, is_cut: Callable[[], bool] = lambda: False
) -> Generator[Result, None, None]:
    """Yield the results of batches, and keep those of partitions that are read to their end.

    Parameters
    ----------
    items : iterable
        In the order of the partitions; None is passed over.
    is_cut : callable
        Tells, when there are no more, whether that is because of an interrupt.
    """
    current: Recorder | KeptRecords | None = None
    try:
        for item in items:
            if item is None:
                continue
            result, recorder, records, n_rows = item
            if recorder is not current:
                if current is not None:
                    current.commit()
                current = recorder
            if recorder is not None:
                with span("keep"):
                    recorder.add(records, n_rows)
            yield result
        if current is not None and not is_cut():
            current.commit()
            current = None
    finally:
        if current is not None:
            current.abort()
