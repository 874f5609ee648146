"""Partitions whose hashed rows are kept in a folder."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from torrential.data.source import SizedPartition
from torrential.errors import ParameterError
from torrential.types import Batch
from torrential.units import parse_bytes

LIMIT = "20 GB"
"""Default limit of a cache."""


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Settings of the cache of hashed rows.

    Attributes
    ----------
    path : str
        The folder.
    limit : int
        Bytes that it takes at most.
    used : set of str
        Names of the entries that were used: they do not make room for each other.
    warned : set of str
        Warnings that were logged.
    """

    path: str
    limit: int
    used: set[str] = field(default_factory=set, compare=False, repr=False)
    warned: set[str] = field(default_factory=set, compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # What was used here says nothing elsewhere, and a hash of the settings does not change.
        return CacheSettings, (self.path, self.limit)

    @classmethod
    def of(cls, path: str | os.PathLike[str] | None, limit: Any = LIMIT) -> Self:
        """Return the requested settings, or raise a ParameterError; None means the defaults."""
        chosen = Path(default_path() if path is None else path).absolute()
        # Not Path.exists, which raises without permission: that is a warning when the cache is
        # used.
        if os.path.exists(chosen) and not os.path.isdir(chosen):  # noqa: PTH110, PTH112
            raise ParameterError(f"{path} is a file, not a folder for a cache: name a folder.")
        return cls(str(chosen), parse_bytes("limit", limit))


def default_path() -> Path:
    """Return the user's folder: ``TORRENTIAL_CACHE``, or a folder in the user's cache folder."""
    named = os.environ.get("TORRENTIAL_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "torrential")


@dataclass(frozen=True, slots=True)
class CachedPartition:
    """A partition, and where those who hash its rows keep them.

    Attributes
    ----------
    inner : Partition
    cached : CacheSettings
    """

    inner: SizedPartition
    cached: CacheSettings

    @property
    def name(self) -> str:
        """Name of the partition."""
        return self.inner.name

    @property
    def n_rows(self) -> int | None:
        """Number of rows if it is known before reading, else None."""
        return self.inner.n_rows

    def identity(self) -> dict[str, Any] | None:
        """Return the name of the partition."""
        return self.inner.identity()

    def batches(self) -> Iterator[Batch]:
        """Read the partition from its beginning."""
        return self.inner.batches()
