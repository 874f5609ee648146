"""Find the files that paths, globs, folders and URLs stand for."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.fs

from torrential.data.compression import COMPRESSIONS as COMPRESSIONS
from torrential.data.failures import reading
from torrential.data.file import File as File
from torrential.data.file import MeteredFile as MeteredFile
from torrential.data.file import extension as extension
from torrential.errors import DataError, MissingDataError

_MAGIC = re.compile(r"[*?\[]")


def locate(paths: Sequence[str | os.PathLike[str]], readable: Callable[[str], bool]) -> list[File]:
    """Files behind the paths, in the order of the paths; sorted by name within each.

    Parameters
    ----------
    paths : sequence of str or path-like
        Files, folders (searched recursively, without names that begin with ``.`` or ``_``),
        globs (``*``, ``?``, ``[...]``, and ``**`` for any number of folders), or URLs of them.
    readable : callable
        Whether a file of this path, found in a folder, is of a format that can be read.

    Raises
    ------
    MissingDataError
        A path that does not exist, or a glob without a match.
    DataError
        An empty file, a folder without readable files, or a filesystem that cannot be reached.
    """
    files = []
    for path in paths:
        url = os.fspath(path)
        with reading(url):
            files.extend(_expand(url, readable))
    for file in files:
        if file.size == 0:
            raise DataError(f"{file.url} is empty: leave it out, or write rows to it.")
    return files


def _expand(url: str, readable: Callable[[str], bool]) -> list[File]:
    base, pattern = _split_glob(url)
    filesystem, root = open_filesystem(base)
    if pattern:
        return _glob(url, base, pattern, filesystem, root, readable)
    info = filesystem.get_file_info(root)
    if info.type == pa.fs.FileType.NotFound:
        raise MissingDataError(f"{url} does not exist: check the path.")
    if info.type == pa.fs.FileType.Directory:
        return _folder(url, filesystem, root, readable)
    return [_file(url, info, filesystem)]


def open_filesystem(url: str) -> tuple[Any, str]:
    """Filesystem of a path or URL, and the path in it; pyarrow's own, or else fsspec's."""
    if "://" not in url:
        # Absolute: workers of a cluster, and this process later on, may be in another folder.
        return pa.fs.LocalFileSystem(), str(Path(url).expanduser().absolute())
    try:
        filesystem, path = pa.fs.FileSystem.from_uri(url)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _fsspec_filesystem(url)
    return filesystem, path


def _fsspec_filesystem(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs

        filesystem, path = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise DataError(
            f"{url} is on a filesystem that cannot be opened ({error}): check the URL, or install "
            "fsspec and its package for this filesystem."
        ) from error
    return pa.fs.PyFileSystem(pa.fs.FSSpecHandler(filesystem)), path


def _file(url: str, info: Any, filesystem: Any) -> File:
    size = -1 if info.size is None else info.size
    return File(url, info.path, size, info.mtime_ns, filesystem)


def _listing(
    url: str, filesystem: Any, root: str, hidden: tuple[str, ...], recursive: bool = True
) -> Iterator[tuple[str, Any]]:
    """Entries below a folder by name, each with its path from there; hidden names left out."""
    selector = pa.fs.FileSelector(root, recursive=recursive)
    for info in sorted(filesystem.get_file_info(selector), key=lambda info: info.path):
        relative = info.path.removeprefix(root).lstrip("/")
        if not any(part.startswith(hidden) for part in relative.split("/")):
            yield relative, info


def _folder(url: str, filesystem: Any, root: str, readable: Callable[[str], bool]) -> list[File]:
    files = [
        _file(_join(url, relative), info, filesystem)
        for relative, info in _listing(url, filesystem, root, (".", "_"))
        if info.type == pa.fs.FileType.File and readable(info.path)
    ]
    if not files:
        raise DataError(
            f"{url} is a folder without a file that can be read: check the path, or pass format= "
            "if the names do not tell it."
        )
    return files


def _glob(
    url: str,
    base: str,
    pattern: str,
    filesystem: Any,
    root: str,
    readable: Callable[[str], bool],
) -> list[File]:
    try:
        matches = re.compile(_regex(pattern)).fullmatch
    except re.error as error:
        raise DataError(f"{url} is no pattern of paths ({error}): check its brackets.") from error
    files = []
    if filesystem.get_file_info(root).type == pa.fs.FileType.Directory:
        recursive = "/" in pattern
        for relative, info in _listing(base, filesystem, root, (".",), recursive):
            name = _join(base, relative)
            if not matches(relative):
                continue
            if info.type == pa.fs.FileType.File:
                files.append(_file(name, info, filesystem))
            elif "**" not in pattern:
                files.extend(_folder(name, filesystem, info.path, readable))
    if not files:
        raise MissingDataError(f"No file matches {url}: check the pattern.")
    return files


def _split_glob(url: str) -> tuple[str, str]:
    """Cut a glob into the folder before its first special character, and the pattern from there.

    A local path that exists is taken literally; so is a web address, which cannot be listed.
    """
    magic = _MAGIC.search(url)
    if magic is None or url.startswith(("http://", "https://")):
        return url, ""
    if "://" not in url and Path(url).expanduser().exists():
        return url, ""
    cut = url.rfind("/", 0, magic.start()) + 1
    return url[:cut] or ".", url[cut:]


def _regex(pattern: str) -> str:
    """Regular expression of a glob: ``*`` and ``?`` stay within a folder, ``**`` does not."""
    translations = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}

    def translate(match: re.Match[str]) -> str:
        token = match.group()
        if token in translations:
            return translations[token]
        if len(token) > 1:
            negated = token[1] == "!"
            members = re.sub(r"([\[\\^&~|])", r"\\\1", token[1 + negated : -1])
            return f"[{'^' * negated}{members}]"
        return re.escape(token)

    return re.sub(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", translate, pattern, flags=re.DOTALL)


def _join(base: str, relative: str) -> str:
    if base == ".":
        return relative
    return base + relative if base.endswith("/") else f"{base}/{relative}"
