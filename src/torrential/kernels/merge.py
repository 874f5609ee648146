"""From the hashes of a document's terms to its sparse row: columns, merged and scaled."""

import numpy as np
from numba import njit

from torrential.kernels.simd import BLOCK, clear_lowest, find_taken, trailing_zeros

SPARSITY = 4
"""Slots of the table for each token, so that most look-ups hit at once."""

NOTHING = np.uint64(0)  # unsigned: an index that may be negative costs three instructions more
ONE = np.uint64(1)
FIXED_POINT = np.uint64(32)

NO_NORM, L1, L2 = 0, 1, 2
NORMS = {None: NO_NORM, "l1": L1, "l2": L2}


@njit(cache=True, nogil=True)
def table_size(n_tokens):
    """Slots that the table of :func:`merge_duplicates` has for so many tokens, without overflow."""
    size = BLOCK
    while size < SPARSITY * n_tokens:
        size *= 2
    return size


@njit(cache=True, nogil=True)
def table_room(n_tokens):
    """Slots to reserve: those of the table, and behind it as many as could ever be pushed out."""
    return table_size(n_tokens) + n_tokens + BLOCK


@njit(cache=True, nogil=True)
def columns_and_signs(hashes, n_tokens, n_features, alternate_sign, columns, signs):
    """Turn signed hashes into columns, abs(hash) modulo ``n_features``, and signs.

    As scikit-learn's FeatureHasher has it, abs(-2**31) included.
    """
    flip = 2 if alternate_sign else 0
    if n_features & (n_features - 1) == 0:
        for i in range(n_tokens):
            columns[i] = np.int32(abs(np.int64(hashes[i])) & (n_features - 1))
            signs[i] = np.int32(1 + flip * (hashes[i] >> 31))
    else:
        for i in range(n_tokens):
            columns[i] = np.int32(abs(np.int64(hashes[i])) % n_features)
            signs[i] = np.int32(1 + flip * (hashes[i] >> 31))


@njit(cache=True, nogil=True)
def merge_duplicates(columns, signs, n_tokens, n_features, slots, unique, sums):
    """Sum the signs of equal columns; return the number of different ones.

    They stand in ``unique[1:]`` and ``sums[1:]`` in the order of their first token; element 0 is
    scratch. ``slots`` is an open-addressing table of :func:`table_room`, of which as much is used
    as the tokens ask for, so that it stays in the L1 cache for most documents. A slot holds the
    place of a column, 0 if it is free. Columns have slots in their own order, for
    :func:`sort_merged`. Whether a token is new is not a branch: it could
    not be predicted.
    """
    for slot in range(table_room(n_tokens)):
        slots[slot] = 0
    for place in range(n_tokens + 1):
        sums[place] = 0
    slots_per_column = (np.uint64(table_size(n_tokens)) << FIXED_POINT) // np.uint64(n_features)
    n_unique = NOTHING
    for i in range(n_tokens):
        column = columns[i]
        here = np.uint64(column) * slots_per_column >> FIXED_POINT
        found = np.uint64(slots[here])
        unique[0] = column  # so that an empty slot looks like a hit: one test, rarely failed
        while unique[found] != column:
            here += ONE
            found = np.uint64(slots[here])
        is_new = np.uint64(found == NOTHING)
        n_unique += is_new
        found += is_new * n_unique
        slots[here] = np.int32(found)
        unique[found] = column
        sums[found] += signs[i]
    return np.int64(n_unique)


@njit(cache=True, nogil=True)
def norm_of(sums, n_unique, norm):
    """Norm of a row of counts; 1 where it is not asked for, or is 0."""
    total = 0  # whole numbers: exact in any order, so that it can be vectorised
    if norm == L2:
        for i in range(1, n_unique + 1):
            total += np.int64(sums[i]) * np.int64(sums[i])
    elif norm == L1:
        for i in range(1, n_unique + 1):
            total += abs(np.int64(sums[i]))
    if total == 0:
        return np.float64(1)
    return np.sqrt(np.float64(total)) if norm == L2 else np.float64(total)


@njit(cache=True, nogil=True)
def write_row(unique, sums, n_unique, binary, norm, indices, data, at):
    """Write what was merged to ``indices[at:]`` and ``data[at:]``, of unit norm, as first seen."""
    if binary:
        for i in range(1, n_unique + 1):
            sums[i] = 1
    scale = 1 / norm_of(sums, n_unique, norm)
    for i in range(n_unique):
        indices[at + i] = unique[i + 1]
        data[at + i] = np.float32(sums[i + 1] * scale)


@njit(cache=True, nogil=True)
def sort_merged(slots, n_unique, unique, sums, columns, values):
    """Bring what was merged into the order of its columns, by way of two arrays of scratch."""
    block = 0
    n = 0
    while n < n_unique:
        taken = find_taken(slots, block)
        while taken != NOTHING:
            place = slots[block + trailing_zeros(taken)]
            taken = clear_lowest(taken)
            columns[n] = unique[place]
            values[n] = sums[place]
            n += 1
        block += BLOCK
    for i in range(n_unique):  # only neighbours that share a slot can be out of order
        to = i + 1
        while to > 1 and unique[to - 1] > columns[i]:
            unique[to] = unique[to - 1]
            sums[to] = sums[to - 1]
            to -= 1
        unique[to] = columns[i]
        sums[to] = values[i]
