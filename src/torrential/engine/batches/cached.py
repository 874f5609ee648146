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
from torrential.engine.batches.cache_keys import (
    code_version,
    digest,
)
from torrential.engine.progress.measured import MeasuredPartition
from torrential.features.spec import FeatureSpec
from torrential.logs import logger_of, speaking_of
from torrential.persistence.cache_folder import CacheFolder, EntryWriter
from torrential.tracing import span
from torrential.types import Batch, Partition

logger = logger_of("cache")

reader = logger_of("read")

Result = TypeVar("Result")
Records = tuple[memoryview, ...]


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
    recorder: "Recorder | None" = None
    partition: str | None = None


class Recorder:
    """Keeps the batches of a partition, one after the other, when all of them were hashed.

    Parameters
    ----------
    entries : _Entries
    names : sequence of str
        Names of the entries when the partition was begun.
    writers : sequence of EntryWriter or None
        None for what is there already.
    about : sequence of dict
        Metadata of each entry.
    """

    def __init__(
        self,
        entries: "_Entries",
        names: Sequence[str],
        writers: Sequence[EntryWriter | None],
        about: Sequence[dict[str, Any]],
    ) -> None:
        self._entries, self._names = entries, names
        self._writers, self._about = writers, about
        self._n_rows = 0

    def add(self, records: Sequence[bytes] | None, n_rows: int) -> None:
        """Keep a batch, in the order of the partition; None if the cache has no format for it."""
        if records is None:
            self._entries.warn("labels are of a type that the cache does not hold")
            self.abort()
            self._writers = [None] * len(self._writers)
            return
        self._n_rows += n_rows
        for writer, record in zip(self._writers, records, strict=True):
            if writer is not None:
                writer.add(record)

    def commit(self) -> None:
        """Publish the entries, unless the partition has changed in the meantime."""
        if self._entries.names() != list(self._names):
            self.abort()
            return
        for writer, about in zip(self._writers, self._about, strict=True):
            if writer is not None:
                writer.commit(about | {"n_rows": self._n_rows})

    def abort(self) -> None:
        """Discard the entries."""
        for writer in self._writers:
            if writer is not None:
                writer.abort()


Done = tuple[Result, Recorder | None, Sequence[bytes] | None, int]
"""Results for a batch; the writer of the batch, its records, and its rows."""


class _Entries:
    """Entries of a partition, present or to be written.

    Parameters
    ----------
    partition : partition with an identity
    folder : CacheFolder
    specs : sequence of FeatureSpec
    row_keys : RowKeys or None
    """

    def __init__(
        self,
        partition: Any,
        folder: CacheFolder,
        specs: Sequence[FeatureSpec],
        row_keys: RowKeys | None,
    ) -> None:
        self._partition, self._folder = partition, folder
        self._specs, self._row_keys = specs, row_keys

    def names(self) -> list[str]:
        """Return the names of the entries for the current partition; none if it has no name."""
        identity = self._partition.identity()
        ways = [each.describe() for each in self._specs]
        if identity is None or None in ways:
            return []
        contents: list[Any] = [["rows", way] for way in ways]
        if self._row_keys is not None:
            contents.append(["keys", self._row_keys.identity()])
        return [digest([code_version(), identity, content]) for content in contents]

    def find(self, names: Sequence[str]) -> tuple[list[Records], int] | None:
        """Return the records of all batches, and the number of rows; None if some are missing."""
        found = []
        for name in names:
            entry = self._folder.find(name)
            if entry is None:
                return None
            found.append(entry)
        batches = list(zip(*(records for records, _ in found), strict=True))
        return batches, int(found[0][1]["n_rows"])

    def warn(self, reason: str) -> None:
        """Log once why rows are not cached."""
        self._folder.warn(f"Rows are not cached: {reason}")

    def recorder(self, names: Sequence[str]) -> Recorder:
        """Return an object that keeps the partition while it is hashed."""
        kinds = [each.shown() for each in self._specs]
        kinds += [] if self._row_keys is None else ["keys of rows"]
        source = self._partition.name
        about = [{"source": source, "features": kind} for kind in kinds]
        writers = [None if self._folder.has(name) else self._folder.writer(name) for name in names]
        return Recorder(self, names, writers, about)


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
    recorder = entries.recorder(names) if entries is not None and writes else None
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
) -> tuple[_Entries | None, list[str]]:
    cached: CacheSettings | None = getattr(partition, "cached", None)
    if cached is None:
        return None, []
    entries = _Entries(partition, CacheFolder.of(cached), specs, row_keys)
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
    current: Recorder | None = None
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
