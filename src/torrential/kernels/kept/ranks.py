"""A set of columns as bits, and the place of each among them: one look tells that most are not."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from torrential.kernels.jit import kernel
from torrential.kernels.simd import count_ones
from torrential.types import Int32, Int64

WORD_BITS = 64


class Ranks(NamedTuple):
    """Columns that are in a set.

    Attributes
    ----------
    bits : uint64 array of shape (n_features // 64 + 1,)
        The bit of each column is set if the column is in the set.
    before : int32 array of the same shape
        How many columns of the set come before each word of bits.
    """

    bits: NDArray[np.uint64]
    before: Int32


def ranks_of(columns: Int64, n_features: int) -> Ranks:
    """Return the set of some columns, which ascend.

    Examples
    --------
    >>> ranks = ranks_of(np.array([1, 64]), 100)
    >>> ranks.bits, ranks.before
    (array([2, 1], dtype=uint64), array([0, 1], dtype=int32))
    """
    n_words = n_features // WORD_BITS + 1
    words, shifts = columns // WORD_BITS, (columns % WORD_BITS).astype(np.uint64)
    bits = np.zeros(n_words, np.uint64)
    np.bitwise_or.at(bits, words, np.uint64(1) << shifts)
    counts = np.bincount(words, minlength=n_words)
    return Ranks(bits, (np.cumsum(counts) - counts).astype(np.int32))


@kernel
def rank_of(ranks, column):
    """Return how many columns of the set come before a column of it; -1 for any other column."""
    word, shift = np.uint64(column) >> np.uint64(6), np.uint64(column) & np.uint64(63)
    found = ranks.bits[word] >> shift
    if found & np.uint64(1) == np.uint64(0):
        return np.int64(-1)
    below = ranks.bits[word] & ((np.uint64(1) << shift) - np.uint64(1))
    return np.int64(ranks.before[word]) + np.int64(count_ones(below))


@kernel
def find_ranks(columns, ranks, places):
    """Write the place of each column among those of the set, -1 for any other column."""
    for i in range(len(columns)):
        places[i] = rank_of(ranks, columns[i])
