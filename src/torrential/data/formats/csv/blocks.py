"""Read a CSV file in blocks that begin with a row, as UTF-8."""

import codecs
from typing import Any

import numpy as np

from torrential.data.files.locate import File
from torrential.data.formats.format import BLOCK_BYTES
from torrential.data.formats.lines import BYTE_ORDER_MARK, UTF_16
from torrential.errors import DataError
from torrential.kernels.parsing.csv_marks import PADDING
from torrential.types import UInt8

MAX_ROW_BYTES = 1 << 30
"""Longest row in bytes; a longer row is an error."""


class Blocks:
    """Bytes of a stream, in one array, where rows that were taken make room for the next ones.

    Parameters
    ----------
    source : file object
    file : File
        For messages.

    Attributes
    ----------
    bytes : uint8 array
        With `PADDING` bytes after the end.
    end : int
        Where the bytes end.
    is_last : bool
        Whether the file ends there, too.
    """

    def __init__(self, source: Any, file: File) -> None:
        self._file = file
        first = source.read(BLOCK_BYTES)
        if first.startswith(UTF_16):
            source, first = _Utf16(first, source), b""
        self._source = source
        first = first.removeprefix(BYTE_ORDER_MARK)
        self.bytes: UInt8 = np.zeros(2 * BLOCK_BYTES + PADDING, np.uint8)
        self.bytes[: len(first)] = np.frombuffer(first, np.uint8)
        self.end = len(first)
        self.is_last = False
        if self.end == 0:
            self.read(0)

    def read(self, at: int) -> None:
        """Drop the bytes before ``at``, and read more.

        At least as much is read as is kept, so that a long row costs no more per byte than a short
        one.
        """
        n_kept = self.end - at
        if n_kept > MAX_ROW_BYTES:
            raise DataError(
                f"{self._file.url} has a row longer than 1 GiB: check its line ends and quotes."
            )
        wanted = n_kept + max(BLOCK_BYTES, n_kept)
        kept = self.bytes[at : self.end]
        if wanted + PADDING > len(self.bytes):
            self.bytes = np.zeros(wanted + PADDING, np.uint8)
        self.bytes[:n_kept] = kept
        self.end = n_kept
        view = self.bytes.data
        while self.end < wanted and not self.is_last:
            n_bytes = self._source.readinto(view[self.end : wanted])
            self.end += n_bytes
            self.is_last = n_bytes == 0


class _Utf16:
    """A stream of UTF-16, which only a byte order mark tells, that is read as UTF-8."""

    def __init__(self, first: bytes, source: Any) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._left = self._decoder.decode(first).encode("utf-8", "replace")

    def readinto(self, view: memoryview) -> int:
        """Fill the buffer as far as possible; return the number of bytes."""
        while not self._left:
            chunk = self._source.read(BLOCK_BYTES)
            text = self._decoder.decode(chunk, final=not chunk)
            self._left = text.encode("utf-8", "replace")
            if not chunk:
                break
        some = self._left[: len(view)]
        view[: len(some)] = some
        self._left = self._left[len(some) :]
        return len(some)
