"""Entries of a cache folder: found, measured, and removed."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from torrential.persistence.whole_file import TEMPORARY

SUFFIX = ".records"


CALLS = "calls"
"""Folder of the results of memoized calls."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in the folder.

    Attributes
    ----------
    path : Path
    n_bytes : int
    used : float
        When it was written or last read, in seconds since 1970.
    """

    path: Path
    n_bytes: int
    used: float


def stored(folder: Path) -> list[Entry]:
    """Return the entries of hashed rows."""
    return _found(folder, lambda name: name.endswith(SUFFIX))


def unfinished(folder: Path) -> list[Entry]:
    """Return the temporary files of entries that are being written, or were left behind."""
    return _found(folder, lambda name: TEMPORARY.fullmatch(name) is not None)


def _found(folder: Path, is_one: Callable[[str], bool]) -> list[Entry]:
    found = []
    with suppress(OSError), os.scandir(folder) as items:
        for item in items:
            if is_one(item.name):
                with suppress(OSError):  # another process has removed it
                    facts = item.stat()
                    found.append(Entry(Path(item.path), facts.st_size, facts.st_mtime))
    return found


def calls(folder: Path) -> list[Entry]:
    """Return the results of memoized calls: folders in joblib's layout."""
    found = []
    for where, _, names in os.walk(folder):  # which passes over what may not be read
        if "output.pkl" in names:
            with suppress(OSError):
                files = [Path(where, name).stat() for name in names]
                used = max(each.st_atime for each in files)
                found.append(Entry(Path(where), sum(each.st_size for each in files), used))
    return found


def remove(entry: Entry) -> bool:
    """Remove an entry, and return whether this process did so."""
    try:
        if entry.path.is_dir():
            for each in entry.path.iterdir():
                each.unlink()
            entry.path.rmdir()
        else:
            entry.path.unlink()
    except OSError:
        return False  # another process was faster, or holds it
    return True


def remove_left(folder: Path, stale_after: float) -> None:
    """Remove unfinished files that other processes left behind this many seconds ago."""
    for each in unfinished(folder):
        found = TEMPORARY.fullmatch(each.path.name)
        is_stale = time.time() - each.used > stale_after
        if found is not None and is_stale and not _is_alive(int(found[1])):
            remove(each)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        pass
    return True
