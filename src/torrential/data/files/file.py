"""A file on any filesystem: how it is opened, decoded, and recognized."""

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Self

import pyarrow as pa
import pyarrow.fs

from torrential.data.files.compression import COMPRESSIONS, DecodedStream, codec_of
from torrential.data.files.streams import ByteStream
from torrential.errors import DataError
from torrential.logs import logger_of

logger = logger_of("read")

HEAD_BYTES = 512
"""Number of first bytes of a file that identify its content."""

SNIFFED_BYTES = 16 << 20
"""Size from which the head of a file elsewhere is read before anything else: it is a request."""


@dataclass(frozen=True, slots=True)
class File:
    """A file somewhere: enough to open it, also after pickling.

    Attributes
    ----------
    url : str
        Name of the file in messages.
    path : str
        Path in its filesystem.
    size : int
        Bytes on disk; -1 if the filesystem does not report them.
    modified : int or None
        Time of its last change in ns, so that a file that was written again is another file.
    filesystem : pyarrow.fs.FileSystem
    inode : tuple of str and int, or None
        The machine on which it was found, and its number there: a worker on another one may see a
        copy under the same path.
    below : str or None
        Path below the folder that was named, or before a glob's first special character.
    """

    url: str
    path: str
    size: int
    modified: int | None
    filesystem: Any = field(compare=False, repr=False)
    inode: tuple[str, int] | None = field(default=None, compare=False, repr=False)
    below: str | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Path below the folder that was named, or else the name of the file."""
        return self.below or PurePosixPath(self.path).name

    @property
    def is_local(self) -> bool:
        """Whether the file is on this machine."""
        return isinstance(self.filesystem, pa.fs.LocalFileSystem)

    @property
    def is_pipe(self) -> bool:
        """Whether the file can be read only once."""
        return False

    def head(self) -> bytes:
        """Return the first bytes of the file, as they are stored."""
        return head_of(self)

    @property
    def compression(self) -> str | None:
        """Codec of the content, if it is compressed.

        Its first bytes tell. Elsewhere than on this machine, where these are a request of their
        own, the name does for small files; `stream` goes by the content of all.
        """
        named = COMPRESSIONS.get(PurePosixPath(self.path).suffix.lower())
        if self.is_local or (named is None and self.size > SNIFFED_BYTES):
            return codec_of(head_of(self))
        return named

    @property
    def extension(self) -> str:
        """Extension in lower case, without that of the compression: ``".csv"``."""
        return extension(self.path)

    def open(self) -> Any:
        """Open the file for random access, as a context manager."""
        if self.is_local:  # bytes, since the name may not be valid UTF-8
            return pa.OSFile(os.fsencode(self.path), "rb")
        return self.filesystem.open_input_file(self.path)

    def stream(self) -> Any:
        """Open the file for reading from its beginning, decompressed, as a context manager.

        Raises
        ------
        DataError
            Its content is compressed, but not text inside; or it is neither compressed, as its
            name says, nor text.
        """
        stored = self.open_stored()
        head = bytes(stored.read(HEAD_BYTES))
        codec = codec_of(head)
        _compare(self, codec, head)
        if stored.seekable():
            stored.seek(0)
        else:
            stored = _Rejoined(head, stored)
        return stored if codec is None else DecodedStream(stored, codec, self)

    def open_stored(self) -> Any:
        """Open the file for reading its stored bytes, from the beginning."""
        if self.is_local:
            return self.open()
        return self.filesystem.open_input_stream(self.path, compression=None)


@dataclass(frozen=True, slots=True)
class MeteredFile(File):
    """A file that measures how far it was read from its beginning, in bytes on disk.

    That is ahead of the rows by the block that is being read. Files that are
    not on this machine tell nothing: their streams have no position.
    """

    _stored: list[Any] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def of(cls, file: File) -> Self:
        """Return the same file with a separate meter."""
        return cls(file.url, file.path, file.size, file.modified, file.filesystem, file.inode)

    def open_stored(self) -> Any:
        """Open the file as `File.open_stored` does, and meter this stream from now on."""
        stored = File.open_stored(self)
        self._stored[:] = [stored] if self.is_local else []
        return stored

    def share(self) -> float | None:
        """Return the share of the file that was read, while it is open; None if unknown."""
        if not self._stored or self.size <= 0:
            return None
        stored = self._stored[0]
        return None if stored.closed else min(1.0, float(stored.tell() / self.size))


def extension(path: str) -> str:
    """Return the extension of a path in lower case, without that of the compression."""
    name = PurePosixPath(path)
    if name.suffix.lower() in COMPRESSIONS:
        name = name.with_suffix("")
    return name.suffix.lower()


@lru_cache(maxsize=4096)
def head_of(file: File) -> bytes:
    """Return the first bytes of a file, as they are stored."""
    with file.open_stored() as stored:
        return bytes(stored.read(HEAD_BYTES))


def _compare(file: File, codec: str | None, head: bytes) -> None:
    """Warn once if a file's name suggests another codec than its content has."""
    named = COMPRESSIONS.get(PurePosixPath(file.path).suffix.lower())
    if codec == named or not head:
        return
    if codec is None and b"\0" in head:
        raise DataError(f"{file.url} is not compressed by {named}, nor is it text: check its name.")
    _say(file.url, codec)


@lru_cache(maxsize=4096)
def _say(url: str, codec: str | None) -> None:
    what = "not compressed" if codec is None else f"compressed by {codec}"
    logger.warning("%s is %s, despite its name: it is read by its content.", url, what)


class _Rejoined(ByteStream):
    """A stream whose first bytes were read already.

    Parameters
    ----------
    head : bytes
    rest : stream
    """

    def __init__(self, head: bytes, rest: Any) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def read_buffer(self, size: int | None = -1) -> pa.Buffer:
        """Return at most ``size`` bytes, or all if it is negative; no bytes only at the end."""
        size = -1 if size is None else size
        if not self._head:
            return self._rest.read_buffer(None if size < 0 else size)
        data, self._head = self._head, b""
        if 0 <= size < len(data):
            data, self._head = data[:size], data[size:]
        else:  # as much as requested: pyarrow takes less for the end of the file
            data += bytes(self._rest.read(None if size < 0 else size - len(data)))
        return pa.py_buffer(data)

    def close(self) -> None:
        """Close the stream, too."""
        if not self.closed:
            self._rest.close()
        super().close()
