"""Rows of hashed cells and of their crosses, as columns of a linear model.

The upper half of a hash decides the column, as a signed number of 32 bits whose size is taken, like
the hash of a term of text.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.table.cells import mixed
from torrential.kernels.text.cardinality import observe_hash

HALF = np.uint64(32)

ROWS_AT_ONCE = 256
"""Rows that are written column by column."""


@kernel
def column_of(key, n_features, mask):
    """Return the column of a hash; ``mask`` is n_features - 1 for a power of 2, else 0."""
    size = np.int64(np.int32(np.uint32(key >> HALF)))
    if size < 0:
        size = -size
    return np.int32(size & mask) if mask > 0 else np.int32(size % n_features)


@kernel
def mask_of(n_features):
    """Return n_features - 1 for a power of 2, else 0."""
    return n_features - 1 if n_features & (n_features - 1) == 0 else 0


@kernel
def write_equal_rows(hashes, members, ends, n_features, indices, registers):
    """Write rows of one value for each column and each cross, which is 1.

    Some rows are written at a time, column by column: loops over one column are short, and the rows
    stay in the cache of the first level.

    Parameters
    ----------
    hashes : uint64 array of shape (n_columns, n_rows)
    members : int64 array
        The columns of all crosses; those of cross k end at ``ends[k]``.
    ends : int64 array of shape (n_crosses,)
    n_features : int
    indices : int32 array of shape (n_rows * (n_columns + n_crosses),)
        It is written.
    registers : uint8 array of shape (N_REGISTERS,), or of none
        They are raised to the ranks of the hashes' upper halves.
    """
    n_columns, n_rows = hashes.shape
    width, mask, observes = n_columns + len(ends), mask_of(n_features), len(registers) > 0
    for first in range(0, n_rows, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, n_rows)
        for column in range(n_columns):
            for row in range(first, last):
                indices[row * width + column] = column_of(hashes[column, row], n_features, mask)
            if observes:
                for row in range(first, last):
                    observe_hash(hashes[column, row] >> HALF, registers)
        begin = 0
        for cross in range(len(ends)):
            for row in range(first, last):
                key = hashes[members[begin], row]
                for place in range(begin + 1, ends[cross]):
                    key = mixed(key, hashes[members[place], row])
                indices[row * width + n_columns + cross] = column_of(key, n_features, mask)
                if observes:
                    observe_hash(key >> HALF, registers)
            begin = ends[cross]


@kernel
def count_values(bounds, members, ends, indptr):
    """Write where each row begins, if columns have any number of values in it.

    Parameters
    ----------
    bounds : int64 array of shape (n_columns, n_rows + 1)
        Where the values of each column begin in each row, among all values.
    members, ends : int64 arrays
        The crosses; see `write_equal_rows`.
    indptr : int64 array of shape (n_rows + 1,)
    """
    n_columns = len(bounds)
    indptr[0] = 0
    for row in range(len(indptr) - 1):
        total = np.int64(0)
        for column in range(n_columns):
            total += bounds[column, row + 1] - bounds[column, row]
        begin = 0
        for cross in range(len(ends)):
            n = np.int64(1)
            for place in range(begin, ends[cross]):
                column = members[place]
                n *= bounds[column, row + 1] - bounds[column, row]
            begin = ends[cross]
            total += n
        indptr[row + 1] = indptr[row] + total


@kernel
def write_rows(hashes, values, bounds, members, ends, n_features, scale, indptr, out, registers):
    """Write rows of columns that have any number of values in each.

    A cross has the product of the values of each combination.

    Parameters
    ----------
    hashes : uint64 array of shape (n_values,)
    values : float32 array of shape (n_values,)
    bounds, members, ends, n_features, scale, indptr, registers
        As `count_values` and `write_equal_rows` take them.
    out : pair of arrays
        Indices and data of all rows.
    """
    indices, data = out
    n_columns, mask = len(bounds), mask_of(n_features)
    at_member = np.empty(len(members) + 1, np.int64)
    for row in range(len(indptr) - 1):
        at = indptr[row]
        for column in range(n_columns):
            for place in range(bounds[column, row], bounds[column, row + 1]):
                indices[at] = column_of(hashes[place], n_features, mask)
                data[at] = scale * values[place]
                if len(registers) > 0:
                    observe_hash(hashes[place] >> HALF, registers)
                at += 1
        begin = 0
        for cross in range(len(ends)):
            end, n = ends[cross], np.int64(1)
            for member in range(begin, end):
                column = members[member]
                at_member[member] = bounds[column, row]
                n *= bounds[column, row + 1] - bounds[column, row]
            for _ in range(n):
                place = at_member[begin]
                key, value = hashes[place], values[place]
                for member in range(begin + 1, end):
                    place = at_member[member]
                    key = mixed(key, hashes[place])
                    value *= values[place]
                indices[at] = column_of(key, n_features, mask)
                data[at] = scale * value
                if len(registers) > 0:
                    observe_hash(key >> HALF, registers)
                at += 1
                member = end - 1  # the next combination: the last one goes first
                while member >= begin:
                    column = members[member]
                    at_member[member] += 1
                    if at_member[member] < bounds[column, row + 1]:
                        break
                    at_member[member] = bounds[column, row]
                    member -= 1
            begin = end
