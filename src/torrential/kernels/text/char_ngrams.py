"""Character n-grams of a normalized text, as slices of one buffer.

For 'char' the buffer is the text with each run of two or more white-space characters made one
space. For 'char_wb' it holds the words with one space before, between and after them: neighbors
share theirs, since n-grams do not reach past the spaces at a word's ends.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.simd import load32
from torrential.kernels.text.unicode import SPACE
from torrential.kernels.text.utf8 import decode, size_of

BLANK = 32

RUN = 8
"""N-grams of ASCII that are written at a time."""


@kernel
def max_char_ngrams(n_bytes, n_documents, min_n, max_n):
    """Return the largest number of n-grams of this many bytes, with either analyzer.

    A padded word has two characters more than the word, and every second byte may be a word.
    """
    return (max_n - min_n + 1) * (n_bytes + n_bytes // 2 + 2 * n_documents)


@kernel
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
            at = _pad_words(text, bounds[i], bounds[i + 1], classes, padded, at, np.bool_(False))
            n_found = _ngrams_of_words(padded, begin, at, min_n, max_n, grams, n_found)
        grams.indptr[i + 1] = n_found


@kernel
def _collapse_spaces(text, at, end, classes, padded, n_padded):
    """Copy ``text[at:end]``, with each run of two or more white-space characters as one space."""
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


@kernel
def _pad_words(text, at, end, classes, padded, n_padded, goes_on):
    """Copy the words of ``text[at:end]``, with one space before, between and after them.

    There is none before the first word if it ``goes_on`` from before.
    """
    if not goes_on:
        padded[n_padded] = BLANK
        n_padded += 1
    while at < end:
        is_blank = padded[n_padded - 1] == BLANK
        while at < end and text[at] < 0x80:  # no branch on white space: it is not predictable
            byte = np.int64(text[at])
            is_space = (byte - 9 < 5) & (byte >= 9) | (byte - 28 < 5) & (byte >= 28)
            padded[n_padded] = BLANK if is_space else byte
            n_padded += 1 - (is_space & is_blank)
            is_blank = is_space
            at += 1
        if at == end:
            break
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


@kernel
def _ngrams_of_words(padded, begin, stop, min_n, max_n, grams, n_found):
    """Append the n-grams of each of the padded words of ``padded[begin:stop]``."""
    # Taken out of the tuple before the loop: to pass it on for each word counts references.
    starts, lengths = grams.starts, grams.lengths
    high = np.uint8(0)
    for end in range(begin + 1, stop):
        high |= padded[end]
        if padded[end] == BLANK:
            size = end + 1 - begin
            if high < 0x80:
                n_found = _ngrams_of_ascii(
                    begin, size, min_n, max_n, True, starts, lengths, n_found
                )
            else:
                n_found = _ngrams_between(
                    padded, begin, end + 1, min_n, max_n, True, grams, n_found
                )
                high = np.uint8(0)
            begin = end
    return n_found


@kernel(inline="always")
def _ngrams_of_ascii(begin, n_bytes, min_n, max_n, with_short, starts, lengths, n_found):
    """Append n-grams as :func:`_ngrams_between` does, of characters of one byte.

    They are written RUN at a time, so up to RUN - 1 elements behind them are overwritten.
    """
    for n in range(min_n, max_n + 1):
        if n_bytes < n:
            starts[n_found] = begin
            lengths[n_found] = n_bytes
            return n_found + with_short
        n_new = n_bytes - n + 1
        for i in range(0, n_new, RUN):
            for j in range(RUN):
                starts[n_found + i + j] = begin + i + j
                lengths[n_found + i + j] = n
        n_found += n_new
        if n_new == 1:  # longer ones do not fit
            return n_found
    return n_found


@kernel
def _ngrams_between(padded, begin, end, min_n, max_n, with_short, grams, n_found):
    """Append the n-grams of ``padded[begin:end]``; if ``with_short``, all of it if none fits."""
    high = np.uint8(0)
    for i in range(begin, end):
        high |= padded[i]
    if high < 0x80:
        size, starts, lengths = end - begin, grams.starts, grams.lengths
        return _ngrams_of_ascii(begin, size, min_n, max_n, with_short, starts, lengths, n_found)
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


@kernel
def pad_piece(text, n_bytes, classes, word_bound, goes_on, padded, n_known):
    """Prepare a piece of a long document at ``padded[n_known:]``, as :func:`char_ngrams` does.

    A word of 'char_wb' may extend from one piece to the next: ``goes_on`` is true if one does
    from the piece before. Return where the padded text ends, and whether one does to the next
    piece, should there be one.
    """
    if not word_bound:
        n_padded = _collapse_spaces(text, np.int64(0), n_bytes, classes, padded, n_known)
        return n_padded, np.bool_(False)
    n_padded = _pad_words(text, np.int64(0), n_bytes, classes, padded, n_known, goes_on)
    last = n_bytes - 1
    while last > 0 and text[last] & 0xC0 == 0x80:
        last -= 1
    code, _ = decode(load32(text, last), n_bytes - last)
    return n_padded, classes[code] & SPACE == 0


@kernel
def ngrams_of_piece(padded, n_known, n_bytes, min_n, max_n, word_bound, goes_on, grams):
    """Find the n-grams of ``padded[:n_bytes]`` that end after its first ``n_known`` bytes.

    These are of the piece before, of its word if ``word_bound``; ``goes_on`` tells whether the last
    word continues in the next piece. Return the number of n-grams.
    """
    n_found = np.int64(0)
    begin = np.int64(0)
    if not word_bound:
        return _ngrams_behind(padded, begin, n_known, n_bytes, min_n, max_n, grams, n_found)
    for end in range(max(n_known, 1), n_bytes):
        if padded[end] == BLANK:
            if n_known > begin:
                n_found = _ngrams_behind(
                    padded, begin, n_known, end + 1, min_n, max_n, grams, n_found
                )
            else:
                n_found = _ngrams_between(
                    padded, begin, end + 1, min_n, max_n, True, grams, n_found
                )
            begin = end
    if goes_on:
        known = max(begin, n_known)
        n_found = _ngrams_behind(padded, begin, known, n_bytes, min_n, max_n, grams, n_found)
    return n_found


@kernel
def keep_characters(padded, n_bytes, n_characters):
    """Move the last characters of ``padded[:n_bytes]`` to its front; return their bytes."""
    begin = _back(padded, n_bytes, np.int64(0), n_characters)
    for i in range(begin, n_bytes):
        padded[i - begin] = padded[i]
    return n_bytes - begin


@kernel
def _back(padded, at, begin, n_characters):
    """Go back from byte ``at`` by this many characters, but not past ``begin``."""
    while n_characters > 0 and at > begin:
        at -= 1
        while padded[at] & 0xC0 == 0x80:
            at -= 1
        n_characters -= 1
    return at


@kernel
def _ngrams_behind(padded, begin, known, end, min_n, max_n, grams, n_found):
    """Append the n-grams of ``padded[begin:end]`` that end after byte ``known``."""
    for n in range(min_n, max_n + 1):
        first = _back(padded, known, begin, n - 1)
        n_found = _ngrams_between(padded, first, end, n, n, False, grams, n_found)
    return n_found
