"""The door of the matrix estimators: any X becomes sparse rows of float32."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import _check_sample_weight, validate_data

from torrential.types import Float32

X_CHECKS = {"accept_sparse": "csr", "dtype": np.float32, "accept_large_sparse": True}


def check_rows(estimator: Any, X: Any, *, reset: bool = False) -> sp.csr_matrix:
    """Return X, shape (n_samples, n_features), as a sparse matrix without duplicates."""
    return as_csr(validate_data(estimator, X, reset=reset, **X_CHECKS))


def check_rows_and_targets(
    estimator: Any, X: Any, y: Any, *, reset: bool, y_numeric: bool
) -> tuple[sp.csr_matrix, Any]:
    """Return X as `check_rows` does, and y of shape (n_samples,)."""
    X, y = validate_data(estimator, X, y, reset=reset, y_numeric=y_numeric, **X_CHECKS)
    return as_csr(X), y


def check_weight(sample_weight: Any, X: sp.csr_matrix) -> Float32 | None:
    """Return sample weights as float32, or None."""
    if sample_weight is None:
        return None
    weight: Float32 = _check_sample_weight(
        sample_weight, X, dtype=np.float32, ensure_non_negative=True
    )
    return weight


def as_csr(X: Any) -> sp.csr_matrix:
    """Return dense or sparse float32 as CSR; duplicates are summed, in a copy."""
    matrix = sp.csr_matrix(X)
    if not matrix.has_canonical_format:
        matrix = matrix.copy() if matrix is X or sp.issparse(X) else matrix
        matrix.sum_duplicates()
    return matrix
