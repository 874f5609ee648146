"""Results of steps for batches, joined to those of all rows."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


def stacked(parts: Sequence[Any]) -> Any:
    """Return the rows or results of batches as one array, sparse matrix, frame or list.

    Examples
    --------
    >>> stacked([np.array([1, 2]), np.array([3])])
    array([1, 2, 3])
    """
    first = parts[0]
    if isinstance(first, list):
        return list(chain.from_iterable(parts))
    if sp.issparse(first):
        return sp.vstack(parts, format="csr")
    if hasattr(first, "iloc"):
        import pandas

        return pandas.concat(parts, ignore_index=True)
    if hasattr(first, "columns"):
        import polars

        return polars.concat(parts)
    return np.concatenate(parts)


def nothing(final: Any, method: str) -> NDArray[Any]:
    """Return the result of a fitted estimator's method for no rows.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> model = GaussianNB().fit([[0.0], [1.0]], ["a", "b"])
    >>> nothing(model, "predict_proba").shape, nothing(model, "predict").dtype
    ((0, 2), dtype('<U1'))
    """
    classes = getattr(final, "classes_", None)
    if method == "predict" and classes is not None:
        empty: NDArray[Any] = np.asarray(classes)[:0]
        return empty
    n_classes = 0 if classes is None else len(classes)
    if method == "predict" or (method == "decision_function" and n_classes <= 2):
        return np.zeros(0)
    n_columns = len(final.get_feature_names_out()) if method == "transform" else n_classes
    return np.zeros((0, n_columns))
