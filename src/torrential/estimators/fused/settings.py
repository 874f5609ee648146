"""What the engine needs to train, from the parameters of an estimator."""

from typing import Any

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.estimators.common.parameters import check_learning, check_loss, check_strength
from torrential.estimators.common.seeds import seed_of
from torrential.linear.class_weight import ClassWeight
from torrential.linear.settings import CLASSIFICATION_LOSSES, LAST_PASS

Parameters = dict[str, Any]
"""Parameters with those of the preset for what is not given."""


def check_learner(parameters: Parameters) -> None:
    """Raise a ParameterError for the first parameter of a classifier's learner that is invalid."""
    check_learning(parameters)
    check_strength(parameters, parameters["alpha"])
    check_loss(parameters["loss"], CLASSIFICATION_LOSSES)


def candidate_of(model: HashedModel, parameters: Parameters) -> Candidate:
    """Return the beginning of a training."""
    return Candidate(
        model,
        ClassWeight(parameters["class_weight"]),
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
