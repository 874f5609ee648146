"""The fields of the files that estimators write, and whether they agree with what is stored."""

from dataclasses import fields
from typing import Any

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.model.schema import AVERAGE, COURSE, MODEL
from torrential.errors import DataError
from torrential.evaluation.probabilities import FIGURE_FIELDS, FIGURES
from torrential.linear import LinearSettings
from torrential.linear.calibration import DEFAULT, METHODS
from torrential.linear.settings import LAST_PASS
from torrential.schema import (
    Schema,
    count,
    either,
    flag,
    integer,
    label,
    list_of,
    number,
    one_of,
    optional,
    record,
    row_of,
    text,
)

Parameters = dict[str, Any]

fraction = number(0.0, 1.0)
any_number = number(finite=False, nan=True)

LEARNING: dict[str, Schema] = {
    "loss": text(),
    "penalty": optional(text()),
    "alpha": optional(number(0.0)),
    "l1_ratio": fraction,
    "eta0": optional(number(0.0)),
    "average": optional(AVERAGE),
    "max_iter": optional(integer(1)),
    "tol": optional(number(0.0, finite=False)),
    "n_iter_no_change": integer(1),
    "shuffle": flag,
    "random_state": optional(count),
}
"""Parameters of the learner that all of these estimators have."""

CLASSIFICATION: dict[str, Schema] = {
    "class_weight": optional(
        either(
            one_of("balanced"),
            list_of(row_of(label, number(0.0))),
            what="'balanced', null, or pairs of label and weight",
        )
    ),
}
"""Further parameters of classifiers."""

REGRESSION: dict[str, Schema] = {
    "epsilon": number(0.0),
    "quantile": fraction,
    "power": number(1.0, 2.0),
}
"""Further parameters of regressors."""

LEVELED: dict[str, Schema] = {"levels": optional(list_of(number()))}
"""Parameters of regressors that the first files do not have."""

CALIBRATED: dict[str, Schema] = {"calibration": one_of(*METHODS)}
"""Parameters of classifiers that the first files do not have."""


LINE = row_of(
    count, any_number, any_number, optional(fraction), optional(number(0.0)), optional(fraction)
)
"""A `ProgressiveLine`."""


def header_of(parameters: Schema) -> Schema:
    """Return the schema of the header of an estimator, saved or kept in a checkpoint."""
    return record(
        {
            "torrential": text(),
            "saved": text(),
            "parameters": parameters,
            "columns": record(
                {"target": optional(text()), "weight": optional(text())},
                extra={
                    "text": list_of(text()),
                    "inputs": list_of(text()),
                    "n_label_columns": count,
                },
            ),
            "class_counts": list_of(count),
            "progressive": list_of(
                record(
                    {"loss": any_number, "accuracy": optional(fraction), "n_rows": count},
                    # not in the first files
                    extra={
                        "learnt_before": flag,
                        "lines": list_of(LINE, max_length=64),
                        **FIGURE_FIELDS,
                    },
                )
            ),
            "model": MODEL,
        },
        extra={
            "interrupted": flag,
            "checkpoint": record({"course": COURSE, "seed": count, "data": record({})}),
        },
    )


MIX = record(
    {
        "round": count,
        "n_rows": integer(1),
        "average_loss": any_number,
        "accuracy": optional(fraction),
        "held_out": optional(any_number),
        "parts": list_of(any_number),
        "n_bytes": count,
    },
    extra={"probabilities": optional(FIGURES)},  # not in the first files
)

AVERAGING = record(
    {"position": row_of(count, count), "mixes": list_of(MIX), "settings": record({})}
)
"""Further fields of a checkpoint of ParameterAveraging."""

SEARCH = record(
    {
        "groups": optional(list_of(list_of(count))),
        "n_done": count,
        "curves": list_of(list_of(row_of(count, any_number))),
        "under_way": record({}),
    }
)
"""Fields of a search's checkpoint for completed passes."""

OF_FEATURES = "its rows were hashed"
OF_WEIGHTS = "its weights were learned"


def check_learned_with(parameters: Parameters, model: HashedModel, hashing: Any) -> None:
    """Raise a DataError if a model was not made with these parameters.

    Parameters
    ----------
    parameters : dict of str to object
        With those of the preset for what is not given.
    model : HashedModel
    hashing : HashSettings or TableSettings
        What the parameters say of the features.
    """
    compared = (
        (hashing, model.hashing, OF_FEATURES),
        (LinearSettings.of(parameters), model.linear.settings, OF_WEIGHTS),
    )
    method = parameters.get("calibration", DEFAULT)
    if method != model.calibration.method:
        differ("calibration", method, model.calibration.method, OF_WEIGHTS)
    levels = parameters.get("levels")
    learned = None if model.levels is None else list(model.levels.values)
    if (None if levels is None else sorted(levels)) != learned:
        differ("levels", levels, learned, OF_WEIGHTS)
    for said, stored, how in compared:
        for each in fields(said):
            name = "hash_seed" if each.name == "seed" else each.name
            value, actual = getattr(said, each.name), getattr(stored, each.name)
            if name == "alpha" and parameters.get("C") is not None:
                continue  # it goes with the number of rows
            if name in ("eta0", "relative") and parameters.get("relative"):
                continue  # the rate goes with the targets
            if name == "average" and value == LAST_PASS:
                continue  # it is over when the last pass is
            if value != actual and name in parameters:
                differ(name, value, actual, how)


def check_strength_learned(said: float | None, learned: float | None) -> None:
    """Raise a DataError if a model was learned with another C than its parameters say."""
    if said != learned:
        differ("C", said, learned, OF_WEIGHTS)


def differ(name: str, value: Any, actual: Any, how: str) -> None:
    """Raise the DataError of a parameter that is not what a model was made with."""
    raise DataError(f"its parameters say {name}={value!r}, but {how} with {name}={actual!r}")
