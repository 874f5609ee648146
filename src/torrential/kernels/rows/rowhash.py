"""Hash rows of bytes, to 64 bits each, so that a row's fold is a fact of the row alone."""

import numpy as np
from numpy.typing import NDArray

from torrential.kernels.jit import kernel
from torrential.types import Int64, UInt8

UInt64 = NDArray[np.uint64]

# Odd constants with about half of their bits set: 2**64 / golden ratio, and the two multipliers
# of the splitmix64 finalizer (Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number
# Generators", section 3).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)


@kernel
def _load_word(values, at):
    """Return eight bytes, little endian; the compiler makes one unaligned load of it.

    The index is unsigned: a signed one is tested for being negative, which hides the pattern.
    """
    word = np.uint64(values[at])
    word |= np.uint64(values[at + np.uint64(1)]) << np.uint64(8)
    word |= np.uint64(values[at + np.uint64(2)]) << np.uint64(16)
    word |= np.uint64(values[at + np.uint64(3)]) << np.uint64(24)
    word |= np.uint64(values[at + np.uint64(4)]) << np.uint64(32)
    word |= np.uint64(values[at + np.uint64(5)]) << np.uint64(40)
    word |= np.uint64(values[at + np.uint64(6)]) << np.uint64(48)
    word |= np.uint64(values[at + np.uint64(7)]) << np.uint64(56)
    return word


@kernel
def hash_bytes(values, at, length, seed):
    """Return the hash of ``values[at : at + length]``; both numbers are uint64."""
    state = seed ^ (length * GOLDEN)
    for _ in range(length >> np.uint64(3)):
        state = (state ^ _load_word(values, at)) * GOLDEN
        state ^= state >> np.uint64(32)
        at += np.uint64(8)
    tail = np.uint64(0)
    for k in range(length & np.uint64(7)):
        tail |= np.uint64(values[at + np.uint64(k)]) << np.uint64(8 * k)
    state = (state ^ tail) * GOLDEN
    state = (state ^ (state >> np.uint64(30))) * MIX_1
    state = (state ^ (state >> np.uint64(27))) * MIX_2
    return state ^ (state >> np.uint64(31))


@kernel
def _hash_rows(values, offsets, hashes):
    for row in range(len(hashes)):
        at = np.uint64(offsets[row])
        hashes[row] = hash_bytes(values, at, np.uint64(offsets[row + 1]) - at, hashes[row])


def hash_rows(values: UInt8, offsets: Int64, hashes: UInt64) -> None:
    """Fold each row's bytes into its hash, in place.

    Parameters
    ----------
    values : uint8 array
        The bytes of all rows, one after the other.
    offsets : int64 array of shape (n_rows + 1,)
        Row i is ``values[offsets[i]:offsets[i + 1]]``.
    hashes : uint64 array of shape (n_rows,)
        The seed of each row going in, its hash coming out; call again for a further column.
    """
    # The products wrap around by design; plain NumPy (no JIT) would warn of it.
    with np.errstate(over="ignore"):
        _hash_rows(values, offsets, hashes)
