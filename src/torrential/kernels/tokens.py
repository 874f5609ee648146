"""Word tokens: where they begin and end, from one bit for each byte."""

import numpy as np
from numba import njit

from torrential.kernels.constants import BLOCK
from torrential.kernels.simd import classify, clear_lowest, count_ones, trailing_zeros

ONE = np.uint64(1)
TWO = np.uint64(2)
TOP = np.uint64(63)
TOP_TWO = np.uint64(62)
NONE = np.uint64(0)

UNROLLED = 8
"""Tokens of a block that are written without a branch; few blocks of 64 bytes hold more."""


@njit(cache=True, nogil=True)
def is_ascii(text, begin, end):
    """Tell whether no byte of ``text[begin:end]`` is 0x80 or above."""
    bits = np.uint8(0)
    for byte in text[begin:end]:
        bits |= byte
    return bits < 0x80


@njit(cache=True, nogil=True)
def normalise_ascii(source, begin, end, case_bit, target, words):
    """Copy ``source[begin:end]`` to ``target``, lower-cased if ``case_bit`` is 0x20.

    Sets bit i % 64 of ``words[i // 64]`` for each word byte i, and clears the two words after them.
    Returns whether all bytes are ASCII; if not, what was written is void. Reads and writes up to
    63 bytes past the end.
    """
    size = end - begin
    n_blocks = 0
    for at in range(0, size, BLOCK):
        mask, high = classify(source, begin + at, target, at, case_bit)
        if size - at < BLOCK:
            inside = (ONE << np.uint64(size - at)) - ONE
            mask &= inside
            high &= inside
        if high != NONE:
            return False
        words[n_blocks] = mask
        n_blocks += 1
    words[n_blocks] = NONE
    words[n_blocks + 1] = NONE
    return True


@njit(cache=True, nogil=True)
def _write_bits(mask, base, positions, n):
    """Append ``base`` + the position of each bit of ``mask``; may write 8 elements too many."""
    count = count_ones(mask)
    rest = mask
    for i in range(UNROLLED):
        positions[n + i] = base + trailing_zeros(rest)
        rest = clear_lowest(rest)
    if count > UNROLLED:
        for i in range(UNROLLED, count):
            positions[n + i] = base + trailing_zeros(rest)
            rest = clear_lowest(rest)
    return n + count


@njit(cache=True, nogil=True)
def find_tokens(words, n_bytes, starts, ends, lengths):
    r"""Find the runs of two or more word bytes, as the pattern ``\b\w\w+\b`` does in ASCII text.

    Writes the first byte and the size of each, and returns their number. ``starts``, ``ends`` and
    ``lengths`` have room for 8 more.
    """
    n_starts = 0
    n_ends = 0
    previous = NONE
    for block in range(n_bytes // BLOCK + 1):
        current = words[block]
        before = current << ONE | previous >> TOP
        before_that = current << TWO | previous >> TOP_TWO
        after = current >> ONE | words[block + 1] << TOP
        base = block * BLOCK
        n_starts = _write_bits(current & ~before & after, base, starts, n_starts)
        n_ends = _write_bits(~current & before & before_that, base, ends, n_ends)
        previous = current
    for i in range(n_starts):
        lengths[i] = ends[i] - starts[i]
    return n_starts


@njit(cache=True, nogil=True)
def drop_single_characters(text, starts, lengths, n_tokens):
    """Drop tokens that are one character of several bytes; returns how many are left, in place."""
    n_kept = 0
    for i in range(n_tokens):
        lead = text[starts[i]]
        size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        starts[n_kept] = starts[i]
        lengths[n_kept] = lengths[i]
        n_kept += lengths[i] > size
    return n_kept
