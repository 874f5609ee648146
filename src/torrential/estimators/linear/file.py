"""Files of the estimators over matrices: the linear model, its labels and its columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.engine.model.schema import LINEAR
from torrential.engine.model.validation import check_linear_state, shape_of
from torrential.engine.targets.label_values import from_json, to_json
from torrential.errors import DataError, ParameterError
from torrential.estimators.common.columns import COLUMNS
from torrential.schema import (
    count,
    flag,
    label,
    list_of,
    one_of,
    record,
)

NUMBERS = tuple(np.dtype(code).str for code in "?bhiqBHIQefd")
"""Types of labels that are numbers or flags."""

LABELS = record({"values": list_of(label), "dtype": one_of(*NUMBERS, "U", "S", "O")})

FIT = record(
    {"linear": LINEAR, "columns": COLUMNS, "n_iter": count, "interrupted": flag},
    extra={"labels": LABELS, "class_counts": list_of(count)},
)
"""Fields of a linear estimator, in addition to its parameters."""


def check_model(arrays: Any, header: dict[str, Any]) -> None:
    """Raise a DataError unless arrays and header are those of a linear model of the columns."""
    FIT(header, "")
    check_linear_state(arrays, header["linear"])
    if shape_of(header["linear"])["n_features"] != header["columns"]["n"]:
        raise DataError("its model has not as many features as it has columns")


def labels_to_json(labels: NDArray[Any]) -> dict[str, Any]:
    """Describe an array of labels.

    Raises
    ------
    ParameterError
        If a file cannot hold them.
    """
    kind = labels.dtype.kind
    try:
        values = [to_json(value) for value in labels.tolist()]
    except DataError as error:
        raise ParameterError(f"A file cannot hold the labels: {error}") from error
    dtype = kind if kind in "USO" else labels.dtype.newbyteorder("=").str
    if kind not in "USO" and dtype not in NUMBERS:
        raise ParameterError(
            f"The labels are of dtype {labels.dtype}, which a model file cannot hold: use texts or "
            "numbers."
        )
    return {"values": values, "dtype": dtype}


def labels_from_json(described: dict[str, Any]) -> NDArray[Any]:
    """Return the labels that `labels_to_json` described."""
    values = [from_json(value) for value in described["values"]]
    if described["dtype"] in "US":
        return np.array(values, described["dtype"])
    labels = np.empty(len(values), described["dtype"])
    labels[:] = values
    return labels
