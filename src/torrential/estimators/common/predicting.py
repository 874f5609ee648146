"""Predictions to files and folders: from what users give to what the engine does."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, SupportsIndex

from torrential.data import Dataset
from torrential.engine.scoring.application import Application
from torrential.engine.scoring.chosen import Threshold, goal_of
from torrential.engine.scoring.contract import Predictor
from torrential.engine.scoring.deciding import sets_decided
from torrential.engine.scoring.gate import parse_gate
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.engine.scoring.row_filter import RowFilter
from torrential.engine.scoring.to_file import apply_to_file, progress_of_file
from torrential.engine.scoring.to_folder import apply_to_folder
from torrential.errors import ParameterError
from torrential.execution import opened
from torrential.persistence.outputs import is_folder


def application_of(
    predictors: Mapping[Any, Predictor],
    *,
    where: str | Sequence[str] | None = None,
    top_k: int = 1,
    all_probabilities: bool = False,
    keep: Any = None,
    threshold: Threshold = None,
    min_precision: float | None = None,
    min_recall: float | None = None,
    cost: float | None = None,
    keep_top: float | int | str | None = None,
    reject: bool = False,
) -> Application:
    """Return how models are applied to rows.

    Parameters
    ----------
    predictors : mapping of str to Predictor
        By the name of its columns; of a single model, None for the usual names.
    where : str or sequence of str, default=None
        Conditions for models to see a row.
    top_k, all_probabilities, keep, threshold, min_precision, min_recall, cost, keep_top, reject
        As those of ``predict_to``; the filter is by the last model.

    Raises
    ------
    ParameterError
        If one of them is invalid.
    """
    names, models = list(predictors), list(predictors.values())
    if len({predictor.inputs is None for predictor in models}) > 1:
        raise ParameterError(
            "Some models take texts, and others the columns of a table: apply them separately."
        )
    conditions = [where] if isinstance(where, str) else list(where or ())
    if conditions and len(models) == 1:
        raise ParameterError(
            "where says which rows the next models see, but there is only one: give several, or "
            "choose rows with keep and threshold."
        )
    labels, goal = [each.labels for each in models], goal_of(min_precision, min_recall, cost)
    models[-1] = sets_decided(models[-1], threshold, goal)
    row_filter = RowFilter.of(
        models[-1],
        keep=keep,
        threshold=threshold,
        goal=goal,
        keep_top=keep_top,
        reject=reject,
    )
    if row_filter is not None and row_filter.decides:
        check_single(top_k)
    return Application.of(
        models,
        names,
        gates=[parse_gate(text, names, labels) for text in conditions],
        row_filter=row_filter,
        top_k=top_k,
        all_probabilities=all_probabilities,
    )


def check_single(top_k: int) -> None:
    """Raise a ParameterError if more than one label is wanted where thresholds decide for one."""
    if top_k > 1:
        raise ParameterError(
            "top_k has several labels, but thresholds decide for one: leave one of them out."
        )


def write_predictions(
    application: Application,
    dataset: Dataset,
    path: str | os.PathLike[str],
    *,
    format: str | None,
    columns: Sequence[str] | None,
    keep_rows: bool,
    resume: bool,
    executor: Any,
    n_jobs: SupportsIndex | None,
    verbose: int,
) -> PredictionCounts:
    """Write predictions to a file, or to a folder if ``path`` is one.

    Parameters
    ----------
    application : Application
    dataset : Dataset
    path, format, columns, keep_rows, resume, executor, n_jobs, verbose
        As those of ``predict_to``.

    Raises
    ------
    DataError, ParameterError, OutputError
        As ``predict_to``.
    """
    if keep_rows and application.row_filter is None:
        raise ParameterError(
            "keep_rows writes the rows that a filter keeps: give keep, threshold or keep_top."
        )
    if resume and not is_folder(path):
        raise ParameterError(
            f"resume goes on with the files of a folder, and {path} is none: end its name with a "
            "slash, or leave out resume."
        )
    write = partial(apply_to_folder, resume=resume) if is_folder(path) else apply_to_file
    with opened(executor, n_jobs) as engine:
        return write(
            application,
            dataset,
            path,
            executor=engine,
            format=format,
            columns=columns,
            with_predictions=not keep_rows,
            progress=progress_of_file(path, verbose),
        )
