"""A folder of files that can be made again: found by name, and not larger than it may be."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Self

from torrential import schema
from torrential.errors import DataError, OutputError
from torrential.logs import logger_of
from torrential.persistence.cache_entries import (
    CALLS,
    SUFFIX,
    Entry,
    calls,
    remove,
    remove_left,
    stored,
    unfinished,
)
from torrential.persistence.records import RecordsError, RecordWriter, open_records, read_about
from torrential.persistence.whole_file import whole_file

logger = logger_of("cache")


ENTRY = schema.record({"n_rows": schema.count})
"""The description of each entry."""

STALE_SECONDS = 60
"""Seconds without writes after which a temporary file counts as left by a killed process."""


class Settings(Protocol):
    """The location of the folder, and what is known about it."""

    @property
    def path(self) -> str:
        """Path of the folder."""
        ...

    @property
    def limit(self) -> int:
        """Maximum size in bytes."""
        ...

    @property
    def used(self) -> set[str]:
        """Names of the files that were used."""
        ...

    @property
    def warned(self) -> set[str]:
        """Warnings that were logged."""
        ...


@dataclass(frozen=True, slots=True)
class CacheFolder:
    """A folder that many processes write to and read from.

    The least recently used entries make room for others. Entries that were used through this
    object does not: of data that is larger than the limit a share stays, where otherwise each
    pass would remove just what it is about to need.

    Attributes
    ----------
    path : str
    limit : int
        Bytes that the folder takes at most, all processes together.
    used : set of str
        Names of the files that were used.
    warned : set of str
        Warnings that were logged: each is once.
    """

    path: str
    limit: int
    used: set[str] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the folder of the settings."""
        return cls(settings.path, settings.limit, settings.used, settings.warned)

    def find(self, name: str) -> "tuple[list[memoryview], dict[str, Any]] | None":
        """Return an entry's records and metadata; None without it. Remove a damaged entry."""
        path = Path(self.path, name + SUFFIX)
        try:
            records, about = open_records(path)
            ENTRY(about, "")
        except FileNotFoundError:
            return None
        except (RecordsError, DataError) as error:
            logger.warning("%s in the cache is not usable (%s): it is written again", path, error)
            with suppress(OSError):
                path.unlink()
            return None
        except OSError as error:
            self.warn(
                f"The cache in {self.path} is not readable ({error.strerror}): it is not used"
            )
            return None
        with suppress(OSError):  # it may be read-only, or removed in the meantime
            os.utime(path)
        self.used.add(path.name)
        return list(records), about

    def has(self, name: str) -> bool:
        """Return whether there is an entry, damaged or not."""
        return os.path.exists(Path(self.path, name + SUFFIX))  # noqa: PTH110  it never raises

    def writer(self, name: str) -> "EntryWriter":
        """Return a writer of an entry."""
        return EntryWriter(self, Path(self.path, name + SUFFIX))

    def entries(self) -> list[Entry]:
        """Return all entries, the least recently used first."""
        found = [*stored(Path(self.path)), *calls(Path(self.path, CALLS))]
        return sorted(found, key=lambda entry: (entry.used, entry.path.name))

    def about(self, entry: Entry) -> dict[str, Any]:
        """Return the metadata of an entry; empty without any."""
        try:
            return read_about(entry.path)
        except (RecordsError, OSError):
            return {}

    def clear(self) -> tuple[int, int]:
        """Remove all entries, and return their number and their bytes."""
        remove_left(Path(self.path), stale_after=0)
        removed = [each for each in self.entries() if remove(each)]
        return len(removed), sum(each.n_bytes for each in removed)

    def make_room(self) -> bool:
        """Remove the least recently used entries until the folder is within its limit.

        Entries in progress count. Return whether it is within the limit; if that is impossible,
        nothing is removed. The caller holds the lock.
        """
        remove_left(Path(self.path), STALE_SECONDS)
        entries, begun = self.entries(), unfinished(Path(self.path))
        total = sum(each.n_bytes for each in [*entries, *begun])
        old = [each for each in entries if each.path.name not in self.used]
        if total - sum(each.n_bytes for each in old) > self.limit:
            return False
        for each in old:
            if total <= self.limit:
                break
            if remove(each):
                total -= each.n_bytes
        return total <= self.limit

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder against changes by any other process."""
        with Path(self.path, ".lock").open("wb") as file:
            _lock(file)
            yield

    def warn(self, sentence: str) -> None:
        """Log a warning, once."""
        if sentence not in self.warned:
            self.warned.add(sentence)
            logger.warning("%s", sentence)


class EntryWriter:
    """An entry that is being written; it appears when it is complete.

    Nothing here raises an error of the disk: the cache is passed over then, with a warning.

    Parameters
    ----------
    folder : CacheFolder
    path : Path
    """

    def __init__(self, folder: CacheFolder, path: Path) -> None:
        self._folder, self._path = folder, path
        self._stack = ExitStack()
        self._writer: RecordWriter | None = None
        self._has_failed = False

    def add(self, record: bytes) -> None:
        """Write a record."""
        if self._has_failed:
            return
        with self._passed_over():
            self._opened().add(record)

    def commit(self, about: dict[str, Any]) -> None:
        """Publish the entry, if there is room for it."""
        if self._has_failed:
            return
        with self._passed_over():
            self._opened().end(about)
            with self._folder.locked():
                has_room = self._folder.make_room()
                if has_room:
                    self._stack.close()
            if has_room:
                self._folder.used.add(self._path.name)
                logger.debug("%s is in the cache", self._path.name)
            else:
                self.abort()
                self._folder.warn(
                    f"The cache in {self._folder.path} has reached its limit of "
                    f"{self._folder.limit:,} bytes: the other rows are not kept in it"
                )

    def abort(self) -> None:
        """Discard the entry."""
        with suppress(_AbortedError, OSError, OutputError):
            self._stack.__exit__(_AbortedError, _AbortedError(), None)

    def _opened(self) -> RecordWriter:
        if self._writer is None:
            Path(self._folder.path).mkdir(parents=True, exist_ok=True)
            temporary = self._stack.enter_context(whole_file(self._path, sync=False))
            self._writer = RecordWriter(self._stack.enter_context(temporary.open("wb")))
        return self._writer

    @contextmanager
    def _passed_over(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._has_failed = True
            self.abort()
            reason = error.strerror or str(error)  # OutputErrors have a sentence only
            self._folder.warn(f"The cache in {self._folder.path} is not written: {reason}")


class _AbortedError(Exception):
    """Ends what writes a file without an error for anyone."""


def _lock(file: BinaryIO) -> None:
    """Wait for the lock of a file, which ends with the file or with the process."""
    try:
        import fcntl
    except ImportError:  # Windows has none of this kind: processes may exceed the limit a little
        return
    fcntl.flock(file, fcntl.LOCK_EX)
