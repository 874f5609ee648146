"""Which rows were seen before, in fixed memory: a Bloom filter of their hashes."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from torrential.types import Bool, UInt8

UInt64 = NDArray[np.uint64]

N_BITS = 2**27
"""16 MB: of 10 million different rows, one in 200 others is taken for one of them."""

N_HASHES = 4
LOW_HALF = np.uint64(2**32 - 1)


class SeenRows:
    """Hashes of rows that were seen: a summary.

    A row that was seen is always found. One that was not may be taken for one that was, the more
    often the more different rows there are (Bloom 1970).

    Examples
    --------
    >>> seen = SeenRows()
    >>> seen.update(np.array([3, 2**60], np.uint64))
    >>> seen.have(np.array([2**60, 4], np.uint64)).tolist()
    [True, False]
    """

    def __init__(self) -> None:
        self._bits: UInt8 = np.zeros(N_BITS // 8, np.uint8)
        self.n_rows = 0

    def update(self, hashes: UInt64) -> None:
        """Add rows.

        Parameters
        ----------
        hashes : uint64 array of shape (n_rows,)
        """
        for places in _places(hashes):
            masks = (np.uint8(1) << (places & np.uint64(7)).astype(np.uint8)).astype(np.uint8)
            np.bitwise_or.at(self._bits, (places >> np.uint64(3)).astype(np.int64), masks)
        self.n_rows += len(hashes)

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self._bits |= other._bits
        self.n_rows += other.n_rows
        return self

    def have(self, hashes: UInt64) -> Bool:
        """Return whether each row was seen, shape (n_rows,)."""
        found: Bool = np.ones(len(hashes), np.bool_)
        for places in _places(hashes):
            bits = self._bits[(places >> np.uint64(3)).astype(np.int64)]
            found &= (bits >> (places & np.uint64(7)).astype(np.uint8)) & 1 == 1
        return found


def _places(hashes: UInt64) -> list[UInt64]:
    """Return the bits of each row, by double hashing (Kirsch and Mitzenmacher 2006)."""
    first, second = hashes & LOW_HALF, (hashes >> np.uint64(32)) | np.uint64(1)
    return [(first + np.uint64(i) * second) % np.uint64(N_BITS) for i in range(N_HASHES)]
