"""From the hashes of a document's terms to its sparse row: columns, merged and scaled.

An entry is a number of 64 bits: the column in the upper half, and in the lower one a sum of signs
plus BIAS. So entries are ordered by their columns, and to add to the sum is to add to the entry.
"""

import math

import numpy as np

from torrential.kernels.constants import FREE, SLOTS
from torrential.kernels.jit import kernel
from torrential.kernels.text.token_lanes import take_slots

SPARSITY = 4
"""Slots of the table for each token, so that most look-ups hit at once."""

BIAS = 1 << 31
LOWER_HALF = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
SIGN = np.int64(63)
ONE = np.uint64(1)

MAX_TABLE = 1 << 20
"""Most columns of the table: if there may be more, entries are sorted."""

DIGIT_BITS = np.uint64(11)
N_DIGITS = 1 << 11
DIGIT = np.uint64(N_DIGITS - 1)
FIRST_DIGIT, SECOND_DIGIT, THIRD_DIGIT = HALF, HALF + DIGIT_BITS, HALF + DIGIT_BITS + DIGIT_BITS

MAX_KNOWN = 255
SUBLINEAR = np.array(
    [n and math.copysign(1 + math.log(abs(n)), n) for n in range(-MAX_KNOWN, MAX_KNOWN + 1)]
)
"""Sublinear counts from -MAX_KNOWN to MAX_KNOWN: a logarithm is slower than the rest of a term."""

NO_NORM, L1, L2 = 0, 1, 2
NORMS = {None: NO_NORM, "l1": L1, "l2": L2}


@kernel
def table_size(n_tokens):
    """Return the slots that :func:`merge_duplicates` needs for these tokens, without overflow."""
    return (SPARSITY * n_tokens + SLOTS) // SLOTS * SLOTS


@kernel
def max_columns(n_tokens, n_features):
    """Return the largest number of columns of this many tokens."""
    return min(n_tokens, n_features)


@kernel
def make_slots(n_tokens, n_features):
    """Make a table for this many tokens, followed by room for all slots that may be pushed out.

    The whole table is filled, so it must not grow with the bytes of a document.
    """
    n_columns = min(max_columns(n_tokens, n_features), MAX_TABLE)
    return np.full(table_size(n_columns) + n_columns + SLOTS, FREE)


@kernel
def make_entries(hashes, n_tokens, n_features, alternate_sign, entries):
    """Turn signed hashes into entries: column abs(hash) modulo ``n_features``, and sign.

    As scikit-learn's FeatureHasher has it, abs(-2**31) included.
    """
    flip = 2 if alternate_sign else 0
    if n_features & (n_features - 1) == 0:
        for i in range(n_tokens):
            column = abs(np.int64(hashes[i])) & (n_features - 1)
            entries[i] = np.uint64(column << 32 | BIAS + 1 + flip * np.int64(hashes[i] >> 31))
    else:
        for i in range(n_tokens):
            column = abs(np.int64(hashes[i])) % n_features
            entries[i] = np.uint64(column << 32 | BIAS + 1 + flip * np.int64(hashes[i] >> 31))


@kernel
def merge_duplicates(entries, first, last, n_features, slots, row):
    """Sum ``entries[first:last]`` of equal columns to ``row``, columns ascending.

    Return their number. ``slots`` is a table of :func:`make_slots`, all FREE, and left so.
    ``row`` has room for SLOTS more. The entries may be in another order afterwards.
    """
    n_columns = max_columns(last - first, n_features)
    if n_columns > MAX_TABLE:
        return merge_sorted(entries, first, last, row)
    return _merge_in_table(entries, first, last, n_features, n_columns, slots, row)


@kernel
def _sort_by_digit(source, first, n, shift, target, to):
    """Write ``source[first : first + n]`` to ``target[to:]``, ordered by one digit, stably."""
    places = np.zeros(N_DIGITS + 1, np.int64)
    for i in range(first, first + n):
        places[np.int64(source[i] >> shift & DIGIT) + 1] += 1
    for i in range(N_DIGITS):
        places[i + 1] += places[i]
    for i in range(first, first + n):
        digit = np.int64(source[i] >> shift & DIGIT)
        target[to + places[digit]] = source[i]
        places[digit] += 1


@kernel
def merge_sorted(entries, first, last, row):
    """Merge as :func:`merge_duplicates` does, but by sorting three digits and summing neighbors.

    It takes no more memory than the entries and the row, for however many columns.
    """
    n = last - first
    if n == 0:
        return np.int64(0)
    begin = np.int64(0)  # a literal would be compiled separately
    _sort_by_digit(entries, first, n, FIRST_DIGIT, row, begin)
    _sort_by_digit(row, begin, n, SECOND_DIGIT, entries, first)
    _sort_by_digit(entries, first, n, THIRD_DIGIT, row, begin)
    at = np.int64(0)
    for i in range(1, n):
        if row[i] >> HALF == row[at] >> HALF:
            row[at] += (row[i] & LOWER_HALF) - np.uint64(BIAS)
        else:
            at += 1
            row[at] = row[i]
    return at + 1


@kernel
def _merge_in_table(entries, first, last, n_features, n_columns, slots, row):
    """Merge in a hash table, for at most this many columns.

    As much of it is used as they ask for, so that it stays in the L1 cache for most documents.
    It is an ordered one (Amble and Knuth 1974, "Ordered hash tables"): slots follow the order of
    the columns, and so do those that share one, since a smaller column pushes out a larger one.
    """
    size = table_size(n_columns)
    slots_per_column = (np.uint64(size) << HALF) // np.uint64(n_features)
    end = np.uint64(size)
    for i in range(first, last):
        entry = entries[i]
        column = entry >> HALF
        here = column * slots_per_column >> HALF
        found = slots[here]
        fresh = (entry & ~LOWER_HALF) | np.uint64(BIAS)
        if_free = np.uint64(np.int64(found) >> SIGN)  # no branch: it could not be predicted
        same = (fresh & if_free) | (found & ~if_free)
        if same >> HALF == column:
            slots[here] = same + (entry & LOWER_HALF) - np.uint64(BIAS)
            continue
        while found >> HALF < column:
            here += ONE
            found = slots[here]
        if found >> HALF == column:
            slots[here] = found + (entry & LOWER_HALF) - np.uint64(BIAS)
            continue
        while found != FREE:
            slots[here] = entry
            entry = found
            here += ONE
            found = slots[here]
        slots[here] = entry
        end = max(end, here + ONE)
    n_unique = 0
    for at in range(0, np.int64(end), SLOTS):
        n_unique = take_slots(slots, at, row, n_unique)
    return n_unique


@kernel
def sum_of(entry):
    """Return the sum of the signs of an entry."""
    return np.int64(entry & LOWER_HALF) - BIAS


@kernel
def norm_of(row, n_unique, norm):
    """Return the norm of a row of counts; 1 if it is not requested, or 0."""
    total = 0  # whole numbers: exact in any order, so that it can be vectorized
    if norm == L2:
        for i in range(n_unique):
            total += sum_of(row[i]) * sum_of(row[i])
    elif norm == L1:
        for i in range(n_unique):
            total += abs(sum_of(row[i]))
    if total == 0:
        return np.float64(1)
    return np.sqrt(np.float64(total)) if norm == L2 else np.float64(total)


@kernel
def write_row(row, n_unique, binary, norm, indices, data, at):
    """Write the merged row to ``indices[at:]`` and ``data[at:]``, with unit norm."""
    if binary:
        for i in range(n_unique):
            row[i] = (row[i] & ~LOWER_HALF) | np.uint64(BIAS + 1)
    scale = 1 / norm_of(row, n_unique, norm)
    for i in range(n_unique):
        indices[at + i] = np.int32(row[i] >> HALF)
        data[at + i] = np.float32(sum_of(row[i]) * scale)


@kernel
def sublinear(count):
    """Return 1 + log(abs(count)) with the sign of the count; 0 for 0."""
    if -MAX_KNOWN <= count <= MAX_KNOWN:
        return SUBLINEAR[count + MAX_KNOWN]
    return np.sign(count) * (1 + np.log(np.float64(abs(count))))


@kernel
def write_sublinear_row(row, n_unique, norm, indices, data, at):
    """Write the merged row with sublinear counts."""
    total = 0.0
    for i in range(n_unique):
        value = sublinear(sum_of(row[i]))
        indices[at + i] = np.int32(row[i] >> HALF)
        data[at + i] = np.float32(value)
        total += value * value if norm == L2 else abs(value)
    if total > 0 and norm != NO_NORM:
        scale = np.float32(1 / (np.sqrt(total) if norm == L2 else total))
        for i in range(n_unique):
            data[at + i] *= scale
