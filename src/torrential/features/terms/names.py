"""Names of columns and rows, from an index of terms."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from torrential.errors import DataError
from torrential.features.terms.term_index import TermIndex

SEPARATOR = " | "


def feature_names(index: TermIndex) -> NDArray[Any]:
    """Name each column: its terms by frequency, or 'x' and its number if it has none.

    Returns
    -------
    object array of str, shape (n_features,)
    """
    n_features, by_column = index.settings.n_features, index.by_column
    names = np.empty(n_features, object)
    names[:] = [f"x{column}" for column in range(n_features)]
    terms, begins = by_column.names.tolist(), by_column.begins.tolist()
    for place, column in enumerate(by_column.columns.tolist()):
        names[column] = SEPARATOR.join(terms[begins[place] : begins[place + 1]])
    return names


def terms_of_rows(index: TermIndex, X: Any) -> list[NDArray[Any]]:
    """Return all terms of the columns of each row that are not 0.

    Raises
    ------
    DataError
        If ``X`` has another number of columns.
    """
    matrix, by_column = sp.csr_array(X), index.by_column
    if matrix.shape[1] != index.settings.n_features:
        raise DataError(
            f"X has {matrix.shape[1]} columns and the terms have {index.settings.n_features}: give "
            "rows that were hashed with the same n_features."
        )
    result = []
    for begin, end in zip(matrix.indptr, matrix.indptr[1:], strict=False):
        columns = matrix.indices[begin:end][matrix.data[begin:end] != 0]
        parts = [by_column.names[by_column.of(column)] for column in columns]
        result.append(np.concatenate([np.empty(0, object), *parts]))
    return result
