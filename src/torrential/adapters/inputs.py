"""The door of TextClassifier: what users pass as X, y, sample_weight and classes."""

from collections.abc import Iterable, Mapping, Sequence, Set, Sized
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.adapters.in_memory import has_names, is_table_in_memory, table_dataset, table_of
from torrential.data import Dataset, from_arrays, read
from torrential.data.columns.label_lists import is_label_list, value_type
from torrential.data.columns.used import is_text
from torrential.data.columns.weights import first_wrong
from torrential.data.sources.objects import RowObject, row_object, usual_columns
from torrential.data.sources.tables import is_indicator, value_array
from torrential.engine.targets.labels import Encoded, Labels, encode
from torrential.errors import DataError, ParameterError
from torrential.linear.class_weight import check_names, missing_names
from torrential.logs import logger_of

logger = logger_of("train")

Texts = Any
"""A Dataset, or a list, NumPy, pandas, polars or Arrow array of strings; or an object of another
library with rows, whose columns are named as usual: text, and label or target."""


def labeled(X: Texts, y: Any, sample_weight: Any, *, tables: bool = False) -> Dataset:
    """Return rows to learn or to score, or raise a DataError that names the first problem.

    Parameters
    ----------
    X, y, sample_weight
    tables : bool, default=False
        Whether X may be a frame, an Arrow table, a dict of columns, or a 2-D array, too.
    """
    if isinstance(X, Dataset):
        if y is not None or sample_weight is not None:
            raise DataError(
                "A Dataset brings its own labels and weights: leave out y and sample_weight, and "
                "name the columns in read(..., target=, weight=)."
            )
        if X.target is None:
            raise DataError(f"{X!r} has no labels: name their column in read(..., target=).")
        return X
    if y is None and (rows := row_object(X)) is not None:
        return _named(X, rows, needs_target=True)
    if y is None:
        raise DataError("Labels are missing: pass y, or a Dataset that has a target column.")
    is_table = tables and is_table_in_memory(X)
    X = table_of(X) if is_table else _checked_texts(X)
    if not is_indicator(y):
        _check_column("y", y)
    _check_length("y", y, X)
    if sample_weight is not None:
        _check_column("sample_weight", sample_weight)
        _check_length("sample_weight", sample_weight, X)
        sample_weight = _checked_weight(sample_weight)
    make = table_dataset if is_table else from_arrays
    return make(X, y if is_indicator(y) else _checked_labels(y), sample_weight)


def with_text(dataset: Dataset) -> Dataset:
    """Return a dataset of texts, or raise a ParameterError if it is a table."""
    if not dataset.text:
        names = [field.name for field in dataset.schema if is_text(field.type)]
        texts = ", ".join(map(repr, names)) or "none"
        raise ParameterError(
            f"{dataset.source} has no text for this estimator: name its column in read(text=), one "
            f"of {texts}, or learn the table with TableClassifier."
        )
    return dataset


def with_inputs(dataset: Dataset) -> Dataset:
    """Return a dataset of a table, or raise a ParameterError if it is one of texts."""
    if not dataset.columns.inputs:
        raise ParameterError(
            f"{dataset!r} is of texts: read it without text=, then its columns are inputs."
        )
    return dataset


def as_dataset(X: Any) -> Dataset | None:
    """Return rows that are read in batches: a Dataset, a table, or an object of another library.

    An array in memory is none of them.
    """
    if isinstance(X, Dataset):
        return X
    if is_table_in_memory(X) and has_names(X):
        return table_dataset(X)
    return None if row_object(X) is None else unlabeled(X)


def unlabeled(X: Texts) -> Dataset:
    """Return rows to predict, possibly none."""
    if isinstance(X, Dataset):
        return X
    if (rows := row_object(X)) is not None:
        return _named(X, rows, needs_target=False)
    X = _checked_texts(X)
    # A table has to have rows, so that the types of its columns are known; its head need not.
    return from_arrays(X) if len(X) > 0 else from_arrays([""]).take(0)


def with_any_labels(X: Any, taker: str) -> Dataset:
    """Return rows that have their texts in a column, and their labels if there are any.

    Raises
    ------
    ParameterError
        X is neither a Dataset nor an object of another library; the taker begins the sentence.
    """
    if isinstance(X, Dataset):
        return with_text(X)
    rows = row_object(X)
    if rows is None:
        raise ParameterError(
            f"{taker} takes a Dataset, not {type(X).__name__}: make one with torrential.read."
        )
    text, target = usual_columns(rows.schema, rows.name, needs_target=False)
    return read(X, text=text, target=target)


def _named(X: Any, rows: RowObject, *, needs_target: bool) -> Dataset:
    text, target = usual_columns(rows.schema, rows.name, needs_target=needs_target)
    return read(X, text=text, target=target if needs_target else None)


def check_same_kind(dataset: Dataset, known: list[Any]) -> None:
    """Raise a DataError if new labels do not sort together with the known labels."""
    kind = value_type(dataset.schema.field(dataset.target).type)
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not known or pa.types.is_null(kind):
        return
    are_numbers = isinstance(known[0], int | float)
    if are_numbers != _is_number(kind) or isinstance(known[0], str) != _is_string(kind):
        raise DataError(
            f"The labels are of type {kind}, but those learned or expected so far, such as "
            f"{known[0]!r}, are of type {type(known[0]).__name__}: make them all of one type."
        )


def check_class_weight(class_weight: Any, dataset: Dataset) -> None:
    """Raise a ParameterError if weights name a label that no row in memory has."""
    if not isinstance(class_weight, Mapping):
        return
    if dataset.has_label_sets:
        return
    labels = Labels()
    for partition in dataset.partitions("target"):
        for batch in partition.batches():
            labels.codes(encode(batch.target))
    check_names(class_weight, labels.values)


def say_missing_names(class_weight: Any, labels: Sequence[Any]) -> None:
    """Log a warning if class weights name labels that no row had."""
    missing = missing_names(class_weight, labels)
    if missing:
        shown = " or ".join(map(repr, missing))
        logger.warning("No row has the label %s of class_weight", shown, extra={"is_shown": True})


def encode_classes(classes: Any) -> Encoded:
    """Return the expected labels, distinct and in ascending order."""
    values = classes.tolist() if hasattr(classes, "tolist") else classes
    if isinstance(values, list | tuple):
        values = [value.item() if isinstance(value, np.generic) else value for value in values]
    if not isinstance(values, Iterable) or isinstance(values, str | bytes | Mapping):
        raise DataError(f"classes={classes!r} is not a list: pass the labels to expect.")
    try:
        different = sorted(set(values))
    except TypeError:
        raise DataError(
            "classes has labels that do not sort together: pass strings only, or numbers only."
        ) from None
    if any(value != value for value in different):
        raise DataError("classes has a missing value: leave it out.")
    return Encoded(np.arange(len(different), dtype=np.int32), different)


def _checked_texts(X: Texts) -> Sized:
    """Return X if it looks like a column of texts, without a look at each of them."""
    if isinstance(X, str | bytes):
        raise DataError("X is one string: pass a list of strings, one for each row.")
    is_table = getattr(X, "ndim", 1) != 1 or isinstance(X, Mapping | pa.Table | pa.RecordBatch)
    if is_table or hasattr(X, "columns"):
        raise DataError(
            "X is a table or a number, not a column of texts: pass one column of it, or "
            "torrential.read(X, text=...)."
        )
    if isinstance(X, Set) or not isinstance(X, Iterable):
        raise DataError(
            f"X is of type {type(X).__name__}: pass a list or an array of strings, or a Dataset."
        )
    return X if isinstance(X, Sized) else list(X)


def _check_column(name: str, values: Any) -> None:
    is_single = isinstance(values, str | bytes) or not isinstance(values, Iterable)
    is_table = getattr(values, "ndim", 1) != 1 or hasattr(values, "columns")
    if is_single or is_table or isinstance(values, Mapping | Set):
        raise DataError(
            f"{name} is a {type(values).__name__}, not one column: pass one value for each row."
        )


def _check_length(name: str, values: Any, X: Sized) -> None:
    if not isinstance(values, Sized):
        return
    shape = getattr(values, "shape", None)  # a sparse matrix has no length
    n_values = len(values) if shape is None else shape[0]
    if n_values != len(X):
        raise DataError(
            f"X has {len(X)} rows but {name} has {n_values}: pass one value for each row."
        )


def _checked_labels(y: Any) -> pa.Array | pa.ChunkedArray:
    labels = value_array(y, "y")
    if pa.types.is_nested(labels.type) and not is_label_list(labels.type):
        raise DataError(
            f"y holds {labels.type}: a label must be one string, number or boolean, or several in "
            "a list, for each row."
        )
    return labels


def _checked_weight(sample_weight: Any) -> Any:
    try:
        weight = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        raise DataError("sample_weight has values that are not numbers: convert them.") from None
    if weight.ndim != 1:
        raise DataError(
            f"sample_weight has {weight.ndim} dimensions: pass one number for each row."
        )
    row = first_wrong(weight)
    if row is not None:
        raise DataError(f"sample_weight[{row}] is {weight[row]}: give finite numbers of 0 or more.")
    return weight


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return any(
        is_such(kind)
        for is_such in (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
    )


def _is_string(kind: pa.DataType) -> bool:
    types = pa.types
    return any(
        is_such(kind) for is_such in (types.is_string, types.is_large_string, types.is_string_view)
    )
