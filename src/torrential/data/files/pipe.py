"""Pipes: the standard input, named pipes and such, which can be read once."""

import os
import stat
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa

from torrential.data.files.compression import codec_of
from torrential.data.files.file import HEAD_BYTES, File
from torrential.data.files.streams import ByteStream
from torrential.errors import DataError

STANDARD_INPUT = "-"

KEPT_BYTES = 80 << 20
"""Bytes from the beginning that are kept: columns and types are found before the pass."""


class Pipe:
    """Content of a pipe, with its beginning kept.

    One thread reads it at a time: first what finds the columns, then the only pass.

    Parameters
    ----------
    url : str
        Name of the pipe in messages.
    open_pipe : callable
        Opens it, and returns the number of the open file; called once.
    """

    def __init__(self, url: str, open_pipe: Callable[[], int]) -> None:
        self.url = url
        self._open_pipe = open_pipe
        self._number: int | None = None
        self._close: Callable[[], Any] | None = None
        self._kept: bytearray | None = bytearray()
        self._n_bytes = 0
        self._is_begun = self._is_over = False

    def begin_pass(self) -> None:
        """Begin the one pass over the rows, or raise a DataError for a second pass."""
        if self._is_begun:
            self._raise_read()
        self._is_begun = True

    def read(self, start: int, size: int) -> bytes:
        """Return at most ``size`` bytes from a position on; fewer only at the end.

        Raises
        ------
        DataError
            They were read already, and are not kept.
        """
        parts, n_bytes = [], 0
        while n_bytes < size:
            part = self._next(start + n_bytes, size - n_bytes)
            if not part:
                break
            parts.append(part)
            n_bytes += len(part)
        return b"".join(parts)

    def _next(self, start: int, size: int) -> bytes:
        if start < self._n_bytes:
            if self._kept is None:
                self._raise_read()
            return bytes(self._kept[start : start + size])
        if self._number is None:
            self._number = self._open_pipe()
            self._close = weakref.finalize(self, os.close, self._number)
        # Pipes give 64 kB at a time.
        part = b"" if self._is_over else os.read(self._number, min(size, KEPT_BYTES))
        self._n_bytes += len(part)
        if not part and self._close is not None:
            self._is_over = True
            self._close()
        if self._kept is not None:
            self._kept += part
            if self._n_bytes > KEPT_BYTES:
                self._kept = None
        return part

    def _raise_read(self) -> NoReturn:
        raise DataError(
            f"{self.url} is a pipe, which can be read only once, and this needs another pass: "
            "write it to a file first."
        )

    def __reduce__(self) -> NoReturn:
        raise DataError(
            f"{self.url} is a pipe, which the workers of a cluster cannot read: write it to a file "
            "that they see."
        )


class _Reader(ByteStream):
    """A pipe from its beginning."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self._pipe, self._at = pipe, 0

    def read_buffer(self, size: int | None = -1) -> pa.Buffer:
        """Return at most ``size`` bytes, or all if it is negative; no bytes only at the end."""
        data = self._pipe.read(self._at, sys.maxsize if size is None or size < 0 else size)
        self._at += len(data)
        return pa.py_buffer(data)


@dataclass(frozen=True, slots=True)
class PipeFile(File):
    """A pipe where a file could be."""

    pipe: Pipe = field(kw_only=True, compare=False, repr=False)

    @property
    def is_local(self) -> bool:
        """False: a pipe has no size, time or place in a filesystem."""
        return False

    @property
    def is_pipe(self) -> bool:
        """True: a pipe can be read only once."""
        return True

    @property
    def compression(self) -> str | None:
        """Codec of the content, if it is compressed."""
        return codec_of(self.head())

    def head(self) -> bytes:
        """Return the first bytes of the pipe."""
        return self.pipe.read(0, HEAD_BYTES)

    def open(self) -> NoReturn:
        """Raise a DataError: this format needs random access."""
        raise DataError(
            f"{self.url} is a pipe, and files of this format are read from several places: write "
            "it to a file first."
        )

    def open_stored(self) -> Any:
        """Open the pipe for reading its bytes, from the beginning."""
        return _Reader(self.pipe)


def pipe_at(url: str, path: str) -> PipeFile:
    """Return the pipe at a path, or the standard input if it is ``-``."""
    if url == STANDARD_INPUT:
        url = "the standard input"
        pipe = Pipe(url, lambda: os.dup(0))
    else:
        pipe = Pipe(url, lambda: os.open(path, os.O_RDONLY))
    return PipeFile(url, path, -1, None, None, pipe=pipe)


def is_redirected() -> bool:
    """Return whether standard input is a file, which can be opened repeatedly."""
    return stat.S_ISREG(os.fstat(0).st_mode) and Path("/dev/stdin").is_file()
