"""Matrices of a fastText model: floats, or codes of centroids (product quantization)."""

import sys
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from torrential.kernels.constants import LABEL_LANES
from torrential.kernels.fasttext.model import CODEBOOK, Input, Output
from torrential.persistence.fasttext.reader import Reader
from torrential.types import Float32, UInt8

MOST_DECODED = 64 << 20
"""Bytes of floats up to which a quantized input is decoded: adding its rows is then faster."""


def no_floats() -> Float32:
    """Return an empty array."""
    return np.empty(0, np.float32)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix in a mapped file.

    Attributes
    ----------
    file : uint8 array
    n_rows, dim : int
    at : int
        First byte of its floats, or codes.
    n_parts : int
        Codes of each row; 0 if it holds floats.
    part : int
        Columns of each part but the last.
    centroids : float32 array of shape (256 * dim,)
    norms_at : int
        First byte of the codes of the rows' norms; -1 without norms.
    norms : float32 array of shape (256,), or empty
    """

    file: UInt8
    n_rows: int
    dim: int
    at: int
    n_parts: int = 0
    part: int = 1
    centroids: Float32 = field(default_factory=no_floats)
    norms_at: int = -1
    norms: Float32 = field(default_factory=no_floats)

    def as_input(self) -> Input:
        """Return the matrix of words and n-grams, decoded if it is small."""
        if self.n_parts > 0 and 4 * self.n_rows * self.dim <= MOST_DECODED:
            rows = self.rows()
            if self.norms_at >= 0:
                with np.errstate(all="ignore"):  # of a damaged file
                    rows *= self._norms()[:, None]
            return Input(_bytes_of(rows), 0, -1, 0, 1, no_floats(), no_floats())
        return Input(
            self.file, self.at, self.norms_at, self.n_parts, self.part, self.centroids, self.norms
        )

    def as_output(self, *, is_tree: bool) -> Output:
        """Return the matrix of labels in tiles, or in the order of the file for a tree."""
        norms = self._norms() if self.norms_at >= 0 else no_floats()
        if is_tree and self.n_parts == 0:
            return Output(self.file, self.at, norms)
        rows = self.rows()
        return Output(_bytes_of(rows if is_tree else _tiles(rows)), 0, norms)

    def rows(self) -> Float32:
        """Return a copy as floats, shape (n_rows, dim), without norms."""
        if self.n_parts == 0:
            content = self.file[self.at : self.at + 4 * self.n_rows * self.dim].tobytes()
            return np.frombuffer(content, "<f4").astype(np.float32).reshape(self.n_rows, self.dim)
        codes = self.file[self.at : self.at + self.n_rows * self.n_parts]
        codes = codes.reshape(self.n_rows, self.n_parts)
        rows = np.empty((self.n_rows, self.dim), np.float32)
        for number in range(self.n_parts):
            columns = slice(number * self.part, min((number + 1) * self.part, self.dim))
            begin, end = CODEBOOK * columns.start, CODEBOOK * columns.stop
            rows[:, columns] = self.centroids[begin:end].reshape(CODEBOOK, -1)[codes[:, number]]
        return rows

    def _norms(self) -> Float32:
        codes = self.file[self.norms_at : self.norms_at + self.n_rows]
        norms: Float32 = self.norms[codes]
        return norms


def read_matrix(reader: Reader, name: str, dim: int, *, is_quantized: bool) -> Matrix:
    """Read where a matrix is, and its codebook if it has one.

    Parameters
    ----------
    reader : Reader
    name : str
        Named in messages.
    dim : int
        Columns that it must have.
    is_quantized : bool
    """
    has_norms = is_quantized and reader.flag(f"whether its {name} matrix has norms")
    n_rows, n_columns = reader.numbers("qq")
    if n_rows < 1 or n_columns != dim:
        reader.fail(
            f"its {name} matrix has {n_rows} rows of {n_columns} numbers, and its vectors {dim}"
        )
    if not is_quantized:
        return Matrix(reader.file, n_rows, dim, reader.skip(4 * n_rows * dim))
    (n_codes,) = reader.numbers("i")
    at = reader.skip(n_codes)
    n_parts, part, centroids = _read_codebook(reader, name, dim)
    if n_codes != n_rows * n_parts:
        reader.fail(f"its {name} matrix has {n_codes} codes for {n_rows} rows of {n_parts}")
    norms_at, norms = -1, no_floats()
    if has_norms:
        norms_at = reader.skip(n_rows)
        _, _, norms = _read_codebook(reader, f"norms' {name}", 1)
    return Matrix(reader.file, n_rows, dim, at, n_parts, part, centroids, norms_at, norms)


def _read_codebook(reader: Reader, name: str, dim: int) -> tuple[int, int, Float32]:
    """Read the number of parts, the columns of each but the last, and the centroids."""
    n_columns, n_parts, part, last = reader.numbers("4i")
    is_sound = (
        n_columns == dim
        and part >= 1
        and n_parts == -(-dim // part)
        and last == dim - part * (n_parts - 1)
    )
    if not is_sound:
        reader.fail(
            f"its {name} codebook has {n_parts} parts of {part} and {last} for {n_columns} columns"
        )
    return n_parts, part, reader.floats(CODEBOOK * dim)


def _tiles(rows: Float32) -> Float32:
    """Return 16 rows after the other, each 16 of them transposed; zeros fill the last ones."""
    n_rows, dim = rows.shape
    n_tiles = -(-n_rows // LABEL_LANES)
    padded = np.zeros((n_tiles, LABEL_LANES, dim), np.float32)
    padded.reshape(-1, dim)[:n_rows] = rows
    return np.ascontiguousarray(padded.transpose(0, 2, 1))


def _bytes_of(floats: NDArray[np.float32]) -> UInt8:
    """Return the bytes of floats, as a file has them."""
    if sys.byteorder == "big":
        floats = floats.byteswap()
    content = floats.reshape(-1).view(np.uint8)
    content.flags.writeable = False
    return content
