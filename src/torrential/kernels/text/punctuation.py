r"""Tokens with punctuation: words of any length, and each other character but white space.

They are those of the pattern ``\w+|[^\w\s]``, from one bit for each byte.
"""

import numpy as np

from torrential.kernels.constants import BLOCK
from torrential.kernels.jit import kernel
from torrential.kernels.simd import (
    clear_lowest,
    find_any,
    load32,
    trailing_zeros,
    write_positions,
)
from torrential.kernels.text.tokens import mark_documents, measure_tokens
from torrential.kernels.text.unicode import SPACE
from torrential.kernels.text.utf8 import decode

NONE, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64(2**64 - 1)
TOP = np.uint64(63)
BLOCK_BITS = 6
LOWER_HALF = np.uint64(0xFFFFFFFF)


@kernel
def _white_space(text, at):
    r"""Return a mask of the bytes, among 64, that ``\s`` matches in ASCII."""
    found = find_any(text, at, 32, 9, 10, 13)
    return found | find_any(text, at, 11, 12, 28, 29) | find_any(text, at, 30, 31, 32, 32)


@kernel
def _write_all(mask, base, positions, n):
    """Write the positions of up to 64 bits, as :func:`write_positions` does for up to 32."""
    n = write_positions(mask & LOWER_HALF, base, positions, n)
    return write_positions(mask & ~LOWER_HALF, base, positions, n)


@kernel
def find_with_punctuation(section, n_documents, classes, tokens):
    """Find the words and the punctuation of each document of a section.

    ``section.words`` becomes the bits of the first bytes of tokens.
    """
    text, words, beyond, firsts = section.text, section.words, section.beyond, section.firsts
    begun, bounds, starts, ends = section.begun, section.bounds, tokens.starts, tokens.ends
    mark_documents(bounds, n_documents, firsts)
    n_bytes = bounds[n_documents]
    n_starts = n_ends = np.int64(0)
    # Bits of the block before: whether its last byte is of a word, and of a token; and bytes of a
    # last character that are in the next block.
    after_word = after_token = space_left = inner_left = NONE
    for block in range((n_bytes >> BLOCK_BITS) + 1):
        base = block * BLOCK
        space, inner = _white_space(text, base) | space_left, inner_left
        space_left = inner_left = NONE
        suspects = beyond[block] & ~words[block]
        while suspects != NONE:
            i = trailing_zeros(suspects)
            suspects = clear_lowest(suspects)
            if text[base + i] < 0xC0:
                continue
            code, size = decode(load32(text, base + i), 4)
            bits = (ONE << np.uint64(size)) - ONE
            if classes[code] & SPACE != 0:
                space |= bits << np.uint64(i)
                space_left = bits >> ONE >> (TOP - np.uint64(i))
            else:
                inner |= (bits - ONE) << np.uint64(i)
                inner_left = bits >> ONE >> (TOP - np.uint64(i))
        left = n_bytes - base
        token = ~space if left >= BLOCK else ~space & ((ONE << np.uint64(left)) - ONE)
        word = words[block]
        begins = ~word | ~(word << ONE | after_word) | firsts[block]
        first = token & ~inner & begins
        end = (token << ONE | after_token) & (first | ~token)
        after_word, after_token = word >> TOP, token >> TOP
        words[block] = first
        begun[block] = n_starts
        n_starts = _write_all(first, base, starts, n_starts)
        n_ends = _write_all(end, base, ends, n_ends)
    measure_tokens(words, begun, bounds, n_documents, n_starts, tokens)
