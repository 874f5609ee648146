"""Find the values of JSON objects in a block of bytes, as tokens."""

import numpy as np
from numpy.typing import NDArray

from torrential.kernels.constants import BLOCK
from torrential.kernels.jit import kernel
from torrential.kernels.simd import find_any, trailing_zeros
from torrential.types import Int64, UInt8

QUOTE, BACKSLASH, COLON, COMMA = 34, 92, 58, 44
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93


@kernel
def _after_blanks(block, at):
    while at < len(block) and block[at] in (32, 9, 10, 13):
        at += 1
    return at


@kernel
def _after_string(block, at):
    """Return the end of the string that begins with the quote at a place."""
    at += 1
    while at < len(block) and block[at] != QUOTE:
        if block[at] == BACKSLASH:
            at += 2
        elif at + BLOCK <= len(block):  # 64 bytes at once
            mask = find_any(block, at, QUOTE, BACKSLASH, QUOTE, BACKSLASH)
            at += trailing_zeros(mask) if mask else BLOCK
        else:
            at += 1
    return at + 1


@kernel
def _after_value(block, at):
    """Return the end of the value that begins at a place."""
    if block[at] == QUOTE:
        return _after_string(block, at)
    if block[at] not in (OPEN_OBJECT, OPEN_ARRAY):
        while at < len(block) and block[at] not in (COMMA, CLOSE_OBJECT, 32, 9, 10, 13):
            at += 1
        return at
    depth = 0
    while at < len(block):
        byte = block[at]
        if byte == QUOTE:
            at = _after_string(block, at)
            continue
        at += 1
        if byte in (OPEN_OBJECT, OPEN_ARRAY):
            depth += 1
        elif byte in (CLOSE_OBJECT, CLOSE_ARRAY):
            depth -= 1
            if depth == 0:
                break
    return at


@kernel
def _is_key(block, start, end, key_start, key_end):
    if end - start != key_end - key_start:
        return False
    for k in range(end - start):  # noqa: SIM110 (Numba has no generator expressions)
        if block[start + k] != block[key_start + k]:
            return False
    return True


@kernel
def _number_of(block, start, end, keys, n_keys, guess):
    """Return the number of a key among the known keys, or their count for a new key."""
    if guess < n_keys and _is_key(block, start, end, keys[guess, 0], keys[guess, 1]):
        return guess
    for number in range(n_keys):
        if _is_key(block, start, end, keys[number, 0], keys[number, 1]):
            return number
    return n_keys


@kernel
def _find(block, keys, places):
    """Fill the arrays; return the numbers of rows, of values and of keys."""
    n_rows = n_values = n_keys = 0
    at = _after_blanks(block, 0)
    while at < len(block):
        at = _after_blanks(block, at + 1)
        guess = 0
        while at < len(block) and block[at] == QUOTE:
            end = _after_string(block, at)
            number = _number_of(block, at, end, keys, n_keys, guess)
            if number == n_keys:
                keys[n_keys, 0], keys[n_keys, 1] = at, end
                n_keys += 1
            guess = number + 1
            start = _after_blanks(block, _after_blanks(block, end) + 1)
            if start >= len(block):
                return n_rows, n_values, n_keys
            at = _after_value(block, start)
            places[n_values, 0], places[n_values, 1] = n_rows, number
            places[n_values, 2], places[n_values, 3] = start, at
            n_values += 1
            at = _after_blanks(block, at)
            if at < len(block) and block[at] == COMMA:
                at = _after_blanks(block, at + 1)
        n_rows += 1
        at = _after_blanks(block, at + 1)
    return n_rows, n_values, n_keys


@kernel
def _copy_values(block, starts, ends, values):
    to = 0
    for row in range(len(starts)):
        for at in range(starts[row], ends[row]):
            values[to] = block[at]
            to += 1


def find_values(block: UInt8) -> tuple[int, Int64, Int64]:
    """Find the keys and values of a sequence of valid JSON objects.

    Parameters
    ----------
    block : uint8 array
        Objects, one after the other, with blanks or line ends between them.

    Returns
    -------
    n_rows : int
        Number of objects.
    keys : int64 array of shape (n_keys, 2)
        Where each different key begins and ends, with its quotes.
    places : int64 array of shape (n_values, 4)
        Row, number of the key, begin and end of each value, in the order of the block.

    Examples
    --------
    >>> block = b'{"a": 1.10, "b": [2]}'
    >>> n_rows, keys, places = find_values(np.frombuffer(block, np.uint8))
    >>> [block[start:end] for _, _, start, end in places.tolist()]
    [b'1.10', b'[2]']
    """
    n_most = int(np.count_nonzero(block == COLON))  # each value has one
    keys: Int64 = np.empty((n_most + 1, 2), np.int64)
    places: Int64 = np.empty((n_most + 1, 4), np.int64)
    n_rows, n_values, n_keys = _find(block, keys, places)
    return n_rows, keys[:n_keys], places[:n_values]


def copy_values(block: UInt8, starts: Int64, ends: Int64) -> tuple[NDArray[np.uint8], Int64]:
    """Copy stretches of a block one after the other; return the copy with their offsets."""
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - starts)])
    values = np.empty(int(offsets[-1]), np.uint8)
    _copy_values(block, starts, ends, values)
    return values, offsets
