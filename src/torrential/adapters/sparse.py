"""SciPy's sparse arrays: arrays inside, matrices only where scikit-learn is configured for them.

SciPy deprecates ``csr_matrix`` and its kin (scipy#24888): each one made is a warning there. What
the estimators compute with are sparse arrays; what they return is what scikit-learn's
``sparse_interface`` asks for, which is still matrices by default.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn import get_config

from torrential.kernels.linear.repeated import LONGEST, add_up_repeats, first_with_repeats


def csr_of_interface(content: Any, **options: Any) -> Any:
    """Return CSR of the kind that ``sklearn.set_config(sparse_interface=...)`` asks for.

    Parameters
    ----------
    content : array, sparse array or (data, indices, indptr)
        As ``scipy.sparse.csr_array`` takes it.
    **options
        Of ``scipy.sparse.csr_array``, such as ``shape``.

    Examples
    --------
    >>> import sklearn
    >>> with sklearn.config_context(sparse_interface="sparray"):
    ...     type(csr_of_interface([[0, 1]])).__name__
    'csr_array'
    """
    if get_config().get("sparse_interface") == "spmatrix":
        return sp.csr_matrix(content, **options)
    return sp.csr_array(content, **options)


def csr_without_repeats(X: Any) -> sp.csr_array:
    """Return dense or sparse values as a CSR array of which each row has a column once.

    X does not change, and columns stay in their order: nothing here needs it. Of a column that a
    row has twice, the first has the sum, and the others are zeros.
    """
    array = sp.csr_array(X)
    if array.has_canonical_format:
        return array
    if np.diff(array.indptr).max(initial=0) > LONGEST:
        array = array.copy() if sp.issparse(X) else array
        array.sum_duplicates()
        return array
    first = first_with_repeats(array.indices, array.indptr)
    if first < array.shape[0]:
        array = sp.csr_array((array.data.copy(), array.indices, array.indptr), array.shape)
        add_up_repeats(array.data, array.indices, array.indptr, first)
    return array
