"""The dictionary of a model: its entries in the file, and tables that find them."""

import numpy as np

from torrential.kernels.fasttext.hashing import FIRST, hash_of, hash_on
from torrential.kernels.jit import lean_kernel
from torrential.kernels.prefetch import prefetch

NONE, ONE, HALF = np.uint64(0), np.uint64(1), np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
SPREAD = np.uint64(0x9E3779B97F4A7C15)

FACTS = 9
"""Bytes after the end of a word: its count, and whether it is a label."""

GOOD, CUT_OFF, ODD_TYPE, ODD_COUNT, CROWDED, ODD_KEY, ODD_ROW = range(7)
"""Outcomes of reading."""

ALLOWED_STEPS = 64
"""Steps for each entry, on average, that finding places in a table may take."""


@lean_kernel
def first_slot(key, slots):
    """Return where the search for a key of 32 bits begins."""
    mixed = np.uint64(key) * SPREAD
    return np.int64((mixed >> HALF) & np.uint64(len(slots) - 1))


@lean_kernel
def are_same(file, at, text, begin, length):
    """Return whether the word that begins at a byte of the file is the one in a text."""
    for i in range(length):
        if file[at + i] != text[begin + i]:
            return False
    return file[at + length] == 0


@lean_kernel
def find_entry(file, slots, starts, text, begin, length, key):
    """Return the number of the entry of a word, given its hash; -1 if there is none."""
    at = first_slot(key, slots)
    while slots[at] != NONE:
        if slots[at] >> HALF == np.uint64(key):
            entry = np.int64(slots[at] & LOW) - 1
            if are_same(file, starts[entry], text, begin, length):
                return entry
        at = (at + 1) & (len(slots) - 1)
    return -1


@lean_kernel
def ask_for_entries(file, slots, starts, keys, n):
    """Ask for the entries that have the hashes of words, which are probably theirs."""
    for step in range(2):
        for i in range(n):
            key = keys[i]
            slot = slots[first_slot(key, slots)]
            if slot >> HALF == np.uint64(key):
                entry = np.int64(slot & LOW) - 1
                if step == 0:
                    prefetch(starts, entry)
                else:
                    prefetch(file, starts[entry])


@lean_kernel
def read_entries(file, begin, n_words, prefix, starts, counts, slots, found):
    """Read the words, then the labels, from byte ``begin`` of a file on.

    Parameters
    ----------
    file : uint8 array
    begin, n_words : int
    prefix : uint8 array
        Beginning of labels.
    starts : int64 array of shape (n_entries,)
        Receives the first byte of each entry.
    counts : int64 array of shape (n_labels,)
        Receives the counts of labels.
    slots : uint64 array of zeros, its length a power of two and more than n_entries
    found : int64 array of shape (3,)
        Receives the byte after the last entry, the number of the entry at fault, and whether all
        labels begin with the prefix.

    Returns
    -------
    outcome : int
        GOOD, CUT_OFF, ODD_TYPE (a word after the words, or a label among them), ODD_COUNT, or
        CROWDED (most words have the same hash).
    """
    at, size = begin, len(file)
    n_entries = len(starts)
    found[2] = 1
    n_steps = ALLOWED_STEPS * (n_entries + 1000)
    for entry in range(n_entries):
        found[1] = entry
        starts[entry] = at
        key = FIRST
        n_alike = 0
        while at < size and file[at] != 0:
            byte = file[at]
            if n_alike == at - starts[entry] and n_alike < len(prefix) and byte == prefix[n_alike]:
                n_alike += 1
            key = hash_on(key, byte)
            at += 1
        if at + 1 + FACTS > size:
            return CUT_OFF
        is_label = entry >= n_words
        if file[at + FACTS] != is_label:
            return ODD_TYPE
        if is_label:
            if n_alike < len(prefix):
                found[2] = 0
            count = np.int64(0)
            for i in range(8):
                count |= np.int64(file[at + 1 + i]) << (8 * i)
            if count < 0:
                return ODD_COUNT
            counts[entry - n_words] = count
        length = at - starts[entry]
        place = first_slot(key, slots)
        while slots[place] != NONE:
            n_steps -= 1
            if n_steps < 0:
                return CROWDED
            if slots[place] >> HALF == np.uint64(key):
                before = np.int64(slots[place] & LOW) - 1
                if are_same(file, starts[before], file, starts[entry], length):
                    break
                n_steps -= length >> 3
            place = (place + 1) & (len(slots) - 1)
        slots[place] = np.uint64(key) << HALF | np.uint64(entry + 1)
        at += 1 + FACTS
    found[0] = at
    return GOOD


@lean_kernel
def _integer(file, at):
    value = np.int64(0)
    for i in range(4):
        value |= np.int64(file[at + i]) << (8 * i)
    return value - (value >> 31 << 32)


@lean_kernel
def read_kept(file, begin, n_kept, bucket, n_rows, slots):
    """Read which n-grams a pruned model keeps: pairs of bucket and row.

    Parameters
    ----------
    file : uint8 array
        With 8 bytes for each of ``n_kept`` pairs from byte ``begin`` on.
    begin, n_kept : int
    bucket, n_rows : int
        Ends of the numbers of buckets and rows.
    slots : uint64 array of zeros, its length a power of two and more than n_kept

    Returns
    -------
    outcome : int
        GOOD, ODD_KEY, ODD_ROW or CROWDED.
    """
    n_steps = ALLOWED_STEPS * (n_kept + 1000)
    for i in range(n_kept):
        key, row = _integer(file, begin + 8 * i), _integer(file, begin + 8 * i + 4)
        if key < 0 or key >= bucket:
            return ODD_KEY
        if row < 0 or row >= n_rows:
            return ODD_ROW
        place = first_slot(key, slots)
        while slots[place] != NONE and slots[place] >> HALF != np.uint64(key + 1):
            n_steps -= 1
            if n_steps < 0:
                return CROWDED
            place = (place + 1) & (len(slots) - 1)
        slots[place] = np.uint64(key + 1) << HALF | np.uint64(row)
    return GOOD


@lean_kernel
def kept_row(slots, key):
    """Return the row of an n-gram of a pruned model; -1 if it is left out."""
    place = first_slot(key, slots)
    while slots[place] != NONE:
        if slots[place] >> HALF == np.uint64(key + 1):
            return np.int64(slots[place] & LOW)
        place = (place + 1) & (len(slots) - 1)
    return -1


@lean_kernel
def find_word(file, slots, starts, text):
    """Return the number of the entry of a word; -1 if there is none."""
    return find_entry(file, slots, starts, text, 0, len(text), hash_of(text, 0, len(text)))
