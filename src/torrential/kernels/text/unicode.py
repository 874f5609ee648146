"""Text that is not all ASCII: decoded, lower-cased and classified as Python's own strings are.

The rule for sigma is the Unicode Standard's Final_Sigma (section 3.13, table 3-17), as in CPython's
``str.lower``; that for ill-formed bytes is its "substitution of maximal subparts" (section 3.9), as
in CPython's ``errors="replace"``.
"""

import numpy as np

from torrential.kernels.constants import BLOCK
from torrential.kernels.jit import kernel
from torrential.kernels.simd import classify, find_known, load32, trailing_zeros
from torrential.kernels.text.utf8 import UNKNOWN, decode, encode, size_in_utf8

WORD, SPACE, CHANGES, CASED, IGNORABLE = 1, 2, 4, 8, 16
"""Bits of a code point's class; torrential.features.text.unicode_tables says what each means."""

REPLACEMENT = 0xFFFD
CAPITAL_SIGMA, SMALL_SIGMA, FINAL_SIGMA = 0x3A3, 0x3C3, 0x3C2
DOTTED_CAPITAL_I, COMBINING_DOT_ABOVE = 0x130, 0x307
ASCII_CASE_BIT = 0x20
BLOCK_BITS = 6

NONE, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64(2**64 - 1)

# Sequences of two and three bytes as numbers: 110xxxxx 10xxxxxx and 1110xxxx 10xxxxxx 10xxxxxx,
# the first byte lowest.
MARKS_2, MARKED_2 = np.uint64(0xC0E0), np.uint64(0x80C0)
MARKS_3, MARKED_3 = np.uint64(0xC0C0F0), np.uint64(0x8080E0)
LOW_4, LOW_5, LOW_6, LOW_8 = np.uint64(0x0F), np.uint64(0x1F), np.uint64(0x3F), np.uint64(0xFF)
MIDDLE_6 = np.uint64(0xFC0)
TWO, SIX, EIGHT = np.uint64(2), np.uint64(6), np.uint64(8)
ELEVEN, TWELVE, SIXTEEN = np.uint64(11), np.uint64(12), np.uint64(16)
FROM_C2, TO_E0 = np.uint64(0x80), np.uint64(0x800)  # what two bytes can hold
FROM_E1 = np.uint64(0x1000)  # those that begin with 0xE0 may be longer than they need be
SURROGATE = np.uint64(0xD800 >> 11)
SIGMA = np.uint64(CAPITAL_SIGMA)


@kernel
def _follows_cased(target, n_bytes, classes):
    """Return whether the last letter that is not case-ignorable is cased.

    It looks at the lower-cased text: lower case keeps both classes.
    """
    at = n_bytes
    while at > 0:
        at -= 1
        while target[at] & 0xC0 == 0x80:
            at -= 1
        code, _ = decode(load32(target, at), n_bytes - at)
        if classes[code] & IGNORABLE == 0:
            return classes[code] & CASED != 0
    return False


@kernel
def _precedes_cased(source, at, end, classes):
    """Return whether the next letter that is not case-ignorable is cased."""
    while at < end:
        code, size = decode(load32(source, at), end - at)
        class_ = classes[code] if code >= 0 else 0
        if class_ & IGNORABLE == 0:
            return class_ & CASED != 0
        at += size
    return False


@kernel
def _lower_case(code, source, at, end, target, n_bytes, classes, lower):
    """Return the lower case of the code point that ends before ``source[at]``; sigma's varies."""
    if code != CAPITAL_SIGMA:
        return np.int64(lower[code])
    if not _follows_cased(target, n_bytes, classes) or _precedes_cased(source, at, end, classes):
        return SMALL_SIGMA
    return FINAL_SIGMA


@kernel
def _ones(n):
    """Return n set bits, 0 <= n <= 64."""
    return ALL >> np.uint64(BLOCK - n) if n > 0 else NONE


@kernel
def _append_bits(words, at, pending, bits, n):
    """Append ``n`` <= 64 bits at bit ``at``; ``pending`` holds the earlier bits of their word.

    Return the bits of the word that is still to be filled.
    """
    offset = at & (BLOCK - 1)
    pending |= bits << np.uint64(offset)
    if offset + n < BLOCK:
        return pending
    words[at >> BLOCK_BITS] = pending
    return bits >> ONE >> np.uint64(BLOCK - 1 - offset)  # a shift by 64 is undefined


@kernel
def _or_bits(words, at, bits):
    """Set those of the 64 bits from bit ``at`` on that are set in ``bits``."""
    offset = np.uint64(at & (BLOCK - 1))
    words[at >> BLOCK_BITS] |= bits << offset
    words[(at >> BLOCK_BITS) + 1] |= bits >> ONE >> (np.uint64(BLOCK - 1) - offset)


@kernel
def _mark_threes(source, at, i, limit, changes, classes, bits):
    """Skip a run of three-byte letters without case from byte i on, as in Chinese.

    Return where it ends, before ``limit``, and the block's word bits. That all are of one size
    lets the processor begin with the next letter before it is done with this one.
    """
    is_run = True
    while is_run and i + 3 <= limit:
        quad = np.uint64(load32(source, at + i))
        code = (quad & LOW_4) << TWELVE | (quad >> TWO & MIDDLE_6) | (quad >> SIXTEEN & LOW_6)
        is_run = (quad & MARKS_3) == MARKED_3 and code >= FROM_E1 and code >> ELEVEN != SURROGATE
        if is_run:
            class_ = classes[code]
            is_run = class_ & changes == 0
            bits |= np.uint64((class_ & WORD) * is_run * 0b111) << np.uint64(i)
            i += 3 * is_run
    return i, bits


@kernel
def _mark_twos(source, at, i, limit, changes, classes, lower, target, to, bits):
    """Skip a run of two-byte letters whose lower case has two bytes, as `_mark_threes` does."""
    is_run = True
    while is_run and i + 2 <= limit:
        quad = np.uint64(load32(source, at + i))
        code = (quad & LOW_5) << SIX | (quad >> EIGHT & LOW_6)
        is_run = (quad & MARKS_2) == MARKED_2 and code >= FROM_C2
        if is_run:
            class_ = classes[code]
            if class_ & changes != 0:
                changed = np.uint64(lower[code])
                is_run = FROM_C2 <= changed < TO_E0 and code != SIGMA
                if is_run:
                    target[to + i] = np.uint8(changed >> SIX | MARKED_2 & LOW_8)
                    target[to + i + 1] = np.uint8(changed & LOW_6 | MARKED_2 >> EIGHT)
            bits |= np.uint64((class_ & WORD) * is_run * 0b11) << np.uint64(i)
            i += 2 * is_run
    return i, bits


@kernel
def _end_of_letters(source, at):
    """Return the bytes, of the 64 at ``at``, up to the last letter that continues after them."""
    # Each is 64 unless a letter of 4, 3 or 2 bytes begins there; no branch could be predicted.
    before_4 = 61 + 3 * np.int64(source[at + 61] < 0xF0)
    before_3 = 62 + 2 * np.int64(source[at + 62] < 0xE0)
    before_2 = 63 + np.int64(source[at + 63] < 0xC0)
    return min(before_4, before_3, before_2)


@kernel
def _mark_known(source, at, end, size, bits, high):
    """Add the word bits of the common letters of three bytes among ``size`` bytes.

    Return them with the bits of the other bytes beyond ASCII.
    """
    letters, marks = find_known(source, at)
    inside = ALL >> np.uint64(BLOCK - size)
    whole = inside >> TWO if at + size == end else inside  # none continues after the end
    letters &= whole
    either = letters | (marks & whole)
    bits |= letters | letters << ONE | letters << TWO
    return bits & inside, high & inside & ~(either | either << ONE | either << TWO)


@kernel
def _mark_letters(source, at, end, size, bits, high, changes, in_place, classes, lower, target, to):
    """Look up the letters that begin in ``high``, among ``size`` bytes copied to ``target[to:]``.

    One whose lower case differs is written over. Return how many bytes were done, their word bits,
    and whether the next sequence is one that does not keep its place.
    """
    is_odd = False
    while high != NONE:  # left in one place only: else counting references takes most of the time
        i = trailing_zeros(high)
        if source[at + i] >= 0xE0:
            run_end, bits = _mark_threes(source, at, i, size, changes, classes, bits)
        else:
            run_end, bits = _mark_twos(
                source, at, i, size, changes, classes, lower, target, to, bits
            )
        if run_end > i:
            high &= ~_ones(run_end)
        else:
            code, n_bytes = decode(load32(source, at + i), end - at - i)
            changed = code
            if code < 0 or (in_place and code == CAPITAL_SIGMA and changes != 0):
                changed = UNKNOWN  # a sigma's neighbors may be another document's
            elif classes[code] & changes != 0:
                after = at + i + n_bytes
                changed = _lower_case(code, source, after, end, target, to + i, classes, lower)
            if size_in_utf8(changed) != n_bytes or changed == UNKNOWN:
                is_odd = True
                size = i
                bits &= _ones(i)
                high = NONE
            else:
                if changed != code:
                    encode(changed, target, to + i)
                letter = _ones(n_bytes) << np.uint64(i)
                bits |= letter * np.uint64(classes[changed] & WORD)
                high &= ~letter
    return size, bits, is_odd


@kernel
def normalize(source, begin, end, lowercase, in_place, classes, lower, target, words, beyond):
    """Write ``source[begin:end]`` to ``target`` as valid UTF-8, in lower case if requested.

    The text becomes ``bytes.decode("utf-8", "replace").lower()``. Bit i % 64 of ``words[i // 64]``
    tells whether byte i of it belongs to a word character, those of ``beyond`` whether it is not
    ASCII. ``target`` has room for 3 * (end - begin) + 128 bytes, and ``words`` and ``beyond`` for
    two more than its bytes need. Up to 65 bytes past the end of the source are read. ASCII needs no
    tables. It is lower-cased 64 bytes at a time, and other bytes are copied by the same step; then
    letters beyond ASCII are looked up.

    If ``in_place``, it stops before a sequence that does not keep its place (ill-formed, or of
    another size in lower case), and before a capital sigma, whose lower case depends on others.

    Return the number of bytes read, of those written, and of ill-formed sequences replaced.
    """
    changes = CHANGES if lowercase else 0
    case_bit = ASCII_CASE_BIT if lowercase else 0
    at = begin
    n_bytes = np.int64(0)  # a literal would make further versions of what it is passed to
    n_invalid = 0
    pending = NONE
    most = end - begin if in_place else 3 * (end - begin)
    for block in range((most >> BLOCK_BITS) + 2):
        beyond[block] = NONE
    while at < end:
        size = min(end - at, BLOCK)
        bits, high = classify(source, at, target, n_bytes, case_bit)
        if size < BLOCK:
            bits &= _ones(size)
            high &= _ones(size)
        is_odd = False
        if high != NONE:
            if size == BLOCK:
                size = _end_of_letters(source, at)
            _or_bits(beyond, n_bytes, high)
            bits, high = _mark_known(source, at, end, size, bits, high)
            if high != NONE:
                size, bits, is_odd = _mark_letters(
                    source,
                    at,
                    end,
                    size,
                    bits,
                    high,
                    changes,
                    in_place,
                    classes,
                    lower,
                    target,
                    n_bytes,
                )
        pending = _append_bits(words, n_bytes, pending, bits, size)
        at += size
        n_bytes += size
        if not is_odd:
            continue
        if in_place:
            break
        code, size = decode(load32(source, at), end - at)
        at += size
        is_dotted = code == DOTTED_CAPITAL_I
        if code < 0:
            code = REPLACEMENT
            n_invalid += 1
        else:
            code = np.int64(lower[code])
        size = encode(code, target, n_bytes)
        _or_bits(beyond, n_bytes, ONE if code >= 0x80 else NONE)
        bits = _ones(size) * np.uint64(classes[code] & WORD)
        pending = _append_bits(words, n_bytes, pending, bits, size)
        n_bytes += size
        if is_dotted:
            size = encode(np.int64(COMBINING_DOT_ABOVE), target, n_bytes)
            pending = _append_bits(words, n_bytes, pending, NONE, size)
            n_bytes += size
    words[n_bytes >> BLOCK_BITS] = pending
    words[(n_bytes >> BLOCK_BITS) + 1] = NONE
    return at - begin, n_bytes, n_invalid
