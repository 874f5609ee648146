"""Make a dataset of arrays in memory."""

from dataclasses import replace
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.read import read
from torrential.data.sources.tables import is_indicator, label_array, text_array, value_array


def from_arrays(texts: Any, target: Any = None, weight: Any = None) -> Dataset:
    """Make a dataset of texts in memory, and their labels and weights.

    Parameters
    ----------
    texts : sequence of str or bytes, shape (n_rows,)
        A list, a tuple, or a NumPy, pandas, polars or Arrow array. None is a null. Lone surrogates
        are replaced by ``?``.
    target : sequence of shape (n_rows,), default=None
        Labels of any one type, or lists of them: any number for each row. A matrix of 0 and 1,
        dense or sparse, of shape (n_rows, n_labels), says which labels a row has, as in
        scikit-learn; they are the numbers of its columns.
    weight : sequence of float, shape (n_rows,), default=None
        Sample weights.

    Returns
    -------
    dataset : Dataset
        With columns ``text``, ``target`` and ``weight``.

    Raises
    ------
    DataError
        If a value is not text, labels have several types, or lengths differ.

    Examples
    --------
    >>> from_arrays(["good", "bad"], [1, 0]).schema.names
    ['text', 'target']
    """
    arrays = {"text": text_array(texts, "texts")}
    if target is not None:
        arrays["target"] = label_array(target, "The target")
    if weight is not None:
        arrays["weight"] = value_array(weight, "The weight")
    dataset = read(
        arrays,
        text="text",
        target=None if target is None else "target",
        weight=None if weight is None else "weight",
    )
    return with_label_columns(dataset, target)


def with_label_columns(dataset: Dataset, target: Any) -> Dataset:
    """Return a dataset that knows the columns of the matrix that its labels come from, if any."""
    if not is_indicator(target):
        return dataset
    columns = replace(dataset.columns, n_label_columns=int(target.shape[1]))
    return replace(dataset, columns=columns)
