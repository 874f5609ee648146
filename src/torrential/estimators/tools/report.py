"""Reports of models in files: one model, or two compared."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torrential.data import Dataset
from torrential.estimators.fused.comparing import comparison_of
from torrential.estimators.fused.reporting import Asked, report_of, training_report_of
from torrential.pages.comparison_report import ComparisonReport
from torrential.pages.model_report import ModelReport
from torrential.pages.saved_report import SavedReport, check_output

__all__ = ["check_output", "report_on"]


def report_on(
    models: Sequence[Any],
    dataset: Dataset | None,
    paths: Sequence[str],
    command: str,
    executor: Any = None,
    **asked: Any,
) -> SavedReport:
    """Return the report of a model, or the comparison of two.

    Parameters
    ----------
    models : sequence of TextClassifier or TableClassifier
        One or two.
    dataset : Dataset or None
        Labeled rows; None for a report of a model by itself.
    paths : sequence of str
        The models' files: reports name models by them.
    command : str
        What makes the report again.
    executor : Threads, Dask, Joblib, str or None, default=None
    **asked
        Parameters of ``report``.
    """
    names = [Path(path).stem for path in paths]
    size = Path(paths[0]).stat().st_size
    wanted = Asked(**asked, name=names[0], model_bytes=size, command=command)
    if dataset is None:
        return ModelReport(training_report_of(models[0], wanted))
    if len(models) == 1:
        return ModelReport(report_of(models[0], models[0]._of_model(dataset), wanted, executor))
    first, second = names if names[0] != names[1] else paths
    found = comparison_of(models[0], models[1], dataset, wanted, executor, (first, second))
    return ComparisonReport(found)
