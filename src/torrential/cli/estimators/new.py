"""The estimators that commands train, with the options that are given."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from torrential.cli.parameters import given, parameters_of
from torrential.cli.values import ONE_BY_ONE
from torrential.errors import ParameterError

if TYPE_CHECKING:
    from torrential import Dataset
    from torrential.cli.estimators.saved import Estimator

CLASSIFICATION, REGRESSION = "classification", "regression"
TASKS = (CLASSIFICATION, REGRESSION)

TEXTS, TABLES = "texts", "tables"

NAMES = {
    (TEXTS, CLASSIFICATION): "TextClassifier",
    (TABLES, CLASSIFICATION): "TableClassifier",
    (TEXTS, REGRESSION): "TextRegressor",
    (TABLES, REGRESSION): "TableRegressor",
}
"""Estimators by what they learn from, and their task."""


def new_estimator(
    dataset: "Dataset", options: dict[str, Any], task: str = CLASSIFICATION
) -> "Estimator":
    """Return an estimator of the kind that a dataset and a task are for, with the given options.

    Raises
    ------
    ParameterError
        If an option is invalid, or is not for that kind.
    """
    from torrential.estimators.tools.load import PLAIN_KINDS

    check_task(task)
    inputs = TABLES if dataset.columns.inputs else TEXTS
    arguments = _given_for(inputs, task, options)
    module, name = PLAIN_KINDS[NAMES[inputs, task]]
    new: Estimator = getattr(import_module(module), name)(**arguments)
    return new


def check_task(task: str) -> None:
    """Raise a ParameterError if there is no such task."""
    if task not in TASKS:
        raise ParameterError(f"--task {task!r} is not known: give {' or '.join(TASKS)}.")


def default_score(task: str) -> str:
    """Return the score that searches and folds of a task have by default."""
    return "r2" if task == REGRESSION else "accuracy"


def for_scikit_learn(model: "Estimator") -> Any:
    """Return an untrained estimator as one for searches, folds and averages, which clone it."""
    import torrential

    return getattr(torrential, model._kind)(**model.get_params())


def _given_for(inputs: str, task: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments for a constructor, or raise an error for an option it lacks."""
    chosen, known = given(values), _names(inputs, task)
    for each in chosen:
        if each not in known:
            option = ONE_BY_ONE.get(each, f"--{each.replace('_', '-')}")
            what, advice = _why_not(each, inputs, task)
            raise ParameterError(f"{option} is not for {what}: leave it out, or {advice}.")
    return chosen


def _why_not(parameter: str, inputs: str, task: str) -> tuple[str, str]:
    """Return what a parameter is not for, and how to have it."""
    other = TASKS[1 - TASKS.index(task)]
    if parameter in _names(inputs, other):
        return task, f"choose --task {other}"
    if inputs == TABLES:
        return inputs, "name the column with the text (--text)"
    return inputs, "leave out --text, so that all columns are inputs"


def _names(inputs: str, task: str) -> set[str]:
    return {each.name for each in parameters_of(NAMES[inputs, task])}
