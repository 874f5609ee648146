"""The terms of rows that were hashed to a sparse matrix."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from torrential.errors import DataError
from torrential.features.names import ColumnNames


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
