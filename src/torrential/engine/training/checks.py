"""Checks that there are rows and labels enough for a classifier."""

from collections.abc import Sequence
from typing import Any

from torrential.data.dataset import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.targets.labels import check_not_continuous
from torrential.engine.training.survey import Survey
from torrential.errors import DataError


def check_learned(model: HashedModel, dataset: Dataset, labels: str | None = None) -> None:
    """Raise a DataError if the rows are not enough to train a model.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
        The learned model.
    labels : str, default=None
        What the user calls the labels; by default their column.
    """
    counts = model.counts
    if model.is_regression:
        _check_numbers(counts.n_rows, counts.n_rows - counts.left_out, dataset, labels)
        return
    least = 1 if model.is_multilabel else 2
    _check_labels(model.labels.values, counts.n_rows, dataset, labels, least)
    check_not_continuous(model.labels, counts.n_rows - counts.left_out)


def check_survey(found: Survey, dataset: Dataset) -> None:
    """Raise a DataError if the surveyed rows are not enough to train a model."""
    if found.numbers is not None:
        _check_numbers(sum(found.sizes), found.n_labeled, dataset)
        return
    least = 1 if dataset.has_label_sets else 2
    _check_labels(found.labels.values, sum(found.sizes), dataset, least=least)


def _check_labels(
    values: Sequence[Any], n_rows: int, dataset: Dataset, labels: str | None = None, least: int = 2
) -> None:
    """Raise a DataError unless this many rows have at least two labels, or one."""
    if n_rows == 0:
        raise _no_rows(dataset)
    if len(values) == 0 and dataset.has_label_sets:
        raise DataError(
            f"None of the {n_rows} rows of {dataset.source} has a label in "
            f"{_called(dataset, labels)}: give rows with labels there."
        )
    if len(values) == 0:
        raise DataError(
            f"All {n_rows} rows of {dataset.source} have a null label in {_called(dataset, labels)}"
            ": give rows with labels there."
        )
    if len(values) < least:
        raise one_label(values[0], dataset, labels)


def _check_numbers(
    n_rows: int, n_labeled: int, dataset: Dataset, target: str | None = None
) -> None:
    """Raise a DataError if none of this many rows has a number to learn."""
    if n_rows == 0:
        raise _no_rows(dataset)
    if n_labeled == 0:
        raise DataError(
            f"All {n_rows} rows of {dataset.source} have no number in {_called(dataset, target)}: "
            "give rows with numbers there."
        )


def one_label(label: object, dataset: Dataset, labels: str | None = None) -> DataError:
    """Return the error for rows that all have the same label; arguments as in `check_learned`."""
    return DataError(
        f"All rows of {dataset.source} have the one label {label!r} in {_called(dataset, labels)}, "
        "but a classifier needs two classes: add rows of another."
    )


def _no_rows(dataset: Dataset) -> DataError:
    return DataError(f"{dataset.source} has no rows: give files with labeled rows.")


def _called(dataset: Dataset, labels: str | None) -> str:
    return labels or f"column {dataset.target!r}"
