"""Predictions to files and folders: from what users give to what the engine does."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from torrential.data import Dataset
from torrential.engine.progress.progress import Progress
from torrential.engine.scoring.application import Application
from torrential.engine.scoring.contract import Predictor
from torrential.engine.scoring.gate import parse_gate
from torrential.engine.scoring.prediction_counts import PredictionCounts
from torrential.engine.scoring.row_filter import RowFilter
from torrential.engine.scoring.to_file import apply_to_file
from torrential.engine.scoring.to_folder import apply_to_folder
from torrential.errors import ParameterError
from torrential.execution import Executor
from torrential.persistence.outputs import is_folder


def application_of(
    predictors: Mapping[Any, Predictor],
    *,
    where: str | Sequence[str] | None = None,
    top_k: int = 1,
    all_probabilities: bool = False,
    keep: Any = None,
    threshold: float | Mapping[Any, float] | None = None,
    keep_top: float | int | str | None = None,
) -> Application:
    """Return how models are applied to rows.

    Parameters
    ----------
    predictors : mapping of str to Predictor
        By the name of its columns; of a single model, None for the usual names.
    where : str or sequence of str, default=None
        Conditions for models to see a row.
    top_k, all_probabilities, keep, threshold, keep_top
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
    labels = [predictor.labels for predictor in models]
    row_filter = RowFilter.of(models[-1], keep=keep, threshold=threshold, keep_top=keep_top)
    return Application.of(
        models,
        names,
        gates=[parse_gate(text, names, labels) for text in conditions],
        row_filter=row_filter,
        top_k=top_k,
        all_probabilities=all_probabilities,
    )


def write_predictions(
    application: Application,
    dataset: Dataset,
    path: str | os.PathLike[str],
    *,
    executor: Executor,
    format: str | None,
    columns: Sequence[str] | None,
    with_predictions: bool,
    resume: bool,
    progress: Progress,
) -> PredictionCounts:
    """Write predictions to a file, or to a folder if ``path`` is one.

    Raises
    ------
    DataError, ParameterError, OutputError
        As ``predict_to``.
    """
    if not with_predictions and application.row_filter is None:
        raise ParameterError(
            "keep_rows writes the rows that a filter keeps: give keep, threshold or keep_top."
        )
    if is_folder(path):
        return apply_to_folder(
            application,
            dataset,
            path,
            executor=executor,
            format=format,
            columns=columns,
            with_predictions=with_predictions,
            resume=resume,
            progress=progress,
        )
    if resume:
        raise ParameterError(
            f"resume goes on with the files of a folder, and {path} is none: end its name with a "
            "slash, or leave out resume."
        )
    return apply_to_file(
        application,
        dataset,
        path,
        executor=executor,
        format=format,
        columns=columns,
        with_predictions=with_predictions,
        progress=progress,
    )
