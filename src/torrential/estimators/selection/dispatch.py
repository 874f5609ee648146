"""Which estimators learn in folds, how, and which of their candidates share a pass."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.base import clone

from torrential.data import Dataset
from torrential.data.views.foldings import Folding
from torrential.estimators.fused.contract import trains_fused
from torrential.estimators.pipelines.out_of_core import OutOfCore
from torrential.estimators.pipelines.wrap import as_out_of_core, with_setting
from torrential.estimators.selection.fold_task import FoldWork
from torrential.estimators.selection.fused_run import FoldedFits
from torrential.estimators.selection.pipeline_run import FoldedPipelines
from torrential.estimators.selection.remote_run import FoldsElsewhere
from torrential.estimators.selection.run import FoldRun
from torrential.evaluation.scoring import Scoring

ORDER = ("shuffle", "random_state")
"""Parameters that must be equal for candidates of one pass: others need another pass."""

Settings = Mapping[str, Any]


def check_can_fold(estimator: Any) -> None:
    """Raise a ParameterError unless an estimator can learn batch by batch."""
    if not trains_fused(estimator):
        as_out_of_core(estimator)


def folded_fits(
    estimator: Any,
    settings: Sequence[Settings],
    dataset: Dataset,
    folding: Folding,
    *,
    n_jobs: int | None,
    verbose: int,
) -> FoldRun:
    """Return the models of all settings in all folds, before they learn."""
    kind = _kind(estimator)
    return kind(estimator, settings, dataset, folding, n_jobs=n_jobs, verbose=verbose)


def folds_elsewhere(
    estimator: Any,
    settings: Sequence[Settings],
    dataset: Dataset,
    folding: Folding,
    *,
    executor: Any,
    scoring: Scoring,
    returns_train_score: bool,
    keeps_models: bool = False,
) -> FoldRun:
    """Return the same models, one task of an executor for each fold."""
    sides = ("test", "train") if returns_train_score else ("test",)
    work = FoldWork(
        _kind(estimator), estimator, settings, dataset, folding, scoring, sides, keeps_models
    )
    return FoldsElsewhere(work, executor)


def _kind(estimator: Any) -> type[FoldedFits] | type[FoldedPipelines]:
    return FoldedFits if trains_fused(estimator) else FoldedPipelines


def passes_of(estimator: Any, settings: Sequence[Settings]) -> list[list[int]]:
    """Return the places of candidates that share a pass, pass by pass."""
    groups: list[tuple[dict[str, Any], list[int]]] = []
    for place, setting in enumerate(settings):
        separate = {
            name: value for name, value in setting.items() if _needs_own_pass(estimator, name)
        }
        for known, places in groups:
            if repr(known) == repr(separate):
                places.append(place)
                break
        else:
            groups.append((separate, [place]))
    return [places for _, places in groups]


def epochs_of(estimator: Any, settings: Sequence[Settings]) -> int:
    """Return how often the rows are read: for the candidate with the most epochs."""
    if trains_fused(estimator):
        given = estimator.get_params(deep=False)
        return max(estimator._schedule_of({**given, **setting}).epochs for setting in settings)
    return max(as_out_of_core(with_setting(estimator, each)).max_iter for each in settings)


def fitted_to(estimator: Any, setting: Settings, dataset: Dataset) -> Any:
    """Return a clone of an estimator with other parameters, fitted to all rows."""
    chosen = clone(estimator).set_params(**setting)
    if trains_fused(chosen) or isinstance(chosen, OutOfCore):
        return chosen.fit(dataset)
    return as_out_of_core(chosen, of_table=not dataset.text).fit(dataset).estimator_


def _needs_own_pass(estimator: Any, name: str) -> bool:
    """Return whether candidates that differ in a parameter need separate passes."""
    has_order = trains_fused(estimator) or isinstance(estimator, OutOfCore)
    return has_order and name in ORDER
