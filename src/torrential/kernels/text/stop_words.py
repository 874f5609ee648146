"""Stop words: a set of byte strings in arrays, and the tokens that are in it."""

from typing import NamedTuple

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.text.terms import DROPPED, take_out_dropped

FREE = -1
HASH_FACTOR, HASH_MASK = 31, 0xFFFFFFFF


class StopWords(NamedTuple):
    """Words in an open-addressing table.

    Word i is ``text[offsets[i] : offsets[i + 1]]``. ``slots``, whose size is a power of two or 0,
    holds numbers of words; FREE slots end a search. ``longest`` is the size of the longest word.
    """

    slots: np.ndarray
    offsets: np.ndarray
    text: np.ndarray
    longest: int


@kernel
def hash_bytes(text, start, length):
    """Return a hash of ``text[start : start + length]``, sufficient for a few hundred words."""
    value = np.int64(length)
    for i in range(start, start + length):
        value = (value * HASH_FACTOR + np.int64(text[i])) & HASH_MASK
    return value ^ value >> 15


@kernel
def _is_word(text, start, length, stop_words, word):
    """Return whether the token is this word of the table."""
    begin = stop_words.offsets[word]
    if stop_words.offsets[word + 1] - begin != length:
        return False
    n_equal = 0
    while n_equal < length and text[start + n_equal] == stop_words.text[begin + n_equal]:
        n_equal += 1
    return n_equal == length


@kernel
def contains(text, start, length, stop_words):
    """Return whether ``text[start : start + length]`` is a stop word."""
    if length > stop_words.longest or len(stop_words.slots) == 0:
        return False
    mask = len(stop_words.slots) - 1
    slot = hash_bytes(text, start, length) & mask
    while stop_words.slots[slot] != FREE:
        if _is_word(text, start, length, stop_words, stop_words.slots[slot]):
            return True
        slot = (slot + 1) & mask
    return False


@kernel
def drop_stop_words(text, tokens, n_documents, stop_words):
    """Drop the tokens that are stop words, in place."""
    for i in range(tokens.indptr[n_documents]):
        start, length = np.int64(tokens.starts[i]), np.int64(tokens.lengths[i])
        if contains(text, start, length, stop_words):
            tokens.lengths[i] = DROPPED
    take_out_dropped(tokens, n_documents)
