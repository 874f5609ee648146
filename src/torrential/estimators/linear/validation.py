"""The door of the matrix estimators: any X becomes sparse rows of float32."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import check_non_negative, validate_data

from torrential.adapters.errors import data_errors
from torrential.adapters.sparse import csr_without_repeats
from torrential.errors import DataError, ParameterError
from torrential.types import Float32, Int32, Int64

X_CHECKS = {"accept_sparse": "csr", "dtype": np.float32, "accept_large_sparse": True}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to learn.

    Attributes
    ----------
    matrix : CSR array of float32, shape (n_rows, n_features)
    targets : int32 codes of classes or float32 values, shape (n_rows,)
    weight : float32 array of shape (n_rows,), or None
    """

    matrix: sp.csr_array
    targets: Int32 | Float32
    weight: Float32 | None

    def only(self, numbers: Int64) -> "Rows":
        """Return some of the rows."""
        weight = None if self.weight is None else self.weight[numbers]
        return Rows(self.matrix[numbers], self.targets[numbers], weight)


def check_rows(estimator: Any, X: Any, *, reset: bool = False) -> sp.csr_array:
    """Return X, shape (n_samples, n_features), as a CSR array without duplicates."""
    with data_errors():
        return csr_without_repeats(validate_data(estimator, X, reset=reset, **X_CHECKS))


def check_rows_and_targets(
    estimator: Any, X: Any, y: Any, *, reset: bool, y_numeric: bool
) -> tuple[sp.csr_array, Any]:
    """Return X as `check_rows` does, and y of shape (n_samples,)."""
    with data_errors():
        X, y = validate_data(estimator, X, y, reset=reset, y_numeric=y_numeric, **X_CHECKS)
    return csr_without_repeats(X), y


def check_weight(sample_weight: Any, X: sp.csr_array) -> Float32 | None:
    """Return sample weights as float32, or None."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(X.shape[0], sample_weight)
    with data_errors():
        weight: Float32 = check_array(
            sample_weight, dtype=np.float32, ensure_2d=False, input_name="sample_weight"
        )
        if weight.ndim != 1:
            raise DataError(
                f"sample_weight has {weight.ndim} dimensions: give one number for each sample."
            )
        check_consistent_length(X, weight)
        check_non_negative(weight, "sample_weight")
    if not weight.any():
        raise DataError("sample_weight is zero for every sample: give at least one a weight.")
    return weight


def check_init(name: str, given: Any, like: Float32) -> Float32:
    """Return initial weights of the shape of the existing weights, which None means."""
    if given is None:
        return like
    try:
        values = np.asarray(given, np.float32)
    except (TypeError, ValueError):
        raise DataError(f"{name} has values that are not numbers: convert them.") from None
    if values.squeeze().shape != like.squeeze().shape:
        raise DataError(f"{name} has shape {values.shape}, but the model has {like.shape}.")
    return values.reshape(like.shape)


def hold_out(
    targets: NDArray[Any], fraction: float, seed: int, *, stratify: bool
) -> tuple[Int64, Int64]:
    """Return the numbers of the rows to learn, and of the rows for early stopping."""
    try:
        learned, held_out = train_test_split(
            np.arange(len(targets)),
            test_size=fraction,
            random_state=seed,
            stratify=targets if stratify else None,
        )
    except ValueError as error:
        raise ParameterError(
            f"validation_fraction={fraction!r} does not fit {len(targets)} rows: give "
            f"more rows, or leave out early_stopping ({error})"
        ) from error
    return np.sort(learned), np.sort(held_out)


def check_two_classes(labels: NDArray[Any]) -> None:
    """Raise a DataError if all rows are of one class."""
    if len(labels) < 2:
        raise DataError(
            f"All rows are of the one class {labels.tolist()[0]!r}, but a classifier needs two "
            "classes: add rows of another."
        )
