"""Word tokens of adjacent documents: where they begin and end, from one bit for each byte."""

import numpy as np

from torrential.kernels.constants import BLOCK
from torrential.kernels.jit import kernel
from torrential.kernels.simd import clear_lowest, count_ones, trailing_zeros, write_positions
from torrential.kernels.text.terms import DROPPED, take_out_dropped
from torrential.kernels.text.utf8 import size_of

NONE, ONE = np.uint64(0), np.uint64(1)
TOP = np.uint64(63)
BLOCK_BITS = 6


@kernel
def is_ascii(text, begin, end):
    """Return whether all bytes of ``text[begin:end]`` are below 0x80."""
    bits = np.uint8(0)
    for byte in text[begin:end]:
        bits |= byte
    return bits < 0x80


@kernel
def mark_documents(bounds, n_documents, firsts):
    """Set the bit of each document's first byte, and clear all others up to their end's word."""
    for block in range((bounds[n_documents] >> BLOCK_BITS) + 2):
        firsts[block] = NONE
    for i in range(n_documents):
        firsts[bounds[i] >> BLOCK_BITS] |= ONE << np.uint64(bounds[i] & (BLOCK - 1))


@kernel
def find_tokens(words, firsts, begun, bounds, n_documents, tokens):
    r"""Find the runs of two or more word bytes, as the pattern ``\b\w\w+\b`` does in ASCII text.

    Document i is bytes ``bounds[i]`` to ``bounds[i + 1]``, and no run continues in the next one;
    ``words`` has the bits of word bytes, ``firsts`` those of :func:`mark_documents`. ``words``
    becomes the bits of the tokens' first bytes, ``begun`` how many begin before each 64 bytes.
    """
    starts, ends = tokens.starts, tokens.ends
    n_blocks = (bounds[n_documents] >> BLOCK_BITS) + 1
    n_starts = 0
    n_ends = 0
    # Byte i is joined if it and the byte before it are word bytes of one document.
    previous = NONE
    current = words[0]
    joined = current & current << ONE & ~firsts[0]
    for block in range(n_blocks):
        after = words[block + 1]
        following = after & (after << ONE | current >> TOP) & ~firsts[block + 1]
        first = ~joined & (joined >> ONE | following << TOP)
        end = ~joined & (joined << ONE | previous >> TOP)
        words[block] = first
        begun[block] = n_starts
        base = block * BLOCK
        n_starts = write_positions(first, base, starts, n_starts)
        n_ends = write_positions(end, base, ends, n_ends)
        previous = joined
        joined = following
        current = after
    measure_tokens(words, begun, bounds, n_documents, n_starts, tokens)


@kernel
def measure_tokens(firsts, begun, bounds, n_documents, n_starts, tokens):
    """Measure tokens by where they start and end, and count those of each document.

    ``firsts`` has the bits of their first bytes, ``begun`` how many begin before each 64 bytes.
    """
    starts, ends, lengths, indptr = tokens.starts, tokens.ends, tokens.lengths, tokens.indptr
    for i in range(n_starts):
        lengths[i] = ends[i] - starts[i]
    for i in range(1, n_documents + 1):
        block = bounds[i] >> BLOCK_BITS
        before = (ONE << np.uint64(bounds[i] & (BLOCK - 1))) - ONE
        indptr[i] = begun[block] + count_ones(firsts[block] & before)


@kernel
def drop_single_characters(text, beyond, firsts, begun, bounds, n_documents, tokens):
    """Drop tokens that are one character of several bytes, in place.

    ``beyond`` has a bit for each first byte of a character beyond ASCII, and may have more;
    ``firsts`` and ``begun`` are what :func:`find_tokens` made of ``words`` and ``begun``.
    """
    starts, lengths = tokens.starts, tokens.lengths
    n_dropped = 0
    for block in range((bounds[n_documents] >> BLOCK_BITS) + 1):
        suspects = firsts[block] & beyond[block]
        while suspects != NONE:
            before = (ONE << np.uint64(trailing_zeros(suspects))) - ONE
            i = begun[block] + count_ones(firsts[block] & before)
            suspects = clear_lowest(suspects)
            if lengths[i] == size_of(text[starts[i]]):
                lengths[i] = DROPPED
                n_dropped += 1
    if n_dropped > 0:
        take_out_dropped(tokens, n_documents)


@kernel
def find_words(section, n_documents, tokens):
    """Find the words of two or more characters of each document of a section."""
    words, firsts, begun, bounds = section.words, section.firsts, section.begun, section.bounds
    mark_documents(bounds, n_documents, firsts)
    find_tokens(words, firsts, begun, bounds, n_documents, tokens)
    drop_single_characters(section.text, section.beyond, words, begun, bounds, n_documents, tokens)
