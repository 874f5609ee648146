"""Reader of xz files: all their streams, and the padding between them."""

import lzma
from typing import Any

_INPUT_BYTES = 1 << 16


class XzReader:
    """Content of an xz file, stream by stream.

    Zeros may be between and after the streams: "stream padding", section 2.2 of version 1.2.1 of
    the .xz file format. Python's ``lzma.LZMAFile`` (3.11 to 3.13) takes whatever follows a stream
    and is not one for the end of the file, and omits the streams after padding without an
    error; here padding is passed over and other bytes are an error.

    Parameters
    ----------
    stored : stream
        The compressed bytes, from the beginning. It is left open.
    """

    def __init__(self, stored: Any) -> None:
        self._stored = stored
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        self._held = b""  # bytes after the end of the last stream

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, or all if it is negative; no bytes only at the end.

        Raises
        ------
        EOFError
            If the file ends within a stream.
        lzma.LZMAError
            If the bytes there are not xz.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(_INPUT_BYTES), b""))
        while size:
            if self._decoder.eof and not self._begin():
                break
            if self._decoder.needs_input and not self._held:
                self._held = self._stored.read(_INPUT_BYTES)
                if not self._held:
                    raise EOFError("the file ends within a stream")
            compressed, self._held = self._held, b""
            data = self._decoder.decompress(compressed, size)
            if data:
                return data
        return b""

    def close(self) -> None:
        """Do nothing: the stored bytes belong to the caller."""

    def _begin(self) -> bool:
        """Skip padding and begin the next stream; return False at the end of the file."""
        held = self._decoder.unused_data.lstrip(b"\0")
        while not held:
            compressed = self._stored.read(_INPUT_BYTES)
            if not compressed:
                return False
            held = compressed.lstrip(b"\0")
        self._held, self._decoder = held, lzma.LZMADecompressor(lzma.FORMAT_XZ)
        return True
