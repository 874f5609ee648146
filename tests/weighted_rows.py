"""Rows for tests of weights: their classes, and targets of any loss."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import norm

from torrential.kernels.linear.losses import LOSSES, REGRESSION_LOSSES, has_log_link
from torrential.types import Csr, Float32, Int32

N_FEATURES = 50


def make_rows(seed: int, n_rows: int, n_classes: int) -> tuple[Csr, Int32]:
    """Return rows of unit norm whose class decides some of their features."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, n_classes, n_rows).astype(np.int32)
    X = sp.random(n_rows, N_FEATURES, 0.2, "csr", np.float32, rng=rng).tolil()
    X[np.arange(n_rows), codes % N_FEATURES] = 2.0
    X = X.tocsr()
    X.data /= np.repeat(norm(X, axis=1), np.diff(X.indptr))
    return Csr(X.data, X.indices.astype(np.int32), X.indptr.astype(np.int64), N_FEATURES), codes


def make_targets(loss: str, codes: Int32, seed: int) -> Int32 | Float32:
    if loss not in REGRESSION_LOSSES:
        return codes
    rng = np.random.default_rng(seed)
    if has_log_link(LOSSES[loss]):
        return rng.gamma(2.0, 1.5, len(codes)).astype(np.float32)
    if loss == "logistic":
        return rng.uniform(size=len(codes)).astype(np.float32)
    return rng.normal(0, 3, len(codes)).astype(np.float32)
