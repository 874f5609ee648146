"""Terms with their counts and names, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from torrential.features.views import VIEW_BITS, column_edges
from torrential.types import Int32, Int64, UInt8


@dataclass(frozen=True, slots=True)
class CountedTerms:
    """Different terms, each once.

    Attributes
    ----------
    keys : uint64 array of shape (n_terms,)
        The signed hash of each term in the upper half, as in
        ``torrential.kernels.text.term_table``; of several views, the number of the term's view in
        the last bits.
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

    def columns(self, n_features: int, n_views: int = 1) -> Int32:
        """Return the column of each term."""
        sizes = np.abs(self.hashes().astype(np.int64))
        if n_views == 1:
            return (sizes % n_features).astype(np.int32)
        edges, views = column_edges(n_features, n_views), self.views()
        columns: Int64 = edges[views] + sizes % np.diff(edges)[views]
        return columns.astype(np.int32)

    def views(self) -> Int64:
        """Return the number of the view of each term, where there are several."""
        return (self.keys & VIEW_BITS).astype(np.int64)

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

    def decoded(self, labels: Sequence[str] = ()) -> list[str]:
        """Return the names; invalid UTF-8, as in a name that is cut off, becomes U+FFFD.

        Parameters
        ----------
        labels : sequence of str
            Those of several views, which precede the names of their terms.
        """
        names, ends = self.names.tobytes(), self.starts + self.lengths
        places = zip(self.starts.tolist(), ends.tolist(), strict=True)
        decoded = [names[begin:end].decode("utf-8", "replace") for begin, end in places]
        if not labels:
            return decoded
        views = self.views().tolist()
        return [f'{labels[view]}: "{name}"' for view, name in zip(views, decoded, strict=True)]


def joined_terms(parts: Sequence[CountedTerms]) -> CountedTerms:
    """Return the terms of all views, with the number of the view in their keys."""
    sizes = np.cumsum([0, *(len(part.names) for part in parts)])
    return CountedTerms(
        np.concatenate(
            [part.keys & ~VIEW_BITS | np.uint64(view) for view, part in enumerate(parts)]
        ),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.starts + size for part, size in zip(parts, sizes, strict=False)]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([part.names for part in parts]),
    )
