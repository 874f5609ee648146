"""Character n-grams of a normalised text, as slices of one buffer.

For 'char' the buffer is the text with each run of two or more white-space characters made one
space. For 'char_wb' it holds the words with one space before, between and after them: neighbours
share theirs, since n-grams do not reach past the spaces at a word's ends.
"""

import numpy as np
from numba import njit

from torrential.kernels.unicode import SPACE, decode

BLANK = 32


@njit(cache=True, nogil=True)
def max_char_ngrams(n_bytes, min_n, max_n):
    """Most n-grams that a text of so many bytes can have, with either analyzer.

    A padded word has two characters more than the word, and every second byte may be a word.
    """
    return (max_n - min_n + 1) * (n_bytes + n_bytes // 2 + 2)


@njit(cache=True, nogil=True)
def char_ngrams(text, n_bytes, classes, min_n, max_n, word_bound, padded, starts, lengths):
    r"""Find all n-grams of ``min_n`` >= 1 to ``max_n`` characters of valid UTF-8 text.

    N-gram i is ``padded[starts[i] : starts[i] + lengths[i]]``; ``padded`` has room for two bytes
    more than the text, ``starts`` and ``lengths`` for :func:`max_char_ngrams`. If ``word_bound``,
    n-grams stay within a word and the spaces around it, and a word that is shorter than n is
    taken whole, once. Return their number.
    """
    n_found = 0
    if not word_bound:
        end = _collapse_spaces(text, n_bytes, classes, padded)
        return _ngrams_between(padded, 0, end, min_n, max_n, False, starts, lengths, n_found)
    n_padded = _pad_words(text, n_bytes, classes, padded)
    begin = 0
    for at in range(1, n_padded):
        if padded[at] == BLANK:
            n_found = _ngrams_between(
                padded, begin, at + 1, min_n, max_n, True, starts, lengths, n_found
            )
            begin = at
    return n_found


@njit(cache=True, nogil=True)
def _collapse_spaces(text, n_bytes, classes, padded):
    """Copy the text, but each run of two or more white-space characters as one space."""
    at = 0
    n_padded = 0
    while at < n_bytes:
        code, size = decode(text, at, n_bytes)
        after = at + size
        if classes[code] & SPACE != 0:
            while after < n_bytes:
                code, next_size = decode(text, after, n_bytes)
                if classes[code] & SPACE == 0:
                    break
                after += next_size
        if after > at + size:
            padded[n_padded] = BLANK
            n_padded += 1
        else:
            for i in range(size):
                padded[n_padded + i] = text[at + i]
            n_padded += size
        at = after
    return n_padded


@njit(cache=True, nogil=True)
def _pad_words(text, n_bytes, classes, padded):
    """Copy the words, with one space before, between and after them."""
    padded[0] = BLANK
    n_padded = 1
    at = 0
    while at < n_bytes:
        code, size = decode(text, at, n_bytes)
        if classes[code] & SPACE == 0:
            for i in range(size):
                padded[n_padded + i] = text[at + i]
            n_padded += size
        elif padded[n_padded - 1] != BLANK:
            padded[n_padded] = BLANK
            n_padded += 1
        at += size
    if padded[n_padded - 1] != BLANK:
        padded[n_padded] = BLANK
        n_padded += 1
    return n_padded


@njit(cache=True, nogil=True)
def _size_of(lead):
    """Bytes of the UTF-8 sequence that begins with this one."""
    return 1 + np.int64(lead >= 0xC0) + np.int64(lead >= 0xE0) + np.int64(lead >= 0xF0)


@njit(cache=True, nogil=True)
def _ngrams_between(padded, begin, end, min_n, max_n, with_short, starts, lengths, n_found):
    """Append the n-grams of ``padded[begin:end]``; if ``with_short``, all of it where none fits."""
    for n in range(min_n, max_n + 1):
        start = begin
        stop = begin
        n_characters = 0
        while n_characters < n and stop < end:
            stop += _size_of(padded[stop])
            n_characters += 1
        if n_characters < n and not with_short:
            return n_found
        n_before = n_found
        while True:
            starts[n_found] = start
            lengths[n_found] = stop - start
            n_found += 1
            if stop >= end:
                break
            start += _size_of(padded[start])
            stop += _size_of(padded[stop])
        if n_found == n_before + 1:  # longer ones do not fit
            return n_found
    return n_found
