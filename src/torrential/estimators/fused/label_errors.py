"""Rows of a training whose labels are probably wrong, by models that have not learned them."""

from typing import Any

from torrential.data.dataset import Dataset
from torrential.engine.progress.display import make_progress
from torrential.engine.reporting.building.labels import wrong_texts
from torrential.engine.reporting.explained_rows import RowExplainer
from torrential.engine.reporting.label_report import WrongText
from torrential.engine.reporting.measure import measure
from torrential.execution import Executor

N_FOLDS = 3
"""Models that are trained, each on the rows of the other folds."""


def label_errors(
    estimator: Any, dataset: Dataset, engine: Executor, n: int
) -> tuple[WrongText, ...]:
    """Return rows whose label a model that has not learned them contradicts with most confidence.

    Equal rows are in the same fold, so none is judged by its double.

    Parameters
    ----------
    estimator : classifier whose model the engine trains
        The models have its parameters.
    dataset : Dataset
        The labeled rows of the training.
    engine : Executor
        It scores; training runs here.
    n : int
        Rows at most.
    """
    found: list[WrongText] = []
    for learned, held_out in dataset.folds(N_FOLDS):
        model = type(estimator)(**{**estimator.get_params(deep=False), "terms": False})
        model.fit(learned)
        if model.interrupted_:
            raise KeyboardInterrupt
        measured = measure(
            model.model_,
            model._of_model(held_out),
            engine,
            make_progress(estimator.verbose),
            most_errors=n,
            names_terms=False,
        )
        rows = measured.summary.findings.worst.rows()
        found += wrong_texts(model.model_, rows, RowExplainer(model.model_))
    return tuple(sorted(found, key=lambda each: -each.probability)[:n])
