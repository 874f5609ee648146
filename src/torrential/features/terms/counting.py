"""Tables that terms of a batch are counted in, kept for the next batch.

New memory costs more than all that is done with it.
"""

import numpy as np

from torrential.features.terms.counted_terms import CountedTerms
from torrential.kernels.text.term_table import TermTable, clear, take_terms

MIN_SLOTS = 1 << 13
MAX_SLOTS = 1 << 21
"""Most slots of a table that is kept for reuse: about 60 MB."""


def make_table(n_cells: int) -> TermTable:
    """Make an empty table; ``n_cells`` is a power of 2, or 0 for a table that takes no terms."""
    return TermTable(np.zeros(4 * n_cells, np.uint64), np.empty(0, np.uint8), np.zeros(2, np.int64))


_NO_TABLE = make_table(0)

_made: list[int] = []
"""Not empty if a table was needed in this process."""

_spare: list[TermTable] = []
"""Unused empty tables: at most as many as there were threads at once."""


def terms_of(table: TermTable) -> CountedTerms:
    """Return copies of all terms of a table."""
    n_terms, n_bytes = table.used.tolist()
    terms = CountedTerms(
        np.empty(n_terms, np.uint64),
        np.empty(n_terms, np.int64),
        np.empty(n_terms, np.int64),
        np.empty(n_terms, np.int32),
        table.names[:n_bytes].copy(),
    )
    take_terms(table, terms.keys, terms.counts, terms.starts, terms.lengths)
    return terms


def borrow_table() -> TermTable:
    """Return an empty table for the caller alone."""
    try:
        return _spare.pop()
    except IndexError:
        _made.append(MIN_SLOTS)
        return make_table(MIN_SLOTS)


def no_table() -> TermTable | None:
    """Return a table that counts nothing: None, unless the counting kernel is loaded already."""
    return _NO_TABLE if _made else None


def give_back(table: TermTable) -> CountedTerms:
    """Return the counted terms, and keep the emptied table for reuse."""
    terms = terms_of(table)
    if len(table.cells) <= 4 * MAX_SLOTS:
        clear(table)
        _spare.append(table)
    return terms
