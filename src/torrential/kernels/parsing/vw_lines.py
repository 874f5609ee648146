"""Cut a block of Vowpal Wabbit's lines into labels, weights, tags and features."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.parsing.copying import copy_bytes
from torrential.kernels.parsing.label_lists import N_MEMBERS, N_ROUGH_MEMBERS, split_labels
from torrential.kernels.parsing.numbers import EXACT, NO_NUMBER, parse_number

NEWLINE, RETURN, TAB, SPACE, COLON, BAR, QUOTE = 10, 13, 9, 32, 58, 124, 39

(
    NO_BAR,
    BAD_LABEL,
    BAD_WEIGHT,
    TOO_MANY,
    BAD_FACTOR,
    NO_NAME,
    BAD_VALUE,
    HAS_TAB,
    ODD_LABELS,
) = range(1, 10)
"""Faults of a line."""

LABEL, WEIGHT = 0, 1
"""Columns of the numbers before the bar."""

MOST_OTHERS = 64
"""Namespaces that are not wanted, and whose names are returned."""

N_ROWS, N_FEATURES, N_FAULTS, N_ROUGH, N_OTHERS = range(5)
"""Numbers of what was found."""


@kernel
def _is_blank(byte):
    return byte <= SPACE and byte in (SPACE, TAB, RETURN)


@kernel
def _is_equal(block, start, stop, names, begin, end):
    if stop - start != end - begin:
        return False
    for k in range(stop - start):  # noqa: SIM110 (Numba has no generator expressions)
        if block[start + k] != names[begin + k]:
            return False
    return True


@kernel
def _place_of(block, start, stop, names, offsets, guess):
    """Return which name a piece is, searched from a guess on; -1 if it is none of them."""
    n_names = len(offsets) - 1
    for k in range(n_names):
        place = (guess + k) % n_names
        if _is_equal(block, start, stop, names, offsets[place], offsets[place + 1]):
            return place
    return -1


@kernel
def _note_other(block, start, stop, others, n_others):
    """Keep the place of a name that is not wanted, once for each name."""
    for k in range(n_others):
        if _is_equal(block, start, stop, block, others[k, 0], others[k, 1]):
            return n_others
    if n_others < len(others):
        others[n_others, 0], others[n_others, 1] = start, stop
        n_others += 1
    return n_others


@kernel
def _fault(faults, n_faults, kind, line, start, stop):
    faults[n_faults, 0], faults[n_faults, 1] = kind, line
    faults[n_faults, 2], faults[n_faults, 3] = start, stop


@kernel
def _before_bar(block, at, bar, row, numbers, tags, rough, n_rough, members, rough_members, counts):
    """Read label, weight and tag; return a fault, its place, and how many numbers are rough."""
    numbers[row, LABEL] = numbers[row, WEIGHT] = np.nan
    tags[row, 0] = tags[row, 1] = -1
    column = 0
    while at < bar:
        while at < bar and block[at] == SPACE:
            at += 1
        start = at
        while at < bar and block[at] != SPACE:
            at += 1
        if start == at:
            break
        last = at
        while last < bar and block[last] == SPACE:
            last += 1
        if last == bar and (at == bar or block[start] == QUOTE):
            tags[row, 0], tags[row, 1] = start + (block[start] == QUOTE), at
            break
        if len(members) > 0:
            if column > LABEL:
                return ODD_LABELS, start, at, n_rough
            if not split_labels(block, start, at, True, members, rough_members, counts):
                return BAD_LABEL, start, at, n_rough
            column += 1
            continue
        if column > WEIGHT:
            return TOO_MANY, start, at, n_rough
        value, kind = parse_number(block, start, at)
        is_wrong = kind == NO_NUMBER or not np.isfinite(value) or (column == WEIGHT and value < 0)
        if is_wrong:
            return (BAD_LABEL if column == LABEL else BAD_WEIGHT), start, at, n_rough
        if kind != EXACT:
            rough[n_rough, 0], rough[n_rough, 1] = row, column
            rough[n_rough, 2], rough[n_rough, 3] = start, at
            n_rough += 1
        numbers[row, column] = value
        column += 1
    return 0, at, at, n_rough


@kernel
def split_vw_lines(
    block,
    names,
    offsets,
    numbers,
    tags,
    spaces,
    places,
    values,
    counts,
    faults,
    rough,
    others,
    members,
    label_ends,
    rough_members,
    label_counts,
):
    """Fill the output arrays, and return how many rows and other things there are.

    Parameters
    ----------
    block : uint8 array
        Whole lines; the last may lack its line end.
    names, offsets : uint8 and int64 arrays
        Names of the wanted namespaces, one after the other.
    numbers : float64 array of shape (n_lines, 2)
        Label and weight of each row; nan where it has none.
    tags : int64 array of shape (n_lines, 2)
        Where each tag begins and ends; -1 without one.
    spaces, places, values : int32, int64 and float32 arrays, of shape (n_most, 2) for places
        Namespace, name and value of each feature, in the order of the rows.
    counts : int32 array of shape (n_namespaces, n_lines + 1)
        Features of each namespace in each row, from the second column on.
    faults : int64 array of shape (n_lines, 4)
        Kind, line, and place of what is wrong in a line, which makes no row.
    rough : int64 array of shape (2 * n_lines, 4)
        Row, column and place of numbers that are to be parsed again.
    others : int64 array of shape (MOST_OTHERS, 2)
        Places of names of other namespaces.
    members, label_ends, rough_members, label_counts : arrays
        Where rows have several labels: the labels, those up to each row, and what `split_labels`
        takes. The first two have no elements where each row has one label.
    """
    found = np.zeros(5, np.int64)
    end, at, line = len(block), 0, -1
    while at < end:
        line += 1
        stop = at
        while stop < end and block[stop] != NEWLINE:
            stop += 1
        begin, next_line = at, stop + 1
        at = next_line
        while stop > begin and _is_blank(block[stop - 1]):
            stop -= 1
        if stop == begin:
            continue
        bar, has_tab = begin, False
        while bar < stop and block[bar] != BAR:
            has_tab |= block[bar] == TAB
            bar += 1
        row, n_features = found[N_ROWS], found[N_FEATURES]
        n_rough = found[N_ROUGH]
        n_members, n_rough_members = label_counts[N_MEMBERS], label_counts[N_ROUGH_MEMBERS]
        kind, start, last = NO_BAR, begin, stop
        if has_tab:
            kind, last = HAS_TAB, bar
        elif bar < stop:
            kind, start, last, n_rough = _before_bar(
                block,
                begin,
                bar,
                row,
                numbers,
                tags,
                rough,
                n_rough,
                members,
                rough_members,
                label_counts,
            )
        place, factor, cursor = -1, np.float32(1.0), bar
        while kind == 0 and cursor < stop:
            byte = block[cursor]
            if _is_blank(byte):
                cursor += 1
                continue
            is_space = byte == BAR
            start = cursor + is_space
            cursor = start
            while (
                cursor < stop
                and block[cursor] != COLON
                and block[cursor] != BAR
                and not _is_blank(block[cursor])
            ):
                cursor += 1
            last = cursor
            value = np.float32(1.0)
            if cursor < stop and block[cursor] == COLON:
                number = cursor + 1
                while cursor < stop and block[cursor] != BAR and not _is_blank(block[cursor]):
                    cursor += 1
                parsed, result = parse_number(block, number, cursor)
                value = np.float32(parsed)
                if result == NO_NUMBER or not np.isfinite(value):
                    kind = BAD_FACTOR if is_space else BAD_VALUE
                    start, last = number, cursor
                    break
                if last == start:
                    kind = NO_NAME
                    break
            if is_space:
                place = _place_of(block, start, last, names, offsets, place + 1)
                factor = value
                if place < 0:
                    found[N_OTHERS] = _note_other(block, start, last, others, found[N_OTHERS])
            elif place >= 0:
                value = value * factor
                if not np.isfinite(value):
                    kind = BAD_VALUE
                    break
                spaces[n_features], values[n_features] = place, value
                places[n_features, 0], places[n_features, 1] = start, last
                counts[place, row + 1] += 1
                n_features += 1
        if kind:
            _fault(faults, found[N_FAULTS], kind, line, start, last)
            found[N_FAULTS] += 1
            counts[:, row + 1] = 0
            label_counts[N_MEMBERS], label_counts[N_ROUGH_MEMBERS] = n_members, n_rough_members
            continue
        if len(label_ends) > 0:
            label_ends[row + 1] = label_counts[N_MEMBERS]
        found[N_ROWS], found[N_FEATURES], found[N_ROUGH] = row + 1, n_features, n_rough
    return found


@kernel
def gather_names(block, spaces, places, values, firsts, name_bytes, name_offsets, ordered):
    """Bring the features of each namespace together, in their order.

    Parameters
    ----------
    block, spaces, places, values
        As in `split_vw_lines`, cut to the features that there are.
    firsts : int64 array of shape (n_namespaces + 1, 2)
        Where the features and the bytes of their names begin, of each namespace; changed.
    name_bytes : uint8 array
    name_offsets : int32 array of shape (n_features + n_namespaces,)
        For each namespace one more than it has features, from 0.
    ordered : float32 array of shape (n_features,)
    """
    starts = firsts[:, 1].copy()
    for feature in range(len(spaces)):
        space = spaces[feature]
        place, at = firsts[space, 0], firsts[space, 1]
        begin, end = places[feature, 0], places[feature, 1]
        copy_bytes(block, begin, end, name_bytes, at)
        at += end - begin
        ordered[place] = values[feature]
        name_offsets[place + space + 1] = at - starts[space]
        firsts[space, 0], firsts[space, 1] = place + 1, at
