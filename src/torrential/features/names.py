"""Names of columns: the known terms of each."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.types import Int32, Int64

SEPARATOR = " | "


class ColumnNames:
    """The known terms of columns; a column may have several names.

    Attributes
    ----------
    n_features : int
    columns : int32 array of shape (n_columns,)
        Columns that have a name, ascending.
    begins : int64 array of shape (n_columns + 1,)
        Column i has names ``begins[i]`` to ``begins[i + 1]``.
    names : object array of str, shape (n_names,)
    signs : int32 array of shape (n_names,)
        Sign of the value that each brings to its column.
    counts : int64 array of shape (n_names,)
        How often each occurred.
    """

    n_features: int
    columns: Int32
    begins: Int64
    names: NDArray[Any]
    signs: Int32
    counts: Int64

    def of(self, column: int) -> slice:
        """Places of the terms of a column."""
        place = int(np.searchsorted(self.columns, column))
        if place == len(self.columns) or self.columns[place] != column:
            return slice(0, 0)
        return slice(int(self.begins[place]), int(self.begins[place + 1]))


def feature_names(known: ColumnNames) -> NDArray[Any]:
    """Name each column: its names by frequency, or 'x' and its number if it has none.

    Returns
    -------
    object array of str, shape (n_features,)
    """
    names = np.empty(known.n_features, object)
    names[:] = [f"x{column}" for column in range(known.n_features)]
    terms, begins = known.names.tolist(), known.begins.tolist()
    for place, column in enumerate(known.columns.tolist()):
        names[column] = SEPARATOR.join(terms[begins[place] : begins[place + 1]])
    return names
