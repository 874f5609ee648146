"""Counted terms in the order of the columns that they are hashed to."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.features.settings import HashSettings
from torrential.features.terms.counted_terms import CountedTerms
from torrential.types import Int32, Int64


class TermsByColumn:
    """Terms in the order of their columns, the more frequent ones of a column first.

    Attributes
    ----------
    terms : CountedTerms
    names : object array of str, shape (n_terms,)
    columns : int32 array of shape (n_columns,)
        Columns that have a term, ascending.
    begins : int64 array of shape (n_columns + 1,)
        Column i has terms ``begins[i]`` to ``begins[i + 1]``.
    signs : int32 array of shape (n_terms,)
    """

    def __init__(self, terms: CountedTerms, settings: HashSettings) -> None:
        columns = terms.columns(settings.n_features)
        order = np.lexsort((terms.keys, -terms.counts, columns))
        self.terms = terms.take(order)
        self.signs: Int32 = self.terms.signs(settings.alternate_sign)
        self.columns, begins = np.unique(columns[order], return_index=True)
        self.begins: Int64 = np.append(begins, len(order)).astype(np.int64)

    @cached_property
    def names(self) -> NDArray[Any]:
        """Names of the terms."""
        names = np.empty(len(self.terms), object)
        names[:] = self.terms.decoded()
        return names

    def of(self, column: int) -> slice:
        """Return the places of the terms of a column."""
        place = int(np.searchsorted(self.columns, column))
        if place == len(self.columns) or self.columns[place] != column:
            return slice(0, 0)
        return slice(int(self.begins[place]), int(self.begins[place + 1]))
