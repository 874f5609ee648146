"""Rows that were scored for a report, with their texts, and which of their terms are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.scoring.predict import Scored
from torrential.types import Batch, Bool, Csr, Int32, Int64

MOST_MARKED = 2**28
"""Columns up to which a byte for each is kept."""

NOT_ASKED, WITHOUT, WITH = 0, 1, 2


@dataclass(frozen=True, slots=True)
class ScoredTexts(Scored):
    """A batch, its scores, and the rows as they were read.

    Attributes
    ----------
    batch : Batch
    n_unknown : int64 array of shape (n_rows,)
        Different terms of each row that have no weight in the model.
    is_learned : bool array of shape (n_rows,), or None
        Whether each row is one of the training; None if that is not known.
    """

    batch: Batch
    n_unknown: Int64
    is_learned: Bool | None


class WeightedColumns:
    """Which columns have a weight in a model: looked up once for each, and then remembered.

    Threads may use it at once: what they remember is the same.

    Parameters
    ----------
    model : HashedModel
    """

    def __init__(self, model: HashedModel) -> None:
        self._model = model
        n_features = model.hashing.n_features
        self._marks: NDArray[np.uint8] | None = None
        if n_features <= MOST_MARKED:
            self._marks = np.zeros(n_features, np.uint8)

    def n_unknown(self, rows: Csr) -> Int64:
        """Return how many columns of each row have no weight, shape (n_rows,)."""
        known = np.append(0, np.cumsum(self._are_weighted(rows.indices)))[rows.indptr]
        return (np.diff(rows.indptr) - np.diff(known)).astype(np.int64)

    def _are_weighted(self, columns: Int32) -> Bool:
        if self._marks is None:
            different, places = np.unique(columns, return_inverse=True)
            found: Bool = (self._model.linear.largest_weights(different) > 0)[places]
            return found
        new = np.unique(columns[self._marks[columns] == NOT_ASKED])
        if len(new) > 0:
            has_weight = self._model.linear.largest_weights(new) > 0
            self._marks[new] = np.where(has_weight, WITH, WITHOUT)
        is_weighted: Bool = self._marks[columns] == WITH
        return is_weighted
