"""Rows that any pipeline learns before it gets the state of a file: they give it its attributes."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from torrential.adapters.forms import Form, rows_of_batch
from torrential.types import Batch

LENIENT: dict[str, dict[str, Any]] = {
    "OneHotEncoder": {"handle_unknown": "ignore"},
    "OrdinalEncoder": {"handle_unknown": "use_encoded_value", "unknown_value": -1},
}
"""Parameters with which steps take rows that have none of their categories."""

MAX_ROWS = 10_000


def example_rows(
    estimator: Any, form: Form, classes: NDArray[Any] | None
) -> tuple[Any, NDArray[Any]]:
    """Return rows of a form, and a target for each; every class has a row.

    Parameters
    ----------
    estimator : Pipeline or estimator
        Has at least as many rows as clusters or components.
    form : Form
    classes : array of shape (n_classes,), or None
    """
    counts = [2 if classes is None else len(classes)]
    for name, value in estimator.get_params().items():
        is_number = name.rpartition("__")[2] in ("n_clusters", "n_components")
        if is_number and isinstance(value, int) and value <= MAX_ROWS:
            counts.append(value)
    numbers = np.arange(max(counts))
    targets = numbers.astype(np.float64) if classes is None else classes[numbers % len(classes)]
    if not form.is_table:
        return np.array([f"some words of row {number}" for number in numbers], object), targets
    texts = pa.array([""] * len(numbers))
    columns = [
        texts if name in form.texts else pa.array(numbers + place, pa.float64())
        for place, name in enumerate(form.names)
    ]
    rows = pa.RecordBatch.from_arrays(columns, names=list(form.names))
    return rows_of_batch(Batch(rows, None, None, None, "", 0), form), targets


def lenient(estimator: Any) -> Any:
    """Return an estimator, changed so that its encoders take any rows."""
    for name, value in estimator.get_params().items():
        for parameter, lenient_value in LENIENT.get(type(value).__name__, {}).items():
            estimator.set_params(**{f"{name}__{parameter}": lenient_value})
    return estimator
