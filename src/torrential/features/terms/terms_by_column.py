"""Counted terms in the order of the columns that they are hashed to: the names of columns."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.features.names import ColumnNames
from torrential.features.settings import Hashing
from torrential.features.terms.counted_terms import CountedTerms
from torrential.features.views import labels_of
from torrential.types import Int64


class TermsByColumn(ColumnNames):
    """Terms in the order of their columns, the more frequent ones of a column first.

    Attributes
    ----------
    terms : CountedTerms
    """

    def __init__(self, terms: CountedTerms, settings: Hashing) -> None:
        self.n_features = settings.n_features
        columns = terms.columns(settings.n_features, settings.n_views)
        order = np.lexsort((terms.keys, -terms.counts, columns))
        self.terms = terms.take(order)
        self.signs, self.counts = self.terms.signs(settings.alternate_sign), self.terms.counts
        self._labels = labels_of(settings.views or ())
        self.columns, begins = np.unique(columns[order], return_index=True)
        self.begins: Int64 = np.append(begins, len(order)).astype(np.int64)

    @cached_property
    def names(self) -> NDArray[Any]:  # type: ignore[override]
        """Names of the terms."""
        names = np.empty(len(self.terms), object)
        names[:] = self.terms.decoded(self._labels)
        return names
