"""The comparison of two fitted models on the same labeled rows."""

from typing import Any

from torrential.data.dataset import Dataset
from torrential.engine.progress.display import make_progress
from torrential.engine.reporting.build_comparison import Subjects, build_comparison
from torrential.engine.reporting.compare import compare
from torrential.engine.reporting.comparison import Comparison
from torrential.engine.reporting.kinds.choice import LABEL_SETS, LABELS, NUMBERS, kind_of
from torrential.engine.reporting.shown_rows import is_of_texts
from torrential.errors import ParameterError
from torrential.estimators.fused.reporting import (
    Asked,
    check_asked,
    facts_of,
    model_fingerprint,
)
from torrential.execution import opened
from torrential.kernels.compiling import working_time

TARGETS = {
    LABELS: "one label a row",
    LABEL_SETS: "several labels a row",
    NUMBERS: "numbers",
}
"""Kinds of targets as messages name them."""


def comparison_of(
    first: Any,
    second: Any,
    dataset: Dataset,
    asked: Asked,
    executor: Any = None,
    names: tuple[str, str] | None = None,
) -> Comparison:
    """Return the comparison of two fitted models, whose rows are read once.

    Parameters
    ----------
    first, second : estimators whose models the engine trains
    dataset : Dataset
        As the second one takes it.
    asked : Asked
    executor : Threads, Dask, Joblib, str or None, default=None
    names : tuple of str, optional
    """
    models = _model_of(first), _model_of(second)
    _check_alike(first, second, asked)
    for name in ("by", "train", "label_errors"):
        if getattr(asked, name):
            raise ParameterError(f"{name} is for the report of one model: leave it out.")
    start = working_time()
    with opened(executor, second.n_jobs) as engine:
        found = compare(models, dataset, engine, make_progress(second.verbose), most=asked.n_errors)
    subjects = Subjects(
        names=names or ("first", "second"),
        models=models,
        fingerprints=(model_fingerprint(first), model_fingerprint(second)),
        seconds=working_time() - start,
        facts=facts_of(dataset, asked.command or f"model.compare(other, {dataset!r})"),
    )
    return build_comparison(subjects, found)


def _model_of(estimator: Any) -> Any:
    """Return the model of a fitted estimator, or raise an error."""
    if not getattr(type(estimator), "trains_fused", False):
        raise ParameterError(
            f"{type(estimator).__name__} is not compared by a report: give an estimator of texts "
            "or of tables, such as a TextClassifier."
        )
    return estimator._fitted()


def _check_alike(first: Any, second: Any, asked: Asked) -> None:
    """Raise a ParameterError unless two models predict the same kind of target of equal rows."""
    kinds = [TARGETS[kind_of(each.model_)] for each in (first, second)]
    if kinds[0] != kinds[1]:
        raise ParameterError(
            f"One model predicts {kinds[0]}, the other {kinds[1]}: compare two of the same kind."
        )
    check_asked(asked, second.model_)
    are_texts = [is_of_texts(each.model_) for each in (first, second)]
    if are_texts[0] != are_texts[1]:
        raise ParameterError(
            "One model is of texts, the other of tables: make a report of each of them."
        )
    columns = [each.columns_.get("inputs") for each in (first, second)]
    if columns[0] != columns[1]:
        raise ParameterError(
            f"The models are of other columns, {columns[0]} and {columns[1]}: make a report of "
            "each of them."
        )
