"""The comparison of two fitted classifiers on the same labeled rows."""

from typing import Any

from torrential.data.dataset import Dataset
from torrential.engine.progress.display import make_progress
from torrential.engine.reporting.build_comparison import Subjects, build_comparison
from torrential.engine.reporting.compare import compare
from torrential.engine.reporting.comparison import Comparison
from torrential.errors import ParameterError
from torrential.estimators.fused.reporting import (
    Asked,
    check_reported,
    facts_of,
    model_fingerprint,
)
from torrential.execution import opened
from torrential.features.settings import HashSettings
from torrential.kernels.compiling import working_time


def comparison_of(
    first: Any,
    second: Any,
    dataset: Dataset,
    asked: Asked,
    executor: Any = None,
    names: tuple[str, str] | None = None,
) -> Comparison:
    """Return the comparison of two fitted classifiers of texts, whose rows are read once.

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
    for name in ("by", "train", "label_errors"):
        if getattr(asked, name):
            raise ParameterError(f"{name} is for the report of one model: leave it out.")
    start = working_time()
    with opened(executor, second.n_jobs) as engine:
        found = compare(models, dataset, engine, make_progress(second.verbose), most=asked.n_errors)
    subjects = Subjects(
        names=names or ("first", "second"),
        fingerprints=(model_fingerprint(first), model_fingerprint(second)),
        seconds=working_time() - start,
        facts=facts_of(dataset, asked.command or f"model.compare(other, {dataset!r})"),
    )
    return build_comparison(subjects, found)


def _model_of(estimator: Any) -> Any:
    """Return the model of a fitted classifier, or raise an error."""
    if not getattr(type(estimator), "trains_fused", False):
        raise ParameterError(
            f"{type(estimator).__name__} is not compared by a report: give a TextClassifier."
        )
    model = estimator._fitted()
    check_reported(model)
    if not isinstance(model.hashing, HashSettings):
        raise ParameterError(
            "Only models of texts are compared: make a report of each model of tables."
        )
    return model
