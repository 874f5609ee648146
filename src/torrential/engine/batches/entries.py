"""The cache's entries of one partition: found, or written as its batches are hashed."""

from collections.abc import Sequence
from typing import Any

from torrential.data.views.row_keys import RowKeys
from torrential.engine.batches.cache_keys import code_version, digest
from torrential.features.spec import FeatureSpec
from torrential.persistence.cache_folder import CacheFolder, EntryWriter

Records = tuple[memoryview, ...]
"""Records of a batch: its rows, hashed in each of several ways, and its keys."""


class Recorder:
    """Keeps the batches of a partition, one after the other, when all of them were hashed.

    Parameters
    ----------
    entries : Entries
    names : sequence of str
        Names of the entries when the partition was begun.
    writers : sequence of EntryWriter or None
        None for what is there already.
    about : sequence of dict
        Metadata of each entry.
    """

    def __init__(
        self,
        entries: "Entries",
        names: Sequence[str],
        writers: Sequence[EntryWriter | None],
        about: Sequence[dict[str, Any]],
    ) -> None:
        self._entries, self._names = entries, names
        self._writers, self._about = writers, about
        self._n_rows = 0

    @property
    def is_open(self) -> bool:
        """True: there is always room for another batch."""
        return True

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


class Entries:
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
