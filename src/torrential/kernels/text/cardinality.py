"""HyperLogLog over the hashes of terms (Flajolet, Fusy, Gandouet and Meunier 2007)."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.simd import trailing_zeros

INDEX_BITS = 16
"""Upper bits of a hash that choose a register; the rank comes from the others."""

N_REGISTERS = 1 << INDEX_BITS
LOWER = np.uint64((1 << 32 - INDEX_BITS) - 1)
BEYOND = np.uint64(1 << 32 - INDEX_BITS)
SHIFT = np.uint64(32 - INDEX_BITS)


@kernel
def observe_hash(bits, registers):
    """Raise the register of a hash of 32 bits to its rank: the trailing zeros, plus 1."""
    rank = np.uint8(trailing_zeros((bits & LOWER) | BEYOND) + 1)
    register = bits >> SHIFT
    if registers[register] < rank:
        registers[register] = rank


@kernel
def observe_hashes(hashes, n_hashes, registers):
    """Raise the registers of these hashes to their ranks."""
    for i in range(n_hashes):
        observe_hash(np.uint64(np.uint32(hashes[i])), registers)
