"""The form in which rows come to a pipeline: texts, frames, arrays or dicts."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import FeatureHasher
from sklearn.pipeline import Pipeline

from torrential.adapters.frames import (
    array_of,
    dicts_of,
    pairs_of,
    pandas_frame,
    polars_frame,
    strings_of,
)
from torrential.adapters.in_memory import is_table_in_memory, table_dataset
from torrential.adapters.inputs import unlabeled, with_text
from torrential.data import Dataset, read
from torrential.data.columns.used import is_text
from torrential.data.sources.objects import row_object
from torrential.errors import DataError
from torrential.extras import check_installed, is_installed
from torrential.types import Batch

FRAMES: tuple[Literal["pandas", "polars"], ...] = ("pandas", "polars")
"""Libraries of frames: the first that is installed is used, unless a step names one."""

Kind = Literal["texts", "arrow", "pandas", "polars", "numpy", "dict", "pair", "string"]


@dataclass(frozen=True, slots=True)
class Form:
    """The form in which a pipeline takes rows.

    Attributes
    ----------
    kind : str
        ``"texts"``, or of a table: ``"arrow"`` for record batches; ``"pandas"``, ``"polars"`` and
        ``"numpy"`` for frames and arrays; the types of input of a ``FeatureHasher``, for lists.
    names : tuple of str
        Columns of a table, in the order of the pipeline.
    texts : tuple of str
        Those of them that hold texts.
    """

    kind: Kind
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether rows have columns."""
        return self.kind != "texts"


TEXTS = Form("texts")


def form_of(dataset: Dataset, estimator: Any) -> Form:
    """Return the form in which an estimator takes the rows of a dataset.

    A table is a pandas frame, so that steps can choose columns by name; a polars frame if the
    output of a step, or scikit-learn's configuration, is one; an array if there is no pandas.
    ``FeatureHasher`` as the first step gets dicts, pairs or texts, as its ``input_type`` says.
    """
    if dataset.text:
        return TEXTS
    names = dataset.columns.inputs
    texts = tuple(name for name in names if _holds_text(dataset.schema.field(name).type))
    return Form(_kind_for(estimator), names, texts)


def rows_of_batch(batch: Batch, form: Form, chosen: NDArray[Any] | None = None) -> Any:
    """Return rows of a batch in a form.

    Parameters
    ----------
    batch : Batch
    form : Form
    chosen : array of int or bool, default=None
        Places of the rows, or which of them; None for all.
    """
    if not form.is_table:
        texts = texts_of_batch(batch)
        return texts if chosen is None else texts[chosen]
    rows = batch.columns
    if tuple(rows.schema.names) != form.names:
        rows = rows.select(list(form.names))
    if chosen is not None and not _is_all(chosen, rows.num_rows):
        places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        rows = rows.take(pa.array(places))
    if form.kind == "arrow":
        return rows
    if form.kind == "pandas":
        return pandas_frame(rows, form.texts)
    if form.kind == "polars":
        return polars_frame(rows, form.texts)
    if form.kind == "numpy":
        return array_of(rows, form.texts)
    return {"dict": dicts_of, "pair": pairs_of, "string": strings_of}[form.kind](rows)


def texts_of_batch(batch: Batch) -> NDArray[Any]:
    """Return all texts of a batch; a null is an empty one."""
    return np.array(batch.text.fill_null("").to_pylist(), object)


def rows_for(X: Any, form: Form) -> Dataset:
    """Return rows to predict by a model that has learned rows of a form, possibly none.

    Parameters
    ----------
    X : Dataset, texts, or table in memory
        A table may have its columns in any order, and others.
    form : Form
    """
    if not form.is_table:
        return with_text(unlabeled(X))
    if isinstance(X, Dataset):
        dataset = X
    elif row_object(X) is not None:
        dataset = read(X)
    elif is_table_in_memory(X) or (isinstance(X, list) and not X):
        dataset = table_dataset(X, names=form.names)
    else:
        raise DataError(
            f"X is of type {type(X).__name__}, but the model has learned a table: pass a frame, an "
            "Arrow table, a dict of columns, a 2-D array, or a Dataset."
        )
    return narrowed(dataset, form, with_target=False)


def narrowed(dataset: Dataset, form: Form, *, with_target: bool = True) -> Dataset:
    """Return a dataset whose inputs are the columns of a form, in their order.

    Raises
    ------
    DataError
        If it lacks one of them, or is one of texts.
    """
    if not form.is_table:
        return dataset
    known = dataset.columns.inputs
    missing = [name for name in form.names if name not in known]
    if dataset.text:
        raise DataError(
            f"{dataset.source} is read as texts, but the model has learned a table with the "
            f"columns {_listed(form.names)}: leave out text= in torrential.read."
        )
    if missing:
        raise DataError(
            f"{dataset.source} has no input {missing[0]!r}, which the model has learned: give rows "
            f"with the columns {_listed(form.names)}."
        )
    columns = replace(dataset.columns, inputs=form.names)
    if not with_target:
        columns = replace(columns, target=None, weight=None)
    types = {name: dataset.schema.field(name).type for name in form.names}
    empty = [name for name, kind in types.items() if pa.types.is_null(kind)]
    texts = set(form.texts)
    return replace(dataset, columns=columns).with_kinds(texts, set(empty) - texts)


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:10]))
    return f"{shown} and {len(names) - 10} others" if len(names) > 10 else shown


def _kind_for(estimator: Any) -> Kind:
    steps = (
        [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    )
    if isinstance(steps[0], FeatureHasher):
        return steps[0].input_type
    if getattr(steps[0], "_takes_arrow", False):
        return "arrow"
    asked = [getattr(step, "_sklearn_output_config", {}).get("transform") for step in steps]
    found = [each for each in [*asked, get_config()["transform_output"]] if each is not None]
    for frame in found[:1]:
        if frame in FRAMES:
            check_installed(frame, f"A step with the output of {frame}")
    if "polars" in found[:1]:
        return "polars"
    installed = next(filter(is_installed, FRAMES), None)
    if installed is None and _names_columns(estimator):
        check_installed("pandas", "A ColumnTransformer that chooses columns by name")
    return installed or "numpy"


def _names_columns(estimator: Any) -> bool:
    """Return whether a step, or a part of one, chooses columns by their names or types."""
    parts = [estimator, *estimator.get_params().values()]
    found = [part for part in parts if isinstance(part, ColumnTransformer)]
    return any(_has_name(columns) for part in found for _, _, columns in part.transformers)


def _has_name(columns: Any) -> bool:
    if isinstance(columns, str) or callable(columns):
        return True
    bounds = (columns.start, columns.stop) if isinstance(columns, slice) else columns
    return any(isinstance(each, str) for each in np.ravel(bounds).tolist())


def _holds_text(kind: pa.DataType) -> bool:
    return is_text(kind) and not pa.types.is_null(kind)


def _is_all(chosen: NDArray[Any], n_rows: int) -> bool:
    if chosen.dtype == bool:
        return bool(chosen.all())
    return len(chosen) == n_rows and bool((chosen == np.arange(n_rows)).all())
