"""A hash table of terms: the count of each, and its name.

A term is known by its key: its hash, which also tells its column and sign, in the upper half, and
a second hash in the lower one, so that no two terms are taken for the same. Slots follow the order
of the keys, so a table that is written into a larger one runs through its memory from one end to
the other.
"""

from typing import NamedTuple

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.prefetch import prefetch

MAX_NAME = 255
"""Bytes of a name that are kept."""

CHECK_SEED = 0x9E3779B9
"""Added to the seed for the second hash."""

AHEAD = 16
"""Terms whose cells are fetched before they are needed."""

N_TERMS, N_BYTES = 0, 1
KEY, COUNT, START, LENGTH = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
CELL = np.uint64(4)
CELL_BITS = np.uint64(2)
HALF = np.uint64(32)
NO_KEY = np.uint64(0)
ONE = np.uint64(1)


class TermTable(NamedTuple):
    """Cell i is ``cells[4 * i : 4 * i + 4]``: key, count, and start and length of the name.

    A cell is free where its key is 0. Names are slices of ``names``. ``used`` is the number of
    terms, and of bytes of names.
    """

    cells: np.ndarray
    names: np.ndarray
    used: np.ndarray


@kernel
def slots_for(n_terms):
    """Return the number of cells for this many terms: a quarter stays free."""
    n = 1
    while 3 * n < 4 * n_terms + 3:
        n *= 2
    return n


@kernel
def shift_of(n_cells):
    """Return the shift that turns a key into its cell."""
    shift = 64
    while n_cells > 1:
        n_cells >>= 1
        shift -= 1
    return np.uint64(shift)


@kernel
def first_cell(key, shift):
    """Return where a key's cell begins if it is not displaced by another key."""
    # Two steps: a shift by 64, as for a table of one cell, would shift nothing.
    return (key >> ONE >> (shift - ONE)) << CELL_BITS


@kernel
def cell_of(cells, key, shift):
    """Return where a key's cell begins, or else the free cell where it belongs."""
    last = np.uint64(len(cells) - 1)
    at = first_cell(key, shift)
    found = cells[at]
    while found != key and found != NO_KEY:
        at = (at + CELL) & last
        found = cells[at]
    return at


@kernel
def with_room(table, n_terms, n_bytes):
    """Return the table, or a larger copy, with room for this many more terms of these bytes."""
    n_cells = slots_for(table.used[N_TERMS] + n_terms)
    n_used = table.used[N_BYTES]
    names, cells = table.names, table.cells
    if len(names) < n_used + n_bytes:
        names = np.empty((n_used + n_bytes) * 3 // 2, np.uint8)
        for i in range(n_used):  # an assignment of a slice takes seconds to compile
            names[i] = table.names[i]
    if len(cells) < 4 * n_cells:
        cells = np.zeros(4 * n_cells, np.uint64)
        move_cells(table.cells, cells)
    return TermTable(cells, names, table.used)


@kernel
def move_cells(cells, larger):
    """Copy all terms to a larger array of free cells."""
    shift = shift_of(len(larger) >> 2)
    for i in range(0, len(cells), 4):
        if cells[i] != NO_KEY:
            at = cell_of(larger, cells[i], shift)
            for j in range(4):
                larger[at + np.uint64(j)] = cells[i + j]


@kernel
def count_terms(text, terms, checks, n_terms, table):
    """Count the hashed terms; the table has room for all of them."""
    starts, lengths, hashes = terms.starts, terms.lengths, terms.hashes
    cells, names = table.cells, table.names
    n_used, n_bytes = table.used[N_TERMS], table.used[N_BYTES]
    shift = shift_of(len(cells) >> 2)
    for i in range(n_terms):
        if i + AHEAD < n_terms:  # the upper half is enough to tell where its cell is
            key = np.uint64(np.uint32(hashes[i + AHEAD])) << HALF
            prefetch(cells, np.int64(first_cell(key, shift)))
        key = np.uint64(np.uint32(hashes[i])) << HALF | np.uint64(np.uint32(checks[i]))
        key += np.uint64(key == NO_KEY)
        at = cell_of(cells, key, shift)
        if cells[at] == NO_KEY:
            length = min(lengths[i], MAX_NAME)
            cells[at] = key
            cells[at + START] = n_bytes
            cells[at + LENGTH] = length
            start = starts[i]
            for j in range(length):
                names[n_bytes + j] = text[start + j]
            n_bytes += length
            n_used += 1
        cells[at + COUNT] += ONE
    table.used[N_TERMS] = n_used
    table.used[N_BYTES] = n_bytes


@kernel
def add_terms(terms, wanted, less, factor, first, budget, table):
    """Add counted terms, each ``factor`` times its count above ``less``, if positive.

    ``terms`` are keys, counts, starts, lengths and names; ``first`` is the first to add. New terms
    are added only if they are ``wanted``; an array without any element wants all. It ends before
    the first that is new when the budget, a number of terms and of bytes of names, is used up, and
    returns where to continue. The table has room for all terms within the budget.
    """
    keys, counts, starts, lengths, names = terms
    cells, ours, used = table.cells, table.names, table.used
    n_used, n_bytes = used[N_TERMS], used[N_BYTES]
    shift = shift_of(len(cells) >> 2)
    i = first
    while i < len(keys):
        if i + AHEAD < len(keys):
            prefetch(cells, np.int64(first_cell(keys[i + AHEAD], shift)))
            prefetch(names, starts[i + AHEAD])
        if counts[i] > less:
            at = cell_of(cells, keys[i], shift)
            if cells[at] == NO_KEY:
                if len(wanted) > 0 and not wanted[i]:
                    i += 1
                    continue
                if n_used >= budget[0] or n_bytes + lengths[i] > budget[1]:
                    break
                cells[at] = keys[i]
                cells[at + START] = n_bytes
                cells[at + LENGTH] = lengths[i]
                for j in range(lengths[i]):
                    ours[n_bytes + j] = names[starts[i] + j]
                n_bytes += lengths[i]
                n_used += 1
            cells[at + COUNT] += np.uint64(factor * (counts[i] - less))
        i += 1
    used[N_TERMS] = n_used
    used[N_BYTES] = n_bytes
    return i


@kernel
def find_known(keys, table, known):
    """Write to ``known`` whether each key is in the table."""
    cells = table.cells
    shift = shift_of(len(cells) >> 2)
    for i in range(len(keys)):
        if i + AHEAD < len(keys):
            prefetch(cells, np.int64(first_cell(keys[i + AHEAD], shift)))
        known[i] = cells[cell_of(cells, keys[i], shift)] != NO_KEY


@kernel
def take_terms(table, keys, counts, starts, lengths):
    """Write out all terms without their names; the table does not change.

    They come in the order of their cells, which is nearly that of their keys.
    """
    cells = table.cells
    n = 0
    for i in range(0, len(cells), 4):
        if cells[i] != NO_KEY:
            keys[n] = cells[i]
            counts[n] = cells[i + 1]
            starts[n] = cells[i + 2]
            lengths[n] = cells[i + 3]
            n += 1


@kernel
def clear(table):
    """Remove all terms from a table, which keeps its room."""
    table.cells[:] = NO_KEY
    table.used[:] = 0
