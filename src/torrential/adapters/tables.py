"""The door of TableClassifier: what users pass as X, y and sample_weight."""

from typing import Any

import numpy as np
import pyarrow as pa

from torrential.adapters.inputs import checked_column
from torrential.data import Dataset, read
from torrential.data.sources.tables import is_table, to_batches
from torrential.errors import DataError, ParameterError

Table = Any
"""A Dataset of a table; a pandas or polars frame, an Arrow table, a dict of columns, a list of
dicts, or a two-dimensional array of numbers, whose columns are called x0, x1 and so on."""

TARGET, WEIGHT = "target", "sample_weight"


def labeled_table(X: Table, y: Any, sample_weight: Any) -> Dataset:
    """Return rows to learn or to score, or raise an error that names the first problem."""
    if isinstance(X, Dataset):
        if y is not None or sample_weight is not None:
            raise DataError(
                "A Dataset brings its own labels and weights: leave out y and sample_weight, and "
                "name the columns in read(..., target=, weight=)."
            )
        if X.target is None:
            raise DataError(f"{X!r} has no labels: name their column in read(..., target=).")
        return with_inputs(X)
    if y is None:
        raise DataError("Labels are missing: pass y, or a Dataset that has a target column.")
    columns = _columns_of(X)
    n_rows = len(next(iter(columns.values())))
    given: dict[str, Any] = {}
    for parameter, name, values in (("target", TARGET, y), ("weight", WEIGHT, sample_weight)):
        if values is None:
            continue
        while name in columns:
            name += "_"
        columns[name] = checked_column("y" if parameter == "target" else name, values, n_rows)
        given[parameter] = name
    return read(columns, **given)


def unlabeled_table(X: Table) -> Dataset:
    """Return rows to predict."""
    if isinstance(X, Dataset):
        return with_inputs(X)
    columns = _columns_of(X)
    if len(next(iter(columns.values()))) == 0:  # a dataset has rows, but its head need not
        return read({name: pa.nulls(1) for name in columns}).take(0)
    return read(columns)


def with_inputs(dataset: Dataset) -> Dataset:
    """Return a dataset of a table, or raise a ParameterError if it is one of texts."""
    if not dataset.columns.inputs:
        raise ParameterError(
            f"{dataset!r} is of texts: read it without text=, then its columns are inputs."
        )
    return dataset


def _columns_of(X: Table) -> dict[str, Any]:
    """Return the columns of a table in memory by name."""
    if isinstance(X, np.ndarray) and X.ndim == 2:
        return {f"x{place}": X[:, place] for place in range(X.shape[1])}
    if not is_table(X):
        raise DataError(
            f"X is of type {type(X).__name__}, not a table: pass a Dataset, a frame, an Arrow "
            "table or a dict of columns."
        )
    batches = to_batches(X, ())
    if not batches:
        names = X.column_names if isinstance(X, pa.Table) else list(X)
        return {str(name): pa.nulls(0) for name in names}
    table = pa.Table.from_batches(batches)
    return {name: table.column(name) for name in table.column_names}
