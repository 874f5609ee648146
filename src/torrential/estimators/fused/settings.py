"""What the engine needs to train, from the parameters of an estimator."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from torrential.data import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.targets.labels import Encoded
from torrential.engine.targets.levels import Levels
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.errors import ParameterError
from torrential.estimators.common.parameters import check_learning, check_loss, check_strength
from torrential.estimators.common.seeds import seed_of
from torrential.linear.calibration import DEFAULT, METHODS
from torrential.linear.class_weight import ClassWeight
from torrential.linear.settings import LAST_PASS

Parameters = dict[str, Any]
"""Parameters with those of the preset for what is not given."""


def check_learner(parameters: Parameters, losses: Mapping[str, int]) -> None:
    """Raise a ParameterError for the first parameter of a learner that is invalid.

    Parameters
    ----------
    parameters : dict of str to object
    losses : mapping of str to int
        Those of its kind of estimator.
    """
    check_learning(parameters)
    check_strength(parameters, parameters["alpha"])
    check_loss(parameters["loss"], losses)
    _check_calibration(parameters.get("calibration", DEFAULT))


def levels_of(levels: Any) -> Levels | None:
    """Return the levels of a regressor, or raise a ParameterError."""
    if levels is None:
        return None
    advice = "give at least two different numbers, such as [0, 1, 2, 3, 4, 5]."
    try:
        values = [float(each) for each in levels if not isinstance(each, str | bool)]
        are_numbers = len(values) == len(levels)
    except (TypeError, ValueError):
        are_numbers, values = False, []
    stored = np.array(values, np.float32)
    are_distinct = len(np.unique(stored)) == len(values) > 1
    if not (are_numbers and are_distinct and np.isfinite(stored).all()):
        raise ParameterError(f"levels={levels!r} is invalid: {advice}")
    return Levels.of(values)


def _check_calibration(method: Any) -> None:
    if method is not None and (not isinstance(method, str) or method not in METHODS):
        known = ", ".join(map(repr, METHODS))
        raise ParameterError(f"calibration={method!r} is not known: give one of {known}.")


def check_takes_sets(parameters: Parameters, dataset: Dataset) -> None:
    """Raise a ParameterError if rows have several labels, and a parameter is for one label."""
    if not dataset.has_label_sets:
        return
    if parameters.get("class_weight") is not None:
        raise ParameterError(
            "class_weight is for one label a row, but these rows have several labels each: leave "
            "it out, or give rows weights (weight=)."
        )
    if isinstance(parameters.get("crosses"), str):
        raise ParameterError(
            "crosses='auto' looks for crosses of one label a row, but these rows have several "
            "labels each: name the crosses, or leave them out."
        )


def expect_columns(model: HashedModel, dataset: Dataset) -> None:
    """Let a model know all columns of the matrix that labels come from, also those without rows."""
    n_columns = dataset.columns.n_label_columns
    if n_columns is not None:
        model.expect(Encoded(np.arange(n_columns, dtype=np.int32), list(range(n_columns))))


def candidate_of(model: HashedModel, parameters: Parameters) -> Candidate:
    """Return the beginning of a training."""
    return Candidate(
        model,
        ClassWeight(parameters.get("class_weight")),
        schedule_of(parameters),
        C=parameters.get("C"),
        averages_last_pass=parameters["average"] == LAST_PASS,
    )


def schedule_of(parameters: Parameters) -> Schedule:
    """Return the number of epochs and the order of the data."""
    return Schedule(
        epochs=int(parameters["max_iter"]),
        shuffle=bool(parameters["shuffle"]),
        seed=seed_of(parameters["random_state"]),
        tol=parameters["tol"],
        patience=int(parameters["n_iter_no_change"]),
    )
