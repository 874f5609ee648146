"""Plain twins of the vector functions: their specification, and substitutes without a compiler."""

from typing import Any

import numpy as np

from torrential.kernels.constants import BLOCK, LABEL_LANES

SPACES = frozenset(b" \t\n\v\f\r\0")


def find_spaces(text: Any, at: int) -> Any:
    """Return a mask of the bytes, among the 64 at ``at``, that separate words."""
    found = (int(byte) in SPACES for byte in text[at : at + BLOCK])
    return np.uint64(sum(is_space << i for i, is_space in enumerate(found)))


def load64(source: Any, at: int) -> Any:
    """Load eight bytes as a little-endian number."""
    return np.uint64(int.from_bytes(bytes(source[at : at + 8]), "little"))


def add_rows(source: Any, at: int, size: int, rows: Any, first: int, last: int, total: Any) -> None:
    """Add ``rows[first:last]`` of ``size`` floats, one after the other, to ``total[:size]``."""
    for row in rows[first:last]:
        total[:size] += _row(source, at, size, int(row))


def dot_tiles(source: Any, at: int, size: int, n_tiles: int, vector: Any, out: Any) -> None:
    """Write the products of 16 labels for each tile, and a vector, to ``out``."""
    for tile in range(n_tiles):
        total = out[LABEL_LANES * tile : LABEL_LANES * (tile + 1)]
        total[:] = 0.0
        for j in range(size):
            total += _row(source, at, LABEL_LANES, tile * size + j) * vector[j]


def load_float(source: Any, at: int) -> Any:
    """Load a float that begins at any byte."""
    return _row(source, at, 1, 0)[0]


def _row(source: Any, at: int, size: int, row: int) -> Any:
    begin = at + 4 * size * row
    return np.frombuffer(bytes(source[begin : begin + 4 * size]), "<f4")
