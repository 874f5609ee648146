"""Rows of texts as estimators take them: arrays of strings, labels and weights."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from torrential.adapters.forms import TEXTS, Form, form_of, narrowed, rows_of_batch
from torrential.adapters.inputs import as_dataset
from torrential.adapters.results import stacked
from torrential.data import Dataset
from torrential.data.columns.label_lists import is_list
from torrential.data.sources.objects import row_object
from torrential.engine.targets.label_values import as_numpy
from torrential.errors import ParameterError
from torrential.types import Batch


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows as an estimator takes them."""

    X: Any
    y: NDArray[Any]
    weight: NDArray[Any] | None


def examples_of(batch: Batch, form: Form = TEXTS) -> Examples:
    """Return the labeled rows of a batch."""
    keep, y = labels_of(batch)
    weight = weights_of(batch)
    return Examples(rows_of_batch(batch, form, keep), y, None if weight is None else weight[keep])


def labels_of(batch: Batch) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Return which rows of a batch have a label, and these labels."""
    assert batch.target is not None  # checked at the door
    if is_list(batch.target.type):
        raise ParameterError(
            "These rows have several labels each, which TextClassifier, TableClassifier and what "
            "is made of them learn: pass one of them, or rows with one label."
        )
    keep = np.array(batch.target.is_valid())
    if pa.types.is_floating(batch.target.type):
        keep &= ~np.isnan(batch.target.fill_null(0.0).to_numpy(zero_copy_only=False))
    return keep, as_numpy(batch.target.filter(pa.array(keep)).to_pylist())


def weights_of(batch: Batch) -> NDArray[Any] | None:
    """Return the weights of all rows of a batch; a null is 1."""
    if batch.weight is None:
        return None
    weight: NDArray[Any] = batch.weight.fill_null(1.0).to_numpy(zero_copy_only=False)
    return weight


def labeled_examples(dataset: Dataset, form: Form = TEXTS) -> Iterator[Examples]:
    """Yield the labeled rows of a dataset in a form, batch by batch."""
    for batch in dataset.batches():
        if batch.target is not None:
            examples = examples_of(batch, form)
            if len(examples.y) > 0:
                yield examples


def first_examples(dataset: Dataset, n: int, form: Form = TEXTS) -> Examples | None:
    """Return the first labeled rows of a dataset with their weights; None without such rows."""
    found: list[Examples] = []
    for examples in labeled_examples(dataset, form):
        found.append(examples)
        if sum(len(each.y) for each in found) >= n:
            break
    joined = joined_examples(found)
    if joined is None:
        return None
    weight = None if joined.weight is None else joined.weight[:n]
    return Examples(joined.X[:n], joined.y[:n], weight)


def joined_examples(batches: Sequence[Examples]) -> Examples | None:
    """Return all rows of several batches; None without rows."""
    if not batches:
        return None
    weights = [np.ones(len(each.y)) if each.weight is None else each.weight for each in batches]
    has_weight = any(each.weight is not None for each in batches)
    return Examples(
        stacked([each.X for each in batches]),
        np.concatenate([each.y for each in batches]),
        np.concatenate(weights) if has_weight else None,
    )


def head(examples: Examples, n: int) -> Examples:
    """Return the first rows, without weights."""
    return Examples(examples.X[:n], examples.y[:n], None)


def rows_of(dataset: Dataset, form: Form) -> Iterator[Any]:
    """Yield the rows of a dataset in a form, batch by batch."""
    for batch in dataset.batches():
        yield rows_of_batch(batch, form)


def takes_datasets(estimator: Any) -> bool:
    """Return whether an estimator reads datasets itself, rather than texts."""
    return bool(getattr(estimator, "_takes_datasets", False))


def applied(estimator: Any, method: str, X: Any) -> NDArray[Any]:
    """Return the results of a method for rows; those of a dataset are read in batches if needed."""
    dataset = None if takes_datasets(estimator) else as_dataset(X)
    if dataset is None:
        result: NDArray[Any] = getattr(estimator, method)(X)
        return result
    parts = [getattr(estimator, method)(rows) for rows in rows_of(*learned(estimator, dataset))]
    return stacked(parts) if parts else np.zeros(0)


def learned(estimator: Any, dataset: Dataset) -> tuple[Dataset, Form]:
    """Return rows for a fitted estimator, with the columns that it has learned, and their form."""
    form = form_of(dataset, estimator)
    names = getattr(estimator, "feature_names_in_", None)
    if form.is_table and names is not None:
        form = replace(form, names=tuple(names))
    return narrowed(dataset, form), form


def is_text(X: Any) -> bool:
    """Return whether rows are a dataset or texts, not numbers."""
    if isinstance(X, Dataset) or row_object(X) is not None:
        return True
    if getattr(X, "ndim", 1) != 1 or not isinstance(X, Iterable):
        return False
    first = next((item for item in X if item is not None), None)
    return isinstance(first, str | bytes) or hasattr(first, "as_py")
