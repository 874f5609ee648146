"""Text that is not all ASCII: decoded, lower-cased and classified as Python's own strings are.

The rule for sigma is the Unicode Standard's Final_Sigma (section 3.13, table 3-17), as in CPython's
``str.lower``; that for ill-formed bytes is its "substitution of maximal subparts" (section 3.9), as
in CPython's ``errors="replace"``.
"""

import numpy as np
from numba import njit

from torrential.kernels.simd import BLOCK, classify, find_ideographs, load32, trailing_zeros

WORD, SPACE, CHANGES, CASED, IGNORABLE = 1, 2, 4, 8, 16
"""Bits of a code point's class; torrential.features.unicode_tables says what each means."""

REPLACEMENT = 0xFFFD
CAPITAL_SIGMA, SMALL_SIGMA, FINAL_SIGMA = 0x3A3, 0x3C3, 0x3C2
DOTTED_CAPITAL_I, COMBINING_DOT_ABOVE = 0x130, 0x307
ASCII_CASE_BIT = 0x20
BLOCK_BITS = 6

NONE, ONE = np.uint64(0), np.uint64(1)

LONGEST = 4  # bytes of a sequence

# A sequence of three bytes as a number: 1110xxxx 10xxxxxx 10xxxxxx, the first byte lowest.
MARKS, MARKED = np.uint64(0xC0C0F0), np.uint64(0x8080E0)
LOW_4, LOW_6, MIDDLE_6 = np.uint64(0x0F), np.uint64(0x3F), np.uint64(0xFC0)
TWO, ELEVEN, TWELVE, SIXTEEN = np.uint64(2), np.uint64(11), np.uint64(12), np.uint64(16)
FROM_E1 = np.uint64(0x1000)  # those that begin with 0xE0 may be longer than they need be
SURROGATE = np.uint64(0xD800 >> 11)


@njit(cache=True, nogil=True)
def decode(source, at, end):
    """Decode the UTF-8 sequence at ``at`` < ``end``; return its code point and size in bytes.

    Where the bytes are ill-formed the code point is -1 and the size that of the maximal subpart:
    what one U+FFFD stands for.
    """
    lead = np.int64(source[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xC2 or lead > 0xF4:
        return -1, 1
    size = 2 + (lead >= 0xE0) + (lead >= 0xF0)
    code = lead & (0x7F >> size)
    # Overlong forms, surrogates and numbers past U+10FFFF show in the second byte already.
    lowest = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
    highest = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
    for i in range(1, size):
        if at + i == end:
            return -1, i
        byte = np.int64(source[at + i])
        if byte < lowest or byte > highest:
            return -1, i
        code = code << 6 | byte & 0x3F
        lowest = 0x80
        highest = 0xBF
    return code, size


@njit(cache=True, nogil=True)
def encode(code, target, at):
    """Write a code point as UTF-8 to ``target[at:]``; return its size in bytes."""
    if code < 0x80:
        target[at] = code
        return 1
    if code < 0x800:
        target[at] = 0xC0 | code >> 6
        target[at + 1] = 0x80 | code & 0x3F
        return 2
    if code < 0x10000:
        target[at] = 0xE0 | code >> 12
        target[at + 1] = 0x80 | code >> 6 & 0x3F
        target[at + 2] = 0x80 | code & 0x3F
        return 3
    target[at] = 0xF0 | code >> 18
    target[at + 1] = 0x80 | code >> 12 & 0x3F
    target[at + 2] = 0x80 | code >> 6 & 0x3F
    target[at + 3] = 0x80 | code & 0x3F
    return 4


@njit(cache=True, nogil=True)
def _follows_cased(target, n_bytes, classes):
    """Tell whether the last letter that is not case-ignorable is cased.

    It looks at the lower-cased text: lower case keeps both classes.
    """
    at = n_bytes
    while at > 0:
        at -= 1
        while target[at] & 0xC0 == 0x80:
            at -= 1
        code, _ = decode(target, at, n_bytes)
        if classes[code] & IGNORABLE == 0:
            return classes[code] & CASED != 0
    return False


@njit(cache=True, nogil=True)
def _precedes_cased(source, at, end, classes):
    """Tell whether the next letter that is not case-ignorable is cased."""
    while at < end:
        code, size = decode(source, at, end)
        class_ = classes[code] if code >= 0 else 0
        if class_ & IGNORABLE == 0:
            return class_ & CASED != 0
        at += size
    return False


@njit(cache=True, nogil=True)
def _lower_case(code, source, at, end, target, n_bytes, classes, lower):
    """Lower case of the code point that ends before ``source[at]``: sigma's is by its place."""
    if code != CAPITAL_SIGMA:
        return np.int64(lower[code])
    if not _follows_cased(target, n_bytes, classes) or _precedes_cased(source, at, end, classes):
        return SMALL_SIGMA
    return FINAL_SIGMA


@njit(cache=True, nogil=True)
def _ones(n):
    """As many bits as 0 <= n < 64 says."""
    return (ONE << np.uint64(n)) - ONE


@njit(cache=True, nogil=True)
def _append_bits(words, at, pending, bits, n):
    """Write ``n`` <= 64 bits as bits ``at`` and on; ``pending`` holds those before in their word.

    Return the bits of the word that is still to be filled.
    """
    offset = at & (BLOCK - 1)
    pending |= bits << np.uint64(offset)
    if offset + n < BLOCK:
        return pending
    words[at >> BLOCK_BITS] = pending
    return bits >> ONE >> np.uint64(BLOCK - 1 - offset)  # a shift by 64 is undefined


@njit(cache=True, nogil=True, inline="always")
def _mark_run(source, at, i, limit, changes, classes, bits):
    """Pass over a run of three-byte letters that stay as they are, as in Chinese, from byte i on.

    Return where it ends, before ``limit``, and the block's word bits. That all are of one size
    lets the processor begin with the next letter before it is done with this one.
    """
    while i + 3 < limit:
        quad = np.uint64(load32(source, at + i))
        code = (quad & LOW_4) << TWELVE | (quad >> TWO & MIDDLE_6) | (quad >> SIXTEEN & LOW_6)
        is_well_formed = (quad & MARKS) == MARKED and code >= FROM_E1
        class_ = classes[code]
        if not is_well_formed or code >> ELEVEN == SURROGATE or class_ & changes != 0:
            break
        bits |= np.uint64((class_ & WORD) * 0b111) << np.uint64(i)
        i += 3
    return i, bits


@njit(cache=True, nogil=True, inline="always")
def _normalise_block(source, at, end, changes, classes, lower, target, n_bytes):
    """Normalise up to 64 bytes, as far as they keep their places.

    ASCII is lower-cased all at once, other bytes are copied by the same step; then each letter
    beyond ASCII is looked up, and written over where it changes. Return how many bytes were done,
    their word bits, and whether the next sequence is one that changes its size or is ill-formed.
    """
    case_bit = ASCII_CASE_BIT if changes != 0 else 0
    bits, high = classify(source, at, target, n_bytes, case_bit)
    limit = min(end - at, BLOCK)
    ideographs = find_ideographs(source, at)
    if limit < BLOCK:  # no ideograph may reach into what follows the text
        ideographs &= _ones(max(limit - 2, 0))
    ideographs |= ideographs << ONE | ideographs << TWO  # all three bytes; they are word characters
    bits |= ideographs
    high &= ~ideographs
    while True:
        i = trailing_zeros(high)
        if i >= limit:
            break
        if i > BLOCK - LONGEST and limit == BLOCK:  # it may go on in the next block
            limit = i
            break
        if source[at + i] >= 0xE1:
            run_end, bits = _mark_run(source, at, i, limit, changes, classes, bits)
            if run_end > i:
                high &= ~_ones(run_end)
                continue
        code, size = decode(source, at + i, end)
        if code < 0:
            return i, bits & _ones(i), True
        if classes[code] & changes != 0:
            after = at + i + size
            code = _lower_case(code, source, after, end, target, n_bytes + i, classes, lower)
            if encode(code, target, n_bytes + i) != size:
                return i, bits & _ones(i), True
        letter = _ones(size) << np.uint64(i)
        bits |= letter * np.uint64(classes[code] & WORD)
        high &= ~letter
    if limit < BLOCK:
        bits &= _ones(limit)
    return limit, bits, False


@njit(cache=True, nogil=True)
def normalise_utf8(source, begin, end, lowercase, classes, lower, target, words):
    """Write ``source[begin:end]`` to ``target`` as valid UTF-8, lower-cased if asked to.

    The text becomes ``bytes.decode("utf-8", "replace").lower()``. Bit i % 64 of ``words[i // 64]``
    tells whether byte i of it belongs to a word character. ``target`` has room for
    3 * (end - begin) + 128 bytes, and ``words`` for two more than its bytes need. Up to 63 bytes
    past the end of the source are read.

    Return the number of bytes written and of ill-formed sequences replaced.
    """
    changes = CHANGES if lowercase else 0
    at = begin
    n_bytes = 0
    n_invalid = 0
    pending = NONE
    while at < end:
        size, bits, is_odd = _normalise_block(
            source, at, end, changes, classes, lower, target, n_bytes
        )
        pending = _append_bits(words, n_bytes, pending, bits, size)
        at += size
        n_bytes += size
        if not is_odd:
            continue
        code, size = decode(source, at, end)
        at += size
        is_dotted = code == DOTTED_CAPITAL_I
        if code < 0:
            code = REPLACEMENT
            n_invalid += 1
        else:
            code = np.int64(lower[code])
        size = encode(code, target, n_bytes)
        bits = _ones(size) * np.uint64(classes[code] & WORD)
        pending = _append_bits(words, n_bytes, pending, bits, size)
        n_bytes += size
        if is_dotted:
            size = encode(COMBINING_DOT_ABOVE, target, n_bytes)
            pending = _append_bits(words, n_bytes, pending, NONE, size)
            n_bytes += size
    words[n_bytes >> BLOCK_BITS] = pending
    words[(n_bytes >> BLOCK_BITS) + 1] = NONE
    return n_bytes, n_invalid
