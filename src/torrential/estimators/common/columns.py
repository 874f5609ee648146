"""The columns that an estimator was fitted to, in its file."""

from typing import Any

import numpy as np

from torrential.errors import DataError
from torrential.schema import integer, list_of, optional, record, text

COLUMNS = record({"n": integer(1), "names": optional(list_of(text()))})


def columns_of(estimator: Any) -> dict[str, Any]:
    """Describe the columns that an estimator was fitted to."""
    names = getattr(estimator, "feature_names_in_", None)
    return {"n": int(estimator.n_features_in_), "names": None if names is None else list(names)}


def give_columns(estimator: Any, columns: dict[str, Any]) -> None:
    """Give an estimator the columns that `columns_of` described."""
    COLUMNS(columns, "columns")
    estimator.n_features_in_ = columns["n"]
    if columns["names"] is not None:
        if len(columns["names"]) != columns["n"]:
            raise DataError("it has not as many names as columns")
        estimator.feature_names_in_ = np.array(columns["names"], object)
