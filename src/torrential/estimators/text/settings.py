"""The checked settings of each stage, from the parameters of a TextClassifier."""

from numbers import Integral

from torrential.engine.model.text_model import TextModel
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.errors import ParameterError
from torrential.estimators.common.parameters import check_learning, check_loss, check_strength
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.text.presets import Parameters, with_preset
from torrential.features.settings import HashSettings
from torrential.features.terms.term_budget import parse_budget
from torrential.features.text.checks import MAX_SEED, check_settings
from torrential.features.views import USUAL, parse_views
from torrential.linear import LinearSettings
from torrential.linear.class_weight import ClassWeight
from torrential.linear.settings import CLASSIFICATION_LOSSES, LAST_PASS


def new_model(parameters: Parameters) -> TextModel:
    """Return an untrained model, or raise a ParameterError."""
    parameters = with_preset(parameters)
    check_learning(parameters)
    check_strength(parameters, parameters["alpha"])
    check_loss(parameters["loss"], CLASSIFICATION_LOSSES)
    return TextModel.new(
        hash_settings_of(parameters),
        LinearSettings.of(parameters),
        idf=parameters["idf"],
        term_budget=parse_budget(parameters["terms"]),
    )


def new_candidate(parameters: Parameters) -> Candidate:
    """Return the beginning of a training, or raise a ParameterError."""
    parameters = with_preset(parameters)
    model, schedule = new_model(parameters), schedule_of(parameters)
    return Candidate(
        model,
        ClassWeight(parameters["class_weight"]),
        schedule,
        C=parameters.get("C"),
        averages_last_pass=parameters["average"] == LAST_PASS,
    )


def schedule_of(parameters: Parameters) -> Schedule:
    """Return the number of epochs and the order of the data."""
    parameters = with_preset(parameters)
    return Schedule(
        epochs=int(parameters["max_iter"]),
        shuffle=bool(parameters["shuffle"]),
        seed=seed_of(parameters["random_state"]),
        tol=parameters["tol"],
        patience=int(parameters["n_iter_no_change"]),
    )


def hash_settings_of(parameters: Parameters) -> HashSettings:
    """Return the settings of hashing, or raise a ParameterError."""
    parameters, seed = with_preset(parameters), parameters["hash_seed"]
    if not isinstance(seed, Integral) or not 0 <= int(seed) <= MAX_SEED:
        raise ParameterError(f"hash_seed={seed!r} has to be a whole number from 0 to {MAX_SEED}.")
    alone = {name: parameters[name] for name in USUAL}
    views = parse_views(parameters["views"], parameters["norm"], **alone)
    names = HashSettings.__dataclass_fields__.keys() - {"seed", "views"}
    values = {name: parameters[name] for name in names}
    settings = HashSettings(**values, seed=int(seed), views=views)
    check_settings(settings)
    return settings
