"""Terms of adjacent documents: slices of one text to hash."""

from typing import NamedTuple

import numpy as np

from torrential.kernels.constants import LANES, MOST_RUNS
from torrential.kernels.jit import kernel

DROPPED = 0
"""Size of a term that is left out."""


class Terms(NamedTuple):
    """Term i is ``text[starts[i] : starts[i] + lengths[i]]``, of some text.

    Document j has terms ``indptr[j]`` to ``indptr[j + 1]``. ``ends`` and ``hashes`` are scratch for
    finding and hashing them. All have room for what is written in whole vectors.
    """

    starts: np.ndarray
    lengths: np.ndarray
    ends: np.ndarray
    hashes: np.ndarray
    indptr: np.ndarray


@kernel
def make_terms(n_terms, n_documents):
    """Make room for this many terms of this many documents."""
    room = n_terms + max(LANES, MOST_RUNS)
    return Terms(
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.zeros(n_documents + 1, np.int64),
    )


@kernel
def take_out_dropped(terms, n_documents):
    """Move the terms that were not DROPPED to the front, in order."""
    starts, lengths, indptr = terms.starts, terms.lengths, terms.indptr
    n_kept = 0
    first = 0
    for document in range(n_documents):
        last = indptr[document + 1]
        for i in range(first, last):
            starts[n_kept] = starts[i]
            lengths[n_kept] = lengths[i]
            n_kept += lengths[i] != DROPPED
        indptr[document + 1] = n_kept
        first = last
