"""Hashes of cells, 64 bits each, seeded by the name of their column.

Texts are hashed by their bytes and whole numbers by their decimal digits, so that a number and its
text are the same category.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.rows.rowhash import GOLDEN, MIX_1, MIX_2, hash_bytes

MISSING = np.uint64(0xD1B54A32D192ED03)
"""What a null is, mixed with the seed of its column."""

MOST_DIGITS = 20

MOST_STEPS = 2**40
"""The step of infinity, which no finite number reaches."""


@kernel
def mixed(first, second):
    """Return the hash of two hashes, in this order."""
    state = (first + GOLDEN) * MIX_1 ^ second
    state = (state ^ (state >> np.uint64(30))) * MIX_1
    state = (state ^ (state >> np.uint64(27))) * MIX_2
    return state ^ (state >> np.uint64(31))


@kernel
def mix_all(first, second, out):
    """Mix the hashes of two columns, row by row."""
    for i in range(len(out)):
        out[i] = mixed(first[i], second[i])


@kernel
def missing_hash(seed):
    """Return the hash of a null."""
    return mixed(seed, MISSING)


@kernel
def mark_missing(is_null, seed, out):
    """Write the hash of a null where there is one."""
    missing = mixed(seed, MISSING)
    for i in range(len(out)):
        if is_null[i]:
            out[i] = missing


@kernel
def take_hashes(codes, table, out):
    """Look up the hash of each code; a negative one is a null, whose hash is the last."""
    last = len(table) - 1
    for i in range(len(codes)):
        code = codes[i]
        out[i] = table[code if code >= 0 else last]


@kernel
def hash_integers(values, seed, out):
    """Hash whole numbers by their decimal digits."""
    digits = np.empty(MOST_DIGITS, np.uint8)
    for i in range(len(values)):
        value, at = values[i], MOST_DIGITS
        left = np.uint64(value)
        if value < 0:
            left = np.uint64(0) - left
        while True:
            at -= 1
            digits[at] = np.uint8(48 + left % np.uint64(10))
            left //= np.uint64(10)
            if left == 0:
                break
        if value < 0:
            at -= 1
            digits[at] = 45
        out[i] = hash_bytes(digits, np.uint64(at), np.uint64(MOST_DIGITS - at), seed)


@kernel(error_model="numpy")
def logarithmic_bins(values, per_octave, bins):
    """Write the bin of each number: equal steps of log2(1 + |x|), separate for each sign.

    Bin 2 k is of numbers from 2 ** (k / per_octave) - 1 on, bin 2 k + 1 of negative ones.
    """
    for i in range(len(values)):
        value = values[i]
        size = np.log2(abs(value) + 1.0) * per_octave
        step = np.int64(size) if size < MOST_STEPS else MOST_STEPS  # infinity
        bins[i] = 2 * step + (value < 0.0)


@kernel
def hash_bins(bins, seed, out):
    """Hash the numbers of bins."""
    for i in range(len(bins)):
        out[i] = mixed(seed, np.uint64(bins[i]))
