"""Terms with their counts and names, side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from torrential.types import Int32, Int64, UInt8


@dataclass(frozen=True, slots=True)
class CountedTerms:
    """Different terms, each once.

    Attributes
    ----------
    keys : uint64 array of shape (n_terms,)
        The signed hash of each term in the upper half, as in
        ``torrential.kernels.text.term_table``.
    counts : int64 array of shape (n_terms,)
        How often each occurs.
    starts : int64 array of shape (n_terms,)
    lengths : int32 array of shape (n_terms,)
        Where each name begins, and its bytes, at most 255: longer ones are cut off.
    names : uint8 array
        All names as UTF-8.
    """

    keys: NDArray[np.uint64]
    counts: Int64
    starts: Int64
    lengths: Int32
    names: UInt8

    def __len__(self) -> int:
        return len(self.keys)

    def hashes(self) -> Int32:
        """Return the hash of each term, as in the hashing trick."""
        return (self.keys >> np.uint64(32)).astype(np.uint32).view(np.int32)

    def columns(self, n_features: int) -> Int32:
        """Return the column of each term."""
        return (np.abs(self.hashes().astype(np.int64)) % n_features).astype(np.int32)

    def signs(self, alternate_sign: bool) -> Int32:
        """Return whether each term counts as +1 or -1."""
        ones = np.ones(len(self), np.int32)
        return np.where(self.hashes() < 0, -ones, ones) if alternate_sign else ones

    def take(self, places: Int64) -> "CountedTerms":
        """Return some of the terms with their names, in the order of ``places``."""
        lengths = self.lengths[places]
        starts = np.cumsum(lengths, dtype=np.int64) - lengths
        at = np.repeat(self.starts[places] - starts, lengths) + np.arange(lengths.sum())
        return CountedTerms(self.keys[places], self.counts[places], starts, lengths, self.names[at])

    def decoded(self) -> list[str]:
        """Return the names; invalid UTF-8, as in a name that is cut off, becomes U+FFFD."""
        names, ends = self.names.tobytes(), self.starts + self.lengths
        places = zip(self.starts.tolist(), ends.tolist(), strict=True)
        return [names[begin:end].decode("utf-8", "replace") for begin, end in places]
