"""Character n-grams of a normalised text, as slices of one buffer.

For 'char' the buffer is the text with each run of two or more white-space characters made one
space. For 'char_wb' it holds the words with one space before, between and after them: neighbours
share theirs, since n-grams do not reach past the spaces at a word's ends.
"""

import numpy as np
from numba import njit

from torrential.kernels.simd import load32
from torrential.kernels.unicode import SPACE
from torrential.kernels.utf8 import decode, size_of

BLANK = 32


@njit(cache=True, nogil=True)
def max_char_ngrams(n_bytes, n_documents, min_n, max_n):
    """Most n-grams that so many bytes of text can have, with either analyzer.

    A padded word has two characters more than the word, and every second byte may be a word.
    """
    return (max_n - min_n + 1) * (n_bytes + n_bytes // 2 + 2 * n_documents)


@njit(cache=True, nogil=True)
def char_ngrams(text, bounds, n_documents, classes, min_n, max_n, word_bound, padded, grams):
    r"""Find all n-grams of ``min_n`` >= 1 to ``max_n`` characters of each document.

    Document i is ``text[bounds[i] : bounds[i + 1]]``, valid UTF-8. N-grams are slices of
    ``padded``, which has room for two bytes more than each document, and ``grams`` for
    :func:`max_char_ngrams` of each. If ``word_bound``, n-grams stay within a word and the spaces
    around it, and a word that is shorter than n is taken whole, once.
    """
    n_found = 0
    at = 0
    for i in range(n_documents):
        begin = at
        if not word_bound:
            at = _collapse_spaces(text, bounds[i], bounds[i + 1], classes, padded, at)
            n_found = _ngrams_between(padded, begin, at, min_n, max_n, False, grams, n_found)
        else:
            at = _pad_words(text, bounds[i], bounds[i + 1], classes, padded, at)
            for end in range(begin + 1, at):
                if padded[end] == BLANK:
                    n_found = _ngrams_between(
                        padded, begin, end + 1, min_n, max_n, True, grams, n_found
                    )
                    begin = end
        grams.indptr[i + 1] = n_found


@njit(cache=True, nogil=True)
def _collapse_spaces(text, at, end, classes, padded, n_padded):
    """Copy ``text[at:end]``, but each run of two or more white-space characters as one space."""
    while at < end:
        code, size = decode(load32(text, at), end - at)
        after = at + size
        if classes[code] & SPACE != 0:
            while after < end:
                code, next_size = decode(load32(text, after), end - after)
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
def _pad_words(text, at, end, classes, padded, n_padded):
    """Copy the words of ``text[at:end]``, with one space before, between and after them."""
    padded[n_padded] = BLANK
    n_padded += 1
    while at < end:
        code, size = decode(load32(text, at), end - at)
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
def _ngrams_between(padded, begin, end, min_n, max_n, with_short, grams, n_found):
    """Append the n-grams of ``padded[begin:end]``; if ``with_short``, all of it where none fits."""
    for n in range(min_n, max_n + 1):
        start = begin
        stop = begin
        n_characters = 0
        while n_characters < n and stop < end:
            stop += size_of(padded[stop])
            n_characters += 1
        if n_characters < n and not with_short:
            return n_found
        n_before = n_found
        while True:
            grams.starts[n_found] = start
            grams.lengths[n_found] = stop - start
            n_found += 1
            if stop >= end:
                break
            start += size_of(padded[start])
            stop += size_of(padded[stop])
        if n_found == n_before + 1:  # longer ones do not fit
            return n_found
    return n_found


@njit(cache=True, nogil=True)
def pad_document(text, begin, end, classes, word_bound, padded):
    """Bring ``text[begin:end]`` to ``padded``, as :func:`char_ngrams` has it; return its bytes."""
    if word_bound:
        return _pad_words(text, begin, end, classes, padded, np.int64(0))
    return _collapse_spaces(text, begin, end, classes, padded, np.int64(0))


@njit(cache=True, nogil=True)
def ngrams_of_piece(padded, at, last, n_bytes, min_n, max_n, word_bound, grams):
    """Find the n-grams of the next piece, of about ``n_bytes``, of a padded document.

    The document goes to ``last``, and ``n_bytes`` is more than ``max_n`` characters. The piece
    begins at ``at``: return where it ends, and how many n-grams begin in it. All pieces together
    have those that :func:`char_ngrams` finds, in another order.
    """
    if not word_bound:
        return _ngrams_of_run(padded, at, last, n_bytes, min_n, max_n, grams)
    n_found = np.int64(0)
    if last - at < 2:  # white space only
        return last, n_found
    begin = at
    for end in range(at + 1, min(at + n_bytes, last)):
        if padded[end] == BLANK and padded[at] == BLANK:
            n_found = _ngrams_between(padded, begin, end + 1, min_n, max_n, True, grams, n_found)
            begin = end
    if begin > at:
        return (last if begin == last - 1 else begin), n_found
    end = at + 1  # a word that is longer than a piece, or what is left of it
    while padded[end] != BLANK:
        end += 1
    stop, n_found = _ngrams_of_run(padded, at, end + 1, n_bytes, min_n, max_n, grams)
    if stop == end + 1 and stop < last:
        stop = end  # the blank begins the next word too
    return stop, n_found


@njit(cache=True, nogil=True)
def _ngrams_of_run(padded, at, last, n_bytes, min_n, max_n, grams):
    """Find the n-grams that begin in the next piece of what goes to ``last``, short ones not."""
    stop = at
    while stop < last and stop < at + n_bytes:
        stop += size_of(padded[stop])
    if stop == last - 1:  # no piece begins with the blank that ends a word
        stop = last
    n_found = np.int64(0)
    beyond = stop
    for n in range(1, max_n + 1):
        if n >= min_n:
            n_found = _ngrams_between(padded, at, beyond, n, n, False, grams, n_found)
        if beyond < last:
            beyond += size_of(padded[beyond])
    return stop, n_found
