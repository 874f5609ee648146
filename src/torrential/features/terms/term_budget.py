"""Limits for the names of terms: memory, by a budget, and time, by sampling."""

from numbers import Integral
from typing import Any

import numpy as np

from torrential.errors import ParameterError
from torrential.units import BYTES, amount_of

DEFAULT_BUDGET = 2**20
"""Terms that ``terms=True`` keeps."""

ENTRY_BYTES = 128
"""Memory for each term of the budget: 43 to 85 bytes of cells, and its name."""

N_WHOLE = 24
"""Batches, about 36 MB of text, whose terms are all counted; later ones are sampled.

Of terms of several sizes, such as words and pairs, there are more in a batch, and it is as many
batches less.
"""

MAX_STEP = 16
"""Largest step: at least one of this many batches is counted."""


def parse_budget(terms: Any) -> int | None:
    """Return the number of terms to keep, or None to keep none.

    Parameters
    ----------
    terms : bool, int or str
        Whether to keep terms; how many at most; or the memory for them, such as '64 MB'.

    Raises
    ------
    ParameterError
        If it is none of these, or not at least one.

    Examples
    --------
    >>> parse_budget(False), parse_budget(True), parse_budget(1000), parse_budget("64 MB")
    (None, 1048576, 1000, 500000)
    """
    if terms is None or isinstance(terms, bool | np.bool_):
        return DEFAULT_BUDGET if terms else None
    if isinstance(terms, Integral):
        budget = int(terms)
    else:
        budget = int(amount_of(terms, BYTES) or 0) // ENTRY_BYTES
    if budget < 1:
        raise ParameterError(
            f"terms={terms!r} is not a budget: give True, a number of terms from 1 on, or memory "
            "such as '64 MB'; False keeps none."
        )
    return budget


def counting_step(place: int, n_sizes: int = 1) -> int:
    """Return how many batches one counted batch represents, at this place in a long stream.

    At the beginning all batches are counted, then every second, fourth, and so on: terms that are
    frequent enough to be kept occur often enough by then, and others would only cost time.

    Examples
    --------
    >>> [counting_step(place) for place in (0, 23, 24, 48, 10_000)]
    [1, 1, 2, 4, 16]
    """
    return min(MAX_STEP, 1 << (place * n_sizes // N_WHOLE).bit_length())
