"""Numbers of a mapped file, one after the other, each checked against the file's size."""

import os
import struct
from typing import NoReturn

import numpy as np

from torrential.errors import ModelFileError
from torrential.types import Float32, UInt8


class Reader:
    """Reads a mapped file from its beginning, or raises a ModelFileError.

    Parameters
    ----------
    path : str or path-like
        Named in messages.
    file : uint8 array
    """

    def __init__(self, path: str | os.PathLike[str], file: UInt8) -> None:
        self.path = path
        self.file = file
        self.at = 0

    def skip(self, n_bytes: int) -> int:
        """Pass over bytes that are in the file; return the place of the first of them."""
        begin = self.at
        if n_bytes < 0 or n_bytes > len(self.file) - begin:
            self.fail_cut_off()
        self.at += n_bytes
        return begin

    def numbers(self, kinds: str) -> tuple[int, ...]:
        """Read little-endian numbers, whose kinds are named as `struct` does."""
        layout = struct.Struct("<" + kinds)
        begin = self.skip(layout.size)
        return layout.unpack(self.file[begin : self.at].tobytes())

    def flag(self, name: str) -> bool:
        """Read a byte that is 0 or 1."""
        (value,) = self.numbers("B")
        if value > 1:
            self.fail(f"{name} is {value}, not yes or no")
        return bool(value)

    def floats(self, n: int) -> Float32:
        """Copy floats, which may begin at any byte."""
        begin = self.skip(4 * n)
        return np.frombuffer(self.file[begin : self.at].tobytes(), "<f4").astype(np.float32)

    def fail_cut_off(self) -> NoReturn:
        """Raise the error of a file that ends too early."""
        raise ModelFileError(
            f"{self.path} is damaged or cut off: a fastText model with such a beginning is longer "
            f"than {len(self.file):,} bytes; copy or download it again."
        )

    def fail(self, what: str) -> NoReturn:
        """Raise the error of a file that contradicts itself."""
        raise ModelFileError(
            f"{self.path} is not a sound fastText model: {what}; copy or download it again."
        )
