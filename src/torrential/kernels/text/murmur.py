"""MurmurHash3_x86_32 (Austin Appleby, 2011, public domain) of many tokens at once."""

import numpy as np

from torrential.kernels.constants import C1, C2, C3, CHUNK, F1, F2, LANES, MASK32, WORD
from torrential.kernels.jit import kernel
from torrential.kernels.simd import load32
from torrential.kernels.text.token_lanes import absorb, finish, longest

LONG = 4 * CHUNK
"""Tokens of more bytes are hashed one by one: a few of them would hold up the other lanes."""

PADDING = LONG + CHUNK
"""Bytes past the last token that may be read."""


@kernel(inline="never")
def _rotate(x, bits):
    return (x << bits | x >> (32 - bits)) & MASK32


@kernel
def murmur3(text, start, length, seed):
    """Hash ``text[start : start + length]`` to a signed number; reads up to 3 bytes past it."""
    state = int(seed) & MASK32  # int: wraps when compiled, is exact in plain Python
    whole = length // WORD * WORD
    for at in range(start, start + whole, WORD):
        block = load32(text, at) * C1 & MASK32
        state ^= _rotate(block, 15) * C2 & MASK32
        state = (_rotate(state, 13) * 5 + C3) & MASK32
    if whole < length:
        tail = load32(text, start + whole) & ((1 << 8 * int(length - whole)) - 1)
        state ^= _rotate(tail * C1 & MASK32, 15) * C2 & MASK32
    state ^= int(length) & MASK32
    state = (state ^ state >> 16) * F1 & MASK32
    state = (state ^ state >> 13) * F2 & MASK32
    state ^= state >> 16
    return state - (state >> 31 << 32)


@kernel
def hash_tokens(text, starts, lengths, n_tokens, seed, hashes):
    """Hash each ``text[starts[i] : starts[i] + lengths[i]]``, i < n_tokens, into ``hashes[i]``.

    ``text`` has PADDING bytes after the last token; starts, lengths and hashes have room for
    LANES more tokens, which are overwritten.
    """
    for i in range(n_tokens, n_tokens + LANES):
        starts[i] = 0
        lengths[i] = 0
    signed_seed = (seed & MASK32) - ((seed & MASK32) >> 31 << 32)
    for at in range(0, n_tokens, LANES):
        for i in range(at, at + LANES):
            hashes[i] = signed_seed
        size = np.int64(longest(lengths, at))
        for chunk in range((min(size, LONG) + CHUNK - 1) // CHUNK):
            absorb(text, starts, lengths, hashes, at, chunk)
        finish(lengths, hashes, at)
        if size > LONG:
            for i in range(at, min(at + LANES, n_tokens)):
                if lengths[i] > LONG:
                    hashes[i] = murmur3(text, np.int64(starts[i]), np.int64(lengths[i]), seed)
