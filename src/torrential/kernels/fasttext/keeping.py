"""Rows of words that are kept, because most words of a text are frequent ones.

A word has one place, by its hash. It takes the place of another word that was not used since a
word last wanted it. What is kept changes no result.
"""

import numpy as np

from torrential.kernels.fasttext.model import KEPT_BYTES, KEPT_ROWS
from torrential.kernels.fasttext.vectors import load64
from torrential.kernels.jit import lean_kernel

FULL = np.uint64(2**64 - 1)


@lean_kernel
def _tag_of(begin, end, key):
    return np.uint64(key) << np.uint64(32) | np.uint64(end - begin)


@lean_kernel
def place_of(key, tags):
    """Return the place of a word by its hash."""
    return (key ^ (key >> 15)) & (len(tags) - 1)


@lean_kernel
def _bytes_at(text, begin, end, number):
    """Return up to eight bytes of a word, followed by zeros."""
    at = begin + 8 * number
    left = end - at
    if at + 8 <= len(text):
        word = load64(text, at)
        return word if left >= 8 else word & (FULL >> np.uint64(64 - 8 * left))
    word = np.uint64(0)
    for i in range(min(left, 8)):
        word |= np.uint64(text[at + i]) << np.uint64(8 * i)
    return word


@lean_kernel
def is_kept(text, begin, end, key, place, tags, spelled, counts):
    """Return whether the rows of a word are kept in its place."""
    if tags[place] != _tag_of(begin, end, key):
        return False
    for number in range((end - begin + 7) >> 3):
        if spelled[place, number] != _bytes_at(text, begin, end, number):
            return False
    counts[place, 1] = 1
    return True


@lean_kernel
def keep(text, begin, end, key, place, rows, first, last, tags, spelled, counts, kept_rows):
    """Keep ``rows[first:last]`` of a word, unless the word in its place was just used."""
    if counts[place, 1] == 1:
        counts[place, 1] = 0
        return
    if end - begin > KEPT_BYTES or last - first > KEPT_ROWS:
        return
    tags[place] = _tag_of(begin, end, key)
    for number in range((end - begin + 7) >> 3):
        spelled[place, number] = _bytes_at(text, begin, end, number)
    counts[place, 0] = last - first
    for i in range(last - first):
        kept_rows[place, i] = rows[first + i]
