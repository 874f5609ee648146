"""Rows that users pass to pipelines, and learners of pipelines for them, before they learn."""

from dataclasses import replace
from itertools import dropwhile
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import is_regressor

from torrential.adapters.forms import Form, form_of, rows_of_batch
from torrential.adapters.in_memory import has_names, is_table_in_memory, table_dataset
from torrential.adapters.inputs import labeled, unlabeled
from torrential.adapters.learner import (
    PipelineLearner,
    needs_labels,
    takes_weight,
    transformers_of,
)
from torrential.adapters.needs import Needs, needs_of
from torrential.adapters.step_learning import FEW_ROWS
from torrential.adapters.steps import final_step
from torrential.data import Dataset
from torrential.data.columns.used import is_number
from torrential.errors import DataError, ParameterError
from torrential.types import Batch


def rows_to_learn(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Dataset:
    """Return what users pass as a dataset; labels may be missing where a pipeline needs none.

    Raises
    ------
    DataError
        As `labeled` does.
    ParameterError
        There are weights, which the last step does not take.
    """
    final = final_step(estimator)
    if needs_labels(final) or y is not None:
        dataset = labeled(X, y, sample_weight, tables=True)
    elif is_table_in_memory(X):
        dataset = table_dataset(X, None, sample_weight)
    else:
        dataset = unlabeled(X)
    if is_regressor(final) and dataset.target is not None:
        _check_numbers(dataset)
    if dataset.weight is not None and not takes_weight(final):
        raise ParameterError(
            f"{type(final).__name__} takes no weights of rows: leave out the column "
            f"{dataset.weight!r}, or sample_weight."
        )
    return dataset


def _check_numbers(dataset: Dataset) -> None:
    kind = dataset.schema.field(dataset.target).type
    if not (is_number(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
        raise DataError(
            f"The target {dataset.target!r} of {dataset.source} holds {kind}, but a regressor "
            "learns numbers: name a column of numbers, or learn classes."
        )


def form_for(estimator: Any, X: Any, dataset: Dataset) -> Form:
    """Return the form in which a pipeline gets the rows of X: an array stays one."""
    form = form_of(dataset, estimator)
    is_array = form.is_table and not isinstance(X, Dataset) and not has_names(X)
    return replace(form, kind="numpy") if is_array else form


class NewLearners:
    """Makes learners of pipelines for the rows of a dataset.

    Steps whose fit is about columns only are fitted to the first rows: then rows pass through them
    on threads, and once for all pipelines that have them. Of data that is read only once, they are
    fitted while the pipeline learns.

    Parameters
    ----------
    dataset : Dataset
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._batch: Batch | None = None

    def __call__(
        self, estimator: Any, classes: NDArray[Any] | None, form: Form | None = None
    ) -> PipelineLearner:
        """Return a learner.

        Parameters
        ----------
        estimator : Pipeline, or estimator with partial_fit
        classes : array of shape (n_classes,), or None
        form : Form, default=None
            The form of its rows; None for the usual one.
        """
        form = form_of(self._dataset, estimator) if form is None else form
        first = self._first(form) if _begins_with_columns(estimator) else None
        return PipelineLearner(estimator, classes, form, first)

    def _first(self, form: Form) -> Any:
        if self._dataset.is_read_once:
            return None
        if self._batch is None:
            self._batch = next((each for each in self._dataset.batches() if each.n_rows > 0), None)
        if self._batch is None:
            return None
        return rows_of_batch(self._batch, form, np.arange(min(FEW_ROWS, self._batch.n_rows)))


def _begins_with_columns(estimator: Any) -> bool:
    needs = [needs_of(step) for _, step in transformers_of(estimator)]
    return next(dropwhile(lambda each: each is Needs.NOTHING, needs), None) is Needs.COLUMNS
