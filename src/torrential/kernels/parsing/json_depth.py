"""Depth of nesting of the values of a block of JSON."""

import numpy as np

from torrential.kernels.constants import BLOCK
from torrential.kernels.jit import kernel
from torrential.kernels.simd import clear_lowest, count_ones, find_any

QUOTE, BACKSLASH = 34, 92
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93


@kernel
def is_deeper(block, tail, limit):
    """Return whether open brackets outside of strings may exceed a limit at one place.

    It is found for 64 bytes at a time, by the brackets that are open before them and those that
    they open: so it may be so already from 63 below the limit on.

    Parameters
    ----------
    block : uint8 array
    tail : uint8 array of shape (64,)
        The rest after the last whole 64 bytes of the block, padded with zeros.
    limit : int
    """
    one, last = np.uint64(1), np.uint64(BLOCK - 1)
    depth = 0
    is_escaped = np.uint64(0)  # whether a backslash precedes the 64 bytes
    is_inside = np.uint64(0)  # all bits, where they begin within a string
    n_whole = len(block) // BLOCK
    for number in range(n_whole + 1):
        text, at = (block, number * BLOCK) if number < n_whole else (tail, 0)
        quotes = find_any(text, at, QUOTE, QUOTE, QUOTE, QUOTE)
        left = find_any(text, at, BACKSLASH, BACKSLASH, BACKSLASH, BACKSLASH) & ~is_escaped
        quotes &= ~is_escaped
        is_escaped = np.uint64(0)
        while left != 0:
            first = left ^ clear_lowest(left)
            after = first << one
            quotes &= ~after
            left &= ~(first | after)
            is_escaped = first >> last
        # Bit i becomes whether there is an odd number of quotes up to it.
        inside = quotes
        for shift in (1, 2, 4, 8, 16, 32):
            inside ^= inside << np.uint64(shift)
        inside ^= is_inside
        is_inside = ~np.uint64(0) if inside >> last != 0 else np.uint64(0)
        opened = find_any(text, at, OPEN_ARRAY, OPEN_OBJECT, OPEN_ARRAY, OPEN_OBJECT) & ~inside
        closed = find_any(text, at, CLOSE_ARRAY, CLOSE_OBJECT, CLOSE_ARRAY, CLOSE_OBJECT) & ~inside
        n_opened = count_ones(opened)
        if depth + n_opened > limit:
            return True
        depth += n_opened - count_ones(closed)
    return False
