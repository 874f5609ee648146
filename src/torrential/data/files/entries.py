"""Entries of folders: what is at a path, and what is below it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

import pyarrow as pa
import pyarrow.fs

from torrential.errors import DataError
from torrential.extras import install_command


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a filesystem.

    Attributes
    ----------
    path : str
        As the operating system has it: bytes that are not UTF-8 are lone surrogates.
    is_file, is_folder : bool
        Neither, if it is a pipe or another device.
    size : int
        In bytes; -1 if the filesystem does not report it.
    modified : int or None
        Time of the last change in ns.
    inode : int or None
        Number of the file on this machine.
    """

    path: str
    is_file: bool
    is_folder: bool
    size: int
    modified: int | None
    inode: int | None = None


def entry_at(filesystem: Any, path: str) -> Entry | None:
    """Return the entry at a path; None without one."""
    if isinstance(filesystem, pa.fs.LocalFileSystem):
        return _local(path)
    info = filesystem.get_file_info(path)
    return None if info.type == pa.fs.FileType.NotFound else _of(info)


def entries_below(filesystem: Any, root: str, *, recursive: bool) -> list[Entry]:
    """Return the entries of a folder and of the folders below it, sorted by path."""
    try:
        infos = filesystem.get_file_info(pa.fs.FileSelector(root, recursive=recursive))
        entries = [_of(info) for info in infos]
    except UnicodeError:  # pyarrow lists no names that are not UTF-8
        entries = list(_walk(root, recursive=recursive))
    return sorted(entries, key=lambda entry: entry.path)


def shown_path(path: str) -> str:
    r"""Return a path as text, with escapes for bytes that are not UTF-8.

    Examples
    --------
    >>> print(shown_path(os.fsdecode(b"caf\xe9.csv")))
    caf\xe9.csv
    """
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # it is not a name at all
        return path.encode("utf-8", "backslashreplace").decode()


def open_filesystem(url: str) -> tuple[Any, str]:
    """Return the filesystem of a path or URL, pyarrow's or fsspec's, and the path in it.

    Raises
    ------
    DataError
        It is unknown, or its package is not installed.
    """
    if "://" not in url:
        # Absolute: workers of a cluster, and this process later on, may be in another folder.
        return pa.fs.LocalFileSystem(), str(Path(url).expanduser().absolute())
    try:
        return _by_url(url)
    except (ImportError, ValueError) as error:
        raise DataError(
            f"{url} is on a filesystem that does not open ({str(error).strip()}): check the "
            f"URL, or {install_command('fsspec')} and fsspec's package for this filesystem."
        ) from error


def _by_url(url: str) -> tuple[Any, str]:
    try:
        filesystem, path = pa.fs.FileSystem.from_uri(url)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        from fsspec.core import url_to_fs

        filesystem, path = url_to_fs(url)
        filesystem = pa.fs.PyFileSystem(pa.fs.FSSpecHandler(filesystem))
    return filesystem, path


def _of(info: Any) -> Entry:
    types = pa.fs.FileType
    size = -1 if info.size is None else info.size
    return Entry(
        info.path, info.type == types.File, info.type == types.Directory, size, info.mtime_ns
    )


def _local(path: str) -> Entry | None:
    try:
        facts = Path(path).stat()
    except FileNotFoundError:
        return None
    mode = facts.st_mode
    return Entry(path, S_ISREG(mode), S_ISDIR(mode), facts.st_size, facts.st_mtime_ns, facts.st_ino)


def _walk(root: str, *, recursive: bool) -> Iterator[Entry]:
    for folder, folders, files in os.walk(root, followlinks=True):
        for name in [*folders, *files]:
            entry = _local(str(Path(folder) / name))
            if entry is not None:
                yield entry
        if not recursive:
            return
