"""Codecs of compressed files: recognized by their first bytes, decoded as a stream."""

import gzip
from typing import Any, Protocol

import pyarrow as pa

from torrential.data.files.content import check_inside
from torrential.data.files.streams import ByteStream
from torrential.data.files.xz import XzReader
from torrential.errors import DataError
from torrential.extras import install_command

COMPRESSIONS = {
    ".gz": "gzip",
    ".gzip": "gzip",
    ".zst": "zstd",
    ".zstd": "zstd",
    ".bz2": "bz2",
    ".xz": "xz",
    ".lz4": "lz4",
}
"""Codec of each extension."""

MAX_WINDOW_LOG = 31
"""Largest window of zstd, as a power of 2. pyarrow decodes those of up to 27, or 128 MB."""

SKIP_BYTES = 1 << 20

_MAGIC = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x04\x22\x4d\x18", "lz4"),
)
_SKIPPABLE = b"\x2a\x4d\x18"
_BZIP2_BLOCKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")


def codec_of(head: bytes) -> str | None:
    """Return the codec that the first bytes of a file belong to; None if not compressed.

    Examples
    --------
    >>> codec_of(gzip.compress(b"text")), codec_of(b"text")
    ('gzip', None)
    """
    for magic, codec in _MAGIC:
        if head.startswith(magic):
            return codec
    if head[:3] == b"BZh" and head[4:10] in _BZIP2_BLOCKS:
        return "bz2"
    # A frame to skip, with which pzstd begins its files.
    if head[:1] and head[0] >> 4 == 5 and head[1:4] == _SKIPPABLE:
        return "zstd"
    return None


def window_log(head: bytes) -> int | None:
    """Return log2 of the window that a frame of zstd needs; None if it is the whole content.

    The layout of the frame header is that of RFC 8878, section 3.1.1.1.
    """
    if head[:4] != _MAGIC[1][0] or len(head) < 6 or head[4] & 0x20:
        return None
    exponent, mantissa = head[5] >> 3, head[5] & 7
    return 10 + exponent + (mantissa > 0)


class Stored(Protocol):
    """A file of compressed bytes."""

    @property
    def url(self) -> str:
        """Name of the file in messages."""
        ...

    def open_stored(self) -> Any:
        """Open the file at its beginning."""
        ...


class DecodedStream(ByteStream):
    """A compressed file as a stream of what is in it.

    pyarrow decodes, which is fast. Where it gives up on a file that is valid, a library that reads
    more takes over at the same place: Python's gzip skips zeros after a member, zstandard takes
    windows of up to 2 GB. xz is always decoded by Python's lzma, stream by stream.

    Parameters
    ----------
    stored : stream
        The compressed bytes, from the beginning.
    codec : str
    file : Stored
        The file that they are of: its name in messages, and how to open it again.
    """

    def __init__(self, stored: Any, codec: str, file: Stored) -> None:
        super().__init__()
        self._stored, self._codec, self._file = stored, codec, file
        self._n_bytes = 0
        self._is_native = codec != "xz"
        self._source: Any = (
            pa.CompressedInputStream(self._stored, codec)
            if self._is_native
            else XzReader(self._stored)
        )

    def read_buffer(self, size: int | None = -1) -> pa.Buffer:
        """Return at most ``size`` bytes, or all if it is negative; no bytes only at the end."""
        size = -1 if size is None else size
        try:
            data = self._read(size)
        except (OSError, pa.ArrowException) as error:
            if not self._is_native or self._codec not in ("gzip", "zstd"):
                raise
            self._take_over(error)
            data = self._read(size)
        if self._n_bytes == 0:
            self._check(data[:512].to_pybytes())
        self._n_bytes += data.size
        return data

    def close(self) -> None:
        """Close the compressed file, too."""
        if not self.closed:
            self._source.close()
            self._stored.close()
        super().close()

    def _check(self, head: bytes) -> None:
        check_inside(head, self._file.url)
        again = codec_of(head)
        if again is not None:
            raise DataError(
                f"{self._file.url} is compressed twice, by {again} and then by {self._codec}: "
                "decompress it once."
            )

    def _read(self, size: int) -> pa.Buffer:
        if self._is_native:
            return self._source.read_buffer(None if size < 0 else size)
        try:
            return pa.py_buffer(self._source.read(size))
        except (OSError, EOFError):
            raise
        except Exception as error:  # each library raises its own class for damaged content
            raise OSError(f"{self._codec}: {error}") from error

    def _take_over(self, error: Exception) -> None:
        """Continue with another decoder where pyarrow stopped, or raise pyarrow's error."""
        is_zstd = self._codec == "zstd"
        if "Truncated" in str(error) or (is_zstd and "too much memory" not in str(error)):
            raise error
        self._source.close()
        self._stored = self._file.open_stored()
        self._is_native = False
        self._source = (
            _zstd_reader(self._stored, self._file)
            if is_zstd
            else gzip.GzipFile(fileobj=self._stored)
        )
        left = self._n_bytes
        while left > 0 and (passed := self._read(min(left, SKIP_BYTES)).size):
            left -= passed


def _zstd_reader(stored: Any, file: Stored) -> Any:
    """Return a decoder of zstd for all sizes of windows, which reads frame after frame."""
    try:
        import zstandard
    except ImportError:
        with file.open_stored() as again:
            window = window_log(again.read(32))
        size = "more than 128 MB" if window is None else f"{1 << window - 20:,} MB"
        option = MAX_WINDOW_LOG if window is None else window
        raise DataError(
            f"{file.url} was compressed by zstd with a window of {size}, which needs the package "
            f"zstandard: {install_command('zstandard')}, or decompress it with zstd -d "
            f"--long={option}."
        ) from None
    decoder = zstandard.ZstdDecompressor(max_window_size=1 << MAX_WINDOW_LOG)
    return decoder.stream_reader(stored, read_across_frames=True)
