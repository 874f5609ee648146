"""Names of columns: the known terms of each."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from torrential.errors import DataError
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


def terms_of_rows(known: ColumnNames, X: Any) -> list[NDArray[Any]]:
    """Return all names of the columns of each row that are not 0.

    Raises
    ------
    DataError
        If ``X`` has another number of columns.
    """
    matrix = sp.csr_array(X)
    if matrix.shape[1] != known.n_features:
        raise DataError(
            f"X has {matrix.shape[1]} columns and the terms have {known.n_features}: give "
            "rows that were hashed with the same n_features."
        )
    result = []
    for begin, end in zip(matrix.indptr, matrix.indptr[1:], strict=False):
        columns = matrix.indices[begin:end][matrix.data[begin:end] != 0]
        parts = [known.names[known.of(column)] for column in columns]
        result.append(np.concatenate([np.empty(0, object), *parts]))
    return result
