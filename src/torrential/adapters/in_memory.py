"""Tables in memory as datasets: frames, Arrow tables, dicts of columns, and arrays."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data import Dataset, read
from torrential.data.arrays import with_label_columns
from torrential.data.sources.objects import row_object
from torrential.data.sources.tables import is_table, label_array, to_batches, value_array
from torrential.errors import DataError


def is_table_in_memory(X: Any) -> bool:
    """Return whether rows have columns: a frame, an Arrow table, dicts, or a 2-D array."""
    is_column = isinstance(X, str | bytes | pa.Array | pa.ChunkedArray)
    if is_column or isinstance(X, Dataset) or row_object(X) is not None:
        return False
    if isinstance(X, Mapping):
        return True
    if isinstance(X, list | tuple):
        return bool(X) and all(isinstance(row, Mapping | list | tuple) for row in X[:1])
    n_dimensions = getattr(X, "ndim", 2)
    return n_dimensions == 2 and (isinstance(X, np.ndarray) or is_sparse(X) or is_table(X))


def table_of(X: Any, names: Sequence[str] | None = None) -> pa.Table:
    """Return rows in memory as an Arrow table.

    Parameters
    ----------
    X : frame, Arrow table, dict of columns, list of dicts, or array of shape (n_rows, n_columns)
    names : sequence of str, default=None
        Names of the columns of an array; None for x0, x1 and so on.

    Raises
    ------
    DataError
        If it is sparse, or an array with another number of columns.
    """
    if is_sparse(X):
        raise DataError(
            "X is a sparse matrix, which has no columns to read: fit the pipeline to it with "
            "scikit-learn, or give a frame."
        )
    if isinstance(X, list | tuple) and X and not isinstance(X[0], Mapping):
        X = np.asarray(X)
    if isinstance(X, np.ndarray):
        names = [f"x{place}" for place in range(X.shape[-1])] if names is None else names
        if X.ndim != 2 or X.shape[1] != len(names):
            raise DataError(
                f"X is an array of shape {X.shape}, but the model has learned {len(names)} columns:"
                " give one value for each of them."
            )
        arrays = [value_array(X[:, place], f"Column {place}") for place in range(len(names))]
        return pa.Table.from_arrays(arrays, names=list(names))
    batches = to_batches(X, ())
    if not batches and names is None:
        raise DataError("X is a table without rows: give one with rows.")
    return pa.Table.from_batches(batches) if batches else pa.table({n: [] for n in names or ()})


def is_sparse(X: Any) -> bool:
    """Return whether rows are a matrix of SciPy: there is none before its module is imported."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(X))


def has_names(X: Any) -> bool:
    """Return whether the columns of rows have names: not those of an array or of lists."""
    is_array = isinstance(X, np.ndarray) or is_sparse(X)
    return not is_array and not (isinstance(X, list | tuple) and isinstance(X[0], list | tuple))


def table_dataset(
    X: Any, y: Any = None, sample_weight: Any = None, names: Sequence[str] | None = None
) -> Dataset:
    """Return a table in memory as a dataset, all columns of which are inputs.

    Parameters
    ----------
    X, names
        As for `table_of`.
    y : array of shape (n_rows,), or a matrix of labels as `from_arrays` takes, default=None
    sample_weight : array of shape (n_rows,), default=None
    """
    table, others = table_of(X, names), []
    if table.num_rows == 0 and names is not None:
        return read(pa.table({name: pa.nulls(1) for name in names})).take(0)
    for name, values in {"target": y, "weight": sample_weight}.items():
        while name in table.column_names:
            name = f"{name}_"
        others.append(None if values is None else name)
        if values is not None:
            array = label_array(values, name)
            is_chunked = isinstance(array, pa.ChunkedArray)  # which would cut the batches
            table = table.append_column(name, array.combine_chunks() if is_chunked else array)
    return with_label_columns(read(table, target=others[0], weight=others[1]), y)
