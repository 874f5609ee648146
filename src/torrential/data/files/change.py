"""Checks whether a file has changed since it was found: rows of two versions are never mixed."""

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.fs

from torrential.data.files.file import File
from torrential.data.joining import Piece
from torrential.errors import DataError


@dataclass(frozen=True, slots=True)
class Stamp:
    """Properties that change when a file is written again or replaced.

    Attributes
    ----------
    size : int
        In bytes; -1 if the filesystem does not report it.
    modified : int or None
        Time of the last change in ns.
    key : int, str or None
        Number of the file on this machine; elsewhere what its filesystem tells versions by.
    """

    size: int
    modified: int | None
    key: int | str | None = None


def check_unchanged(file: File) -> Stamp:
    """Return a file's current stamp, or raise a DataError if it differs from the first stamp.

    Raises
    ------
    DataError
        Its size or its time of change is another one than when the dataset was made.
    MissingDataError
        It is gone.
    """
    now = _stamp_of(file)
    machine, inode = file.inode or (None, None)
    key = inode if machine == platform.node() else None
    _compare(file, Stamp(file.size, file.modified, key), now)
    return now


def unchanged(file: File, pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield the rows of a file as long as the file does not change.

    It is looked at before it is opened and at the end; on this machine, where that takes a
    microsecond, after each piece too, so that no row of another version is passed on. A fault that
    comes of a change is reported as the change.

    Raises
    ------
    DataError
        The file was written again or replaced; the sentence tells how one sees it.
    """
    if file.is_pipe:
        yield from pieces
        return
    first = check_unchanged(file)
    try:
        for piece in pieces:
            if file.is_local:
                _compare(file, first, _stamp_of(file))
            yield piece
    except (DataError, pa.ArrowException, OSError, EOFError):
        _compare(file, first, _stamp_of(file))
        raise
    _compare(file, first, _stamp_of(file))


def _stamp_of(file: File) -> Stamp:
    if file.is_local:
        facts = Path(file.path).stat()
        return Stamp(facts.st_size, facts.st_mtime_ns, facts.st_ino)
    info = file.filesystem.get_file_info(file.path)
    if info.type == pa.fs.FileType.NotFound:
        raise FileNotFoundError(file.url)
    fsspec = getattr(getattr(file.filesystem, "handler", None), "fs", None)
    key = None if fsspec is None else str(fsspec.ukey(file.path))
    return Stamp(-1 if info.size is None else info.size, info.mtime_ns, key)


def _compare(file: File, before: Stamp, now: Stamp) -> None:
    change = _change(before, now)
    if change is not None:
        raise DataError(
            f"{file.url} has changed since it was found ({change}), and rows of both versions are "
            "not mixed: read it again when nothing writes to it anymore."
        )


def _change(before: Stamp, now: Stamp) -> str | None:
    if before.size >= 0 and now.size >= 0 and before.size != now.size:
        return f"it had {before.size:,} bytes, and has {now.size:,} now"
    if None not in (before.modified, now.modified) and before.modified != now.modified:
        return "it was written again"
    if None not in (before.key, now.key) and before.key != now.key:
        return "another file was put in its place"
    return None
