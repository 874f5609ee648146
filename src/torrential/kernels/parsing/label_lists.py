"""Read numbers between commas, which are the labels of a line."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.parsing.numbers import EXACT, NO_NUMBER, parse_number

COMMA = 44

LARGEST_LABEL = 2**32 - 1
"""Largest whole number that Vowpal Wabbit takes for a label."""

N_MEMBERS, N_ROUGH_MEMBERS = 0, 1
"""Numbers of what was found."""


@kernel
def split_labels(block, at, end, only_whole, members, rough, counts):
    """Read the labels that block[at:end] writes, and return whether all are such numbers.

    Parameters
    ----------
    block : uint8 array
    at, end : int
    only_whole : bool
        Whether only whole numbers from 0 to LARGEST_LABEL are labels.
    members : float64 array of shape (n_most,)
    rough : int64 array of shape (n_most, 3)
        Places of members that are to be parsed again, and what writes them.
    counts : int64 array of shape (2,)
        Members and rough members so far; changed only if all are numbers.
    """
    n, n_rough = counts[N_MEMBERS], counts[N_ROUGH_MEMBERS]
    start = at
    for place in range(at, end + 1):
        if place < end and block[place] != COMMA:
            continue
        value, kind = parse_number(block, start, place)
        if kind == NO_NUMBER or not np.isfinite(value):
            return False
        if only_whole and not (0 <= value <= LARGEST_LABEL and value == np.floor(value)):
            return False
        if kind != EXACT:
            rough[n_rough, 0], rough[n_rough, 1], rough[n_rough, 2] = n, start, place
            n_rough += 1
        members[n] = value
        n += 1
        start = place + 1
    counts[N_MEMBERS], counts[N_ROUGH_MEMBERS] = n, n_rough
    return True
