"""The checked settings of each stage, from the parameters of a TextClassifier."""

from collections.abc import Mapping
from numbers import Integral

from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import ParameterError
from torrential.estimators.fused.settings import check_learner, levels_of
from torrential.estimators.text.presets import Parameters, with_preset
from torrential.features.settings import HashSettings
from torrential.features.terms.term_budget import parse_budget
from torrential.features.text.checks import MAX_SEED, check_settings
from torrential.features.views import USUAL, parse_views
from torrential.linear import LinearSettings
from torrential.linear.calibration import DEFAULT
from torrential.linear.settings import CLASSIFICATION_LOSSES


def new_model(
    parameters: Parameters, losses: Mapping[str, int] = CLASSIFICATION_LOSSES
) -> HashedModel:
    """Return an untrained model that learns by one of some losses, or raise a ParameterError."""
    parameters = with_preset(parameters)
    check_learner(parameters, losses)
    return HashedModel.new(
        hash_settings_of(parameters),
        LinearSettings.of(parameters),
        idf=parameters["idf"],
        term_budget=parse_budget(parameters["terms"]),
        calibration=parameters.get("calibration", DEFAULT),  # regressors have none
        levels=levels_of(parameters.get("levels")),  # and classifiers no levels
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
