"""Weighting of counts: sublinear, by the factor of their column, and to unit norm."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.features.views import View, column_edges
from torrential.kernels.kept.ranks import Ranks
from torrential.kernels.rows.weighting import multiply_kept, weigh_rows
from torrential.kernels.text.merge import NORMS
from torrential.types import Csr


@dataclass(frozen=True, slots=True)
class Weighting:
    """Steps applied to rows of counts, in this order.

    Attributes
    ----------
    sublinear_tf : bool
        A count n becomes 1 + log(n), with its sign; 0 stays 0.
    factors : float array of shape (n_features,), or None
        What the values of each column are multiplied with, such as IDF; of several views not None.
    norm : {'l1', 'l2'} or None
        Norm that each row is scaled to.
    views : tuple of View
        Where there are several, the norm of each goes before ``norm``, and its weight after it.
    kept : Ranks or None
        The columns that the factors are of, in this order; the values of others become 0. None if
        there is a factor for each column. For counts that are not made sublinear.
    n_features : int
        Number of all columns, where some are kept.
    """

    sublinear_tf: bool
    factors: NDArray[Any] | None
    norm: str | None
    views: tuple[View, ...] = ()
    kept: Ranks | None = None
    n_features: int = 0

    def apply(self, data: NDArray[Any], indices: NDArray[Any], indptr: NDArray[Any]) -> None:
        """Weigh the values of sparse rows in place.

        Parameters
        ----------
        data : float32 or float64 array of shape (n_nonzero,)
        indices : integer array of shape (n_nonzero,)
        indptr : integer array of shape (n_rows + 1,)

        Examples
        --------
        >>> data = np.array([1.0, -1.0, 2.0])
        >>> factors = np.array([1.0, 3.0])
        >>> weighting = Weighting(sublinear_tf=False, factors=factors, norm="l1")
        >>> weighting.apply(data, np.array([0, 1, 1]), np.array([0, 2, 3]))
        >>> data
        array([ 0.25, -0.75,  1.  ])
        """
        factors = np.empty(0, data.dtype) if self.factors is None else self.factors
        factors, n_features = factors.astype(data.dtype, copy=False), len(factors)
        indices = indices.astype(np.int32, copy=False)
        if self.kept is not None:
            multiply_kept(data, indices, self.kept, factors)
            factors, n_features = factors[:0], self.n_features
        views = self.views or (View(norm=self.norm),)
        weigh_rows(
            data,
            indices,
            indptr.astype(np.int64, copy=False),
            factors,
            self.sublinear_tf,
            column_edges(n_features, len(views))[1:],
            np.array([NORMS[view.norm] for view in views]),
            np.array([view.weight for view in views], np.float64),
        )


def weighed(rows: Csr, weighting: Weighting | None) -> Csr:
    """Return weighted rows, in a copy of their values; without a weighting, the rows."""
    if weighting is None:
        return rows
    copy = replace(rows, data=rows.data.copy())
    weighting.apply(copy.data, copy.indices, copy.indptr)
    return copy
