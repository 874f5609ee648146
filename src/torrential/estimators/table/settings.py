"""How the columns of a dataset become features, from the parameters of an estimator."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.arrow_casts import exact_cast
from torrential.arrow_types import common_type
from torrential.data import Dataset
from torrential.data.columns.used import used_array
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.training.crosses import CrossGain, find_crosses
from torrential.errors import ParameterError
from torrential.estimators.common.parameters import check_count
from torrential.estimators.fused.settings import Parameters, check_learner, levels_of
from torrential.features.table.crosses import parse_crosses
from torrential.features.table.plan import plan_columns
from torrential.features.table.settings import NUMBERS, TableSettings
from torrential.features.terms.term_budget import parse_budget
from torrential.features.text.checks import MAX_FEATURES, MAX_SEED
from torrential.linear import LinearSettings
from torrential.linear.calibration import DEFAULT
from torrential.linear.optimizers import rate_of

AUTO = "auto"
"""The value of ``crosses`` that has them found."""

USUAL_RATE, LONGEST_STEP = 0.05, 2.0
"""The rate of AdaGrad that is not given; the most that it times the values of a row is.

A row's first step changes its decision by that product. Chosen on held-out training rows.
"""

PARTITIONS, ROWS = 16, 4096
"""Parts of the data that the sample is from, evenly spaced, and rows of each at most."""


def settings_for(parameters: Parameters, sample: pa.RecordBatch) -> TableSettings:
    """Return the settings of features for some rows, or raise a ParameterError."""
    kinds, numbers = parameters["kinds"] or {}, parameters["numbers"]
    if not isinstance(kinds, Mapping):
        raise ParameterError(f"kinds={kinds!r} is not a dict: give kinds by column name.")
    if numbers not in NUMBERS:
        known = ", ".join(map(repr, NUMBERS))
        raise ParameterError(f"numbers={numbers!r} is not known: give one of {known}.")
    bins = _whole("bins", parameters["bins"], 1, 2**20)
    n_features = _whole("n_features", parameters["n_features"], 1, MAX_FEATURES)
    seed = _whole("hash_seed", parameters["hash_seed"], 0, MAX_SEED)
    columns = plan_columns(sample, kinds, numbers, bins)
    settings = TableSettings(columns, (), n_features, bins, seed)
    crosses = None if is_auto(parameters["crosses"]) else parameters["crosses"]
    return settings.with_crosses(parse_crosses(crosses, settings.cells))


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
) -> tuple[HashedModel, list[CrossGain]]:
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
    settings = settings_for(parameters, sample_of(dataset))
    linear = learner_of(with_rate(parameters, settings))
    found: list[CrossGain] = []
    if is_auto(parameters["crosses"]):
        if dataset.is_read_once:
            raise ParameterError(
                "crosses='auto' reads a sample of the rows first, and this data can be read only "
                "once: write it to files, or name the crosses."
            )
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


def sample_of(dataset: Dataset) -> pa.RecordBatch:
    """Return some rows of the inputs; of data that can be read once, none, but their types."""
    names = dataset.columns.inputs
    found: list[pa.RecordBatch] = []
    if not dataset.is_read_once:
        partitions = dataset.partitions()
        chosen = sorted(set(np.linspace(0, len(partitions) - 1, PARTITIONS).astype(int).tolist()))
        for number in chosen if partitions else ():
            batch = next(iter(partitions[number].batches()), None)
            found += [] if batch is None else [batch.columns.slice(0, ROWS)]
    if not found:
        fields = [dataset.schema.field(name) for name in names]
        return pa.RecordBatch.from_arrays(
            [pa.array([], field.type) for field in fields], list(names)
        )
    arrays = [_joined([batch.column(name) for batch in found]) for name in names]
    return pa.RecordBatch.from_arrays(arrays, list(names))


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
