"""A stream of bytes made in Python, of one method, for all readers."""

import io
from typing import Any

import pyarrow as pa


class ByteStream(io.RawIOBase):
    """A stream of which a subclass gives the buffers, one after the other."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read_buffer(self, size: int | None = -1) -> pa.Buffer:
        """Return at most ``size`` bytes, or all if it is negative; no bytes only at the end."""
        raise NotImplementedError

    def read(self, size: int | None = -1) -> bytes:
        """Return the same bytes as `read_buffer`, in a copy."""
        return bytes(self.read_buffer(-1 if size is None else size).to_pybytes())

    def readinto(self, into: Any) -> int:
        """Fill the beginning of a buffer, and return the number of bytes."""
        view = memoryview(into).cast("B")
        data = self.read_buffer(len(view))
        view[: data.size] = memoryview(data).cast("B")
        return int(data.size)
