"""How the columns of a dataset become features, from the parameters of an estimator."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from torrential.arrow_casts import exact_cast
from torrential.arrow_types import common_type
from torrential.data import Dataset
from torrential.data.columns.used import used_array
from torrential.data.source import has_guessed_types
from torrential.data.views.order import evenly_spaced
from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import ParameterError
from torrential.estimators.common.parameters import check_count
from torrential.estimators.fused.settings import Parameters, check_learner, levels_of
from torrential.features.table.crosses import parse_crosses
from torrential.features.table.plan import check_kinds, plan_columns, sampled_kind
from torrential.features.table.settings import NUMBERS, TEXT, TableSettings
from torrential.features.terms.term_budget import parse_budget
from torrential.features.text.checks import MAX_FEATURES, MAX_SEED
from torrential.linear import LinearSettings
from torrential.linear.calibration import DEFAULT
from torrential.linear.optimizers import rate_of

if TYPE_CHECKING:
    from torrential.engine.training.crosses import CrossGain

AUTO = "auto"
"""The value of ``crosses`` that has them found."""

USUAL_RATE, LONGEST_STEP = 0.05, 2.0
"""The rate of AdaGrad that is not given; the most that it times the values of a row is.

A row's first step changes its decision by that product. Chosen on held-out training rows.
"""

PARTITIONS, ROWS = 16, 4096
"""Parts of the data that the sample is from, evenly spaced, and rows of each at most."""

PARTITIONS_OF_TEXTS = 4
"""The same of texts, which are only asked whether they are prose: reading them takes longer."""


def settings_for(parameters: Parameters, sample: Mapping[str, pa.Array]) -> TableSettings:
    """Return the settings of features for values of the inputs, or raise a ParameterError."""
    kinds, numbers = _kinds_of(parameters, list(sample))
    bins = _whole("bins", parameters["bins"], 1, 2**20)
    n_features = _whole("n_features", parameters["n_features"], 1, MAX_FEATURES)
    seed = _whole("hash_seed", parameters["hash_seed"], 0, MAX_SEED)
    columns = plan_columns(sample, kinds, numbers, bins)
    settings = TableSettings(columns, (), n_features, bins, seed)
    crosses = None if is_auto(parameters["crosses"]) else parameters["crosses"]
    return settings.with_crosses(parse_crosses(crosses, settings.cells))


def _kinds_of(parameters: Parameters, inputs: Sequence[str]) -> tuple[Mapping[str, str], str]:
    """Return the kinds of columns and that of numbers, or raise a ParameterError."""
    kinds, numbers = parameters["kinds"] or {}, parameters["numbers"]
    if not isinstance(kinds, Mapping):
        raise ParameterError(f"kinds={kinds!r} is not a dict: give kinds by column name.")
    if numbers not in NUMBERS:
        known = ", ".join(map(repr, NUMBERS))
        raise ParameterError(f"numbers={numbers!r} is not known: give one of {known}.")
    check_kinds(kinds, inputs)
    return kinds, numbers


def with_rate(parameters: Parameters, settings: TableSettings) -> Parameters:
    """Return parameters with the rate that rows of these settings are learned at."""
    width = max(1, len(settings.cells) + len(settings.crosses))
    usual = min(USUAL_RATE, LONGEST_STEP / width)
    return parameters | {"eta0": rate_of(parameters["optimizer"], parameters["eta0"], usual)}


def is_auto(crosses: Any) -> bool:
    """Return whether crosses are to be found."""
    return isinstance(crosses, str) and crosses == AUTO


def learner_of(parameters: Parameters) -> LinearSettings:
    """Return the settings of the learner, or raise a ParameterError that says ``optimizer``."""
    try:
        return LinearSettings.of(parameters)
    except ParameterError as error:
        raise ParameterError(str(error).replace("learning_rate", "optimizer")) from None


def new_model(
    parameters: Parameters, dataset: Dataset, losses: Mapping[str, int]
) -> "tuple[HashedModel, list[CrossGain]]":
    """Return an untrained model of a dataset, and the crosses that were found for it.

    Parameters
    ----------
    parameters : dict of str to object
    dataset : Dataset
    losses : mapping of str to int
        Losses of its kind of estimator.

    Raises
    ------
    ParameterError
        If a parameter is invalid.
    """
    check_learner(parameters, losses)
    check_count("max_crosses", parameters["max_crosses"])
    settings = settings_for(parameters, sample_of(dataset, parameters))
    linear = learner_of(with_rate(parameters, settings))
    found: list[CrossGain] = []
    if is_auto(parameters["crosses"]):
        if dataset.is_read_once:
            raise ParameterError(
                "crosses='auto' reads a sample of the rows first, and this data can be read only "
                "once: write it to files, or name the crosses."
            )
        from torrential.engine.training.crosses import find_crosses

        found = find_crosses(settings, dataset, linear, parameters["max_crosses"])
        settings = settings.with_crosses([each.names for each in found])
        linear = LinearSettings.of(with_rate(parameters, settings))
    model = HashedModel.new(
        settings,
        linear,
        term_budget=parse_budget(parameters["terms"]),
        calibration=parameters.get("calibration", DEFAULT),  # regressors have none
        levels=levels_of(parameters.get("levels")),  # and classifiers no levels
    )
    return model, found


def sample_of(dataset: Dataset, parameters: Parameters) -> dict[str, pa.Array]:
    """Return values of the inputs that a plan looks at, and none of the others, by name.

    Of data that can be read once there are no values.
    """
    names = dataset.columns.inputs
    kinds, numbers = _kinds_of(parameters, names)
    sample = {name: pa.array([], dataset.schema.field(name).type) for name in names}
    if dataset.is_read_once:
        return sample
    if has_guessed_types(dataset.source):  # which may be other ones than those of the values
        return sample | _first_values(dataset, names, PARTITIONS)
    looked_at = {
        name: sampled_kind(name, array.type, kinds, numbers) for name, array in sample.items()
    }
    texts = [name for name, kind in looked_at.items() if kind == TEXT]
    others = [name for name, kind in looked_at.items() if kind not in (None, TEXT)]
    sample |= _first_values(dataset, texts, PARTITIONS_OF_TEXTS)
    return sample | _first_values(dataset, others, PARTITIONS)


def _first_values(
    dataset: Dataset, inputs: Sequence[str], n_partitions: int
) -> dict[str, pa.Array]:
    """Return the first values of some inputs in partitions that are evenly spaced."""
    partitions = dataset.beginnings(inputs, ROWS) if inputs else ()
    batches = [
        next(iter(partitions[place].batches()), None)
        for place in evenly_spaced(len(partitions), n_partitions)
    ]
    found = [batch.columns.slice(0, ROWS) for batch in batches if batch is not None]
    return {name: _joined([rows.column(name) for rows in found]) for name in inputs if found}


def _joined(arrays: list[pa.Array]) -> pa.Array:
    plain = list(map(used_array, arrays))
    wanted = plain[0].type
    for array in plain[1:]:
        common = common_type(wanted, array.type)
        wanted = wanted if common is None else common
    cast = [exact_cast(array, wanted) for array in plain]
    return pa.concat_arrays([array for array in cast if array is not None])


def _whole(name: str, value: Any, lowest: int, highest: int) -> int:
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or not lowest <= value <= highest:
        raise ParameterError(
            f"{name}={value!r} is out of range: give a whole number from {lowest} to {highest:,}."
        )
    return int(value)
