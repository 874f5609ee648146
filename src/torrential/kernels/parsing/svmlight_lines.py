"""Cut a block of svmlight's lines into labels, query ids and features."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.parsing.label_lists import N_MEMBERS, N_ROUGH_MEMBERS, split_labels
from torrential.kernels.parsing.numbers import EXACT, NINE, NO_NUMBER, ZERO, parse_number

NEWLINE, RETURN, TAB, SPACE, COLON, HASH = 10, 13, 9, 32, 58, 35

BAD_LABEL, BAD_QID, BAD_INDEX, BAD_VALUE, NO_VALUE = range(1, 6)
"""Faults of a line."""

LARGEST_INDEX, LARGEST_QID = 2**31 - 1, 2**62

N_ROWS, N_FEATURES, N_FAULTS, N_ROUGH = range(4)
"""Numbers of what was found."""


@kernel
def _is_blank(byte):
    return byte <= SPACE and byte in (SPACE, TAB, RETURN)


@kernel
def _whole(block, at, end, largest):
    """Return the whole number that block[at:end] writes; -1 if it is none, or too large."""
    if at == end:
        return -1
    value = 0
    while at < end:
        if not ZERO <= block[at] <= NINE:
            return -1
        value = 10 * value + (block[at] - ZERO)
        if value > largest:
            return -1
        at += 1
    return value


@kernel
def _is_qid(block, start, end):
    return (
        end - start == 3
        and block[start] == 113
        and block[start + 1] == 105
        and (block[start + 2] == 100)
    )


@kernel
def split_svmlight_lines(
    block, labels, qids, ends, indices, values, faults, rough, members, label_ends, counts
):
    """Fill the output arrays, and return how many rows and other things there are.

    Parameters
    ----------
    block : uint8 array
        Whole lines; the last may lack its line end.
    labels : float64 array of shape (n_lines,)
    qids : int64 array of shape (n_lines,)
        -1 without one.
    ends : int32 array of shape (n_lines + 1,)
        Features up to each row.
    indices, values : int32 and float32 arrays of shape (n_most,)
    faults : int64 array of shape (n_lines, 4)
        Kind, line, and place of what is wrong in a line, which makes no row.
    rough : int64 array of shape (n_lines, 3)
        Row and place of labels that are to be parsed again.
    members, label_ends, counts : float64, int32 and int64 arrays
        Where rows have several labels: the labels, those up to each row, and what `split_labels`
        counts. Of shape (0,), (0,) and (2,) where each row has one label.
    """
    several = len(label_ends) > 0
    found = np.zeros(4, np.int64)
    end, at, line = len(block), 0, -1
    while at < end:
        line += 1
        stop = at
        while stop < end and block[stop] != NEWLINE:
            stop += 1
        cursor, next_line = at, stop + 1
        at = next_line
        last = cursor
        while last < stop and block[last] != HASH:
            last += 1
        stop = last
        row, n_features, n_rough = found[N_ROWS], found[N_FEATURES], found[N_ROUGH]
        kind, n_tokens, begin, token_end = 0, 0, cursor, cursor
        n_members, n_rough_members = counts[N_MEMBERS], counts[N_ROUGH_MEMBERS]
        qids[row] = -1
        while cursor < stop:
            if _is_blank(block[cursor]):
                cursor += 1
                continue
            begin, colon = cursor, -1
            while cursor < stop and not _is_blank(block[cursor]):
                if colon < 0 and block[cursor] == COLON:
                    colon = cursor
                cursor += 1
            token_end = cursor
            n_tokens += 1
            if several and n_tokens == 1:
                if colon < 0:
                    if split_labels(block, begin, token_end, False, members, rough, counts):
                        continue
                    kind = BAD_LABEL
                    break
                n_tokens = 2  # a row without a label begins with a feature
            if n_tokens == 1:
                value, result = parse_number(block, begin, token_end)
                if result == NO_NUMBER or not np.isfinite(value):
                    kind = BAD_LABEL
                    break
                if result != EXACT:
                    rough[n_rough, 0], rough[n_rough, 1], rough[n_rough, 2] = row, begin, token_end
                    n_rough += 1
                labels[row] = value
                continue
            if colon < 0:
                kind = NO_VALUE
                break
            if _is_qid(block, begin, colon):
                qids[row] = _whole(block, colon + 1, token_end, LARGEST_QID)
                if qids[row] < 0 or n_tokens > 2:
                    kind = BAD_QID
                    break
                continue
            index = _whole(block, begin, colon, LARGEST_INDEX)
            if index < 0:
                kind = BAD_INDEX
                break
            value, result = parse_number(block, colon + 1, token_end)
            single = np.float32(value)
            if result == NO_NUMBER or not np.isfinite(single):
                kind = BAD_VALUE
                break
            indices[n_features], values[n_features] = index, single
            n_features += 1
        if kind:
            faults[found[N_FAULTS], 0], faults[found[N_FAULTS], 1] = kind, line
            faults[found[N_FAULTS], 2], faults[found[N_FAULTS], 3] = begin, token_end
            found[N_FAULTS] += 1
            counts[N_MEMBERS], counts[N_ROUGH_MEMBERS] = n_members, n_rough_members
            continue
        if n_tokens == 0:
            continue
        ends[row + 1] = n_features
        if several:
            label_ends[row + 1] = counts[N_MEMBERS]
        found[N_ROWS], found[N_FEATURES], found[N_ROUGH] = row + 1, n_features, n_rough
    return found
