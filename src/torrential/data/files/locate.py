"""Find the files that paths, globs, folders and URLs name."""

import os
import platform
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.fs

from torrential.data.failures import reading
from torrential.data.files.compression import COMPRESSIONS as COMPRESSIONS
from torrential.data.files.entries import (
    Entry,
    entries_below,
    entry_at,
    open_filesystem,
    shown_path,
)
from torrential.data.files.file import File as File
from torrential.data.files.file import MeteredFile as MeteredFile
from torrential.data.files.file import extension as extension
from torrential.data.files.folder import data_files, is_empty
from torrential.data.files.glob import regex_of, split_glob
from torrential.data.files.pipe import STANDARD_INPUT, is_redirected, pipe_at
from torrential.errors import DataError, MissingDataError
from torrential.logs import logger_of

logger = logger_of("read")

FormatOf = Callable[[str], str | None]
"""Returns the format of a path's extension; None if unknown."""


def locate(
    paths: Sequence[str | os.PathLike[str]], format_of: FormatOf, format: str | None = None
) -> list[File]:
    """Return the files of the paths, in the order of the paths; sorted by name within each path.

    Files without content, of 0 bytes or compressed with nothing inside, are left out: they have no
    rows.

    Parameters
    ----------
    paths : sequence of str or path-like
        Files, folders (searched recursively, without names that begin with ``.`` or ``_``),
        globs (``*``, ``?``, ``[...]``, and ``**`` for any number of folders), or URLs of them.
    format_of : callable
        Name of the format that a path's extension tells, or None.
    format : str, default=None
        The requested format. In a folder with files of several formats, those of this format are
        taken.

    Raises
    ------
    MissingDataError
        A path that does not exist, or a glob without a match.
    DataError
        Empty files only, a folder without readable files or with files of several formats, or a
        filesystem that is not reachable.
    """
    search = _Search(format_of, format)
    files: list[File] = []
    for path in paths:
        url = os.fsdecode(path)
        with reading(shown_path(url), is_elsewhere="://" in url):
            files.extend(search.expand(url))
    kept = [file for file in files if not _is_empty(file)]
    if files and not kept:
        raise DataError(f"{files[0].url} is empty: leave it out, or write rows to it.")
    for file in files:
        if file not in kept:
            logger.info("%s is empty, so it has no rows.", file.url)
    return kept


def _is_empty(file: File) -> bool:
    with reading(file.url, is_elsewhere=not file.is_local):
        return is_empty(file)


@dataclass(frozen=True, slots=True)
class _Search:
    """Settings of a search for files: the formats that identify them.

    Attributes
    ----------
    format_of : callable
    format : str or None
        As for `locate`.
    """

    format_of: FormatOf
    format: str | None

    def expand(self, url: str) -> list[File]:
        """Return the files that one path names."""
        _check_name(url)
        if url == STANDARD_INPUT:
            if not is_redirected():
                return [pipe_at(url, url)]
            url = "/dev/stdin"
        base, pattern = split_glob(url)
        filesystem, root = open_filesystem(base)
        if pattern:
            return self._glob(url, base, pattern, filesystem, root)
        entry = entry_at(filesystem, root)
        if entry is None:
            raise MissingDataError(f"{shown_path(url)} does not exist: check the path.")
        if entry.is_folder:
            return self._folder(url, filesystem, root) or _raise_no_data(url)
        if not entry.is_file and isinstance(filesystem, pa.fs.LocalFileSystem):
            return [pipe_at(shown_path(url), root)]
        return [_file(url, entry, filesystem)]

    def _folder(self, url: str, filesystem: Any, root: str, below: str = "") -> list[File]:
        """Return the data files of a folder, possibly none."""
        found = [
            _file(_join(url, relative), entry, filesystem, below + relative)
            for relative, entry in _listing(filesystem, root, (".", "_"))
            if entry.is_file
        ]
        return data_files(shown_path(url), found, self.format_of, self.format)

    def _glob(self, url: str, base: str, pattern: str, filesystem: Any, root: str) -> list[File]:
        try:
            matches = re.compile(regex_of(pattern)).fullmatch
        except re.error as error:
            raise DataError(
                f"{url} is not a pattern of paths ({error}): check its brackets."
            ) from error
        found, files, n_folders = list[File](), list[File](), 0
        top = entry_at(filesystem, root)
        if top is not None and top.is_folder:
            recursive = "/" in pattern
            for relative, entry in _listing(filesystem, root, (".",), recursive):
                name = _join(base, relative)
                if not matches(relative):
                    continue
                if entry.is_file:
                    found.append(_file(name, entry, filesystem, relative))
                elif entry.is_folder and "**" not in pattern:
                    n_folders += 1
                    files.extend(self._folder(name, filesystem, entry.path, f"{relative}/"))
        if not found and not files:
            if n_folders:
                _raise_no_data(url)
            raise MissingDataError(f"No file matches {shown_path(url)}: check the pattern.")
        chosen = data_files(shown_path(url), found, self.format_of, self.format, are_matched=True)
        return sorted([*files, *chosen], key=lambda file: file.path)


def _check_name(url: str) -> None:
    """Raise an error for a name that no system accepts."""
    try:
        is_name = b"\0" not in os.fsencode(url)
    except UnicodeEncodeError:
        is_name = False
    if not is_name:
        raise MissingDataError(f"{shown_path(url)!r} is not a valid file name: check the path.")


def _raise_no_data(url: str) -> NoReturn:
    raise DataError(
        f"{shown_path(url)} is a folder without a file that can be read: check the path, or pass "
        "format= if the names do not determine it."
    )


def _file(url: str, entry: Entry, filesystem: Any, below: str | None = None) -> File:
    inode = None
    if isinstance(filesystem, pa.fs.LocalFileSystem):
        # pyarrow's listings have none.
        number = Path(entry.path).stat().st_ino if entry.inode is None else entry.inode
        inode = platform.node(), number
    return File(shown_path(url), entry.path, entry.size, entry.modified, filesystem, inode, below)


def _listing(
    filesystem: Any, root: str, hidden: tuple[str, ...], recursive: bool = True
) -> Iterator[tuple[str, Entry]]:
    """Return the visible entries below a folder, sorted, with their relative paths.

    A name such as ``_date=1`` is not hidden: it tells the value of a column.
    """
    for entry in entries_below(filesystem, root, recursive=recursive):
        relative = entry.path.removeprefix(root).lstrip("/")
        names = relative.split("/")
        if not any(name.startswith(hidden) and "=" not in name for name in names):
            yield relative, entry


def _join(base: str, relative: str) -> str:
    if base == ".":
        return relative
    return base + relative if base.endswith("/") else f"{base}/{relative}"
