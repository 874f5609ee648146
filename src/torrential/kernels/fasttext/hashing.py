"""The hash of fastText: FNV-1a of 32 bits, of bytes as numbers with a sign."""

import numpy as np

from torrential.kernels.constants import MASK32
from torrential.kernels.jit import lean_kernel

FIRST, PRIME = 2166136261, 16777619


@lean_kernel
def hash_on(state, byte):
    """Return the hash of some bytes and one more, given that of the bytes."""
    number = np.int64(byte)
    return ((state ^ number ^ (-(number >> 7) & 0xFFFFFF00)) * PRIME) & MASK32


@lean_kernel
def hash_of(text, begin, end):
    """Return the hash of ``text[begin:end]``."""
    state = FIRST
    for at in range(begin, end):
        state = hash_on(state, text[at])
    return state
