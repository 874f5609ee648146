"""Passes over a matrix in memory: the same learner as for streams, with its rows in any order."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from torrential.errors import enough_memory_to
from torrential.execution import TaskRunner
from torrential.linear import LinearModel
from torrential.linear.pieces import rows_at_once
from torrential.types import Csr, Float32, Int32, Int64

CHUNK = 1 << 14
"""Rows learned between two chances to interrupt; only their scores are kept in memory."""


def to_csr(matrix: sp.csr_array) -> Csr:
    """View a SciPy CSR array of float32 as sparse rows."""
    indices = matrix.indices.astype(np.int32, copy=False)
    return Csr(matrix.data, indices, matrix.indptr.astype(np.int64), matrix.shape[1])


@enough_memory_to("train")
def learn_pass(
    model: LinearModel,
    matrix: sp.csr_array,
    targets: Int32 | Float32,
    sample_weight: Float32 | None,
    order: Int64,
    n_jobs: int = 1,
    *,
    measured: bool = True,
) -> float:
    """Learn all rows once, in this order.

    Parameters
    ----------
    model : LinearModel
    matrix : CSR array of float32, shape (n_rows, n_features)
    targets : array of shape (n_rows,)
        As `LinearModel.update` takes them.
    sample_weight : float32 array of shape (n_rows,), or None
    order : int64 array of shape (n_rows,)
    n_jobs : int, default=1
        Threads that share the classes of one-vs-rest; the model is the same for any number.
    measured : bool, default=True
        Whether the loss is computed, which takes an eighth of the time of narrow rows.

    Returns
    -------
    loss : float
        Progressive: the weighted mean over all rows, each just before it was learned; NaN if it
        is not measured.
    """
    total, total_weight = 0.0, 0.0
    with TaskRunner(n_jobs) as run:
        for rows in _chunks(order, model.n_columns):
            part = _rows_of(matrix, rows)
            weight = None if sample_weight is None else sample_weight[rows]
            scores = model.update(part, targets[rows], weight, run=run, n_tasks=n_jobs)
            if not measured:
                continue
            losses = model.losses(scores, targets[rows])
            total += float(losses.sum() if weight is None else losses @ weight)
            total_weight += float(len(rows) if weight is None else weight.sum())
    if not measured:
        return float("nan")
    return total / total_weight if total_weight > 0 else 0.0


@enough_memory_to("score all rows")
def decide_matrix(model: LinearModel, matrix: sp.csr_array) -> Float32:
    """Return the scores of all rows, shape (n_rows, n_columns)."""
    return model.decision(to_csr(matrix))


class Patience:
    """Says when a loss has stopped falling.

    Parameters
    ----------
    tol : float or None
        It has to fall by more than this below the best so far; None never stops.
    n_iter_no_change : int
        Passes in a row without improvement.

    Examples
    --------
    >>> patience = Patience(tol=0.01, n_iter_no_change=2)
    >>> [patience.is_over(loss) for loss in (1.0, 0.5, 0.495, 0.494)]
    [False, False, False, True]
    """

    def __init__(self, tol: float | None, n_iter_no_change: int) -> None:
        self._tol = tol
        self._n_allowed = n_iter_no_change
        self._n_in_vain = 0
        self._best = np.inf

    def is_over(self, loss: float) -> bool:
        """Add the loss of one more pass, and return whether training is over."""
        if self._tol is None:
            return False
        self._n_in_vain = self._n_in_vain + 1 if loss > self._best - self._tol else 0
        self._best = min(self._best, loss)
        return self._n_in_vain >= self._n_allowed


def _rows_of(matrix: sp.csr_array, rows: Int64) -> Csr:
    """Return some rows; consecutive ones are not copied."""
    first, last = int(rows[0]), int(rows[-1])
    if last - first + 1 != len(rows) or (np.diff(rows) != 1).any():
        return to_csr(matrix[rows])
    indptr = matrix.indptr[first : last + 2].astype(np.int64)
    values = slice(indptr[0], indptr[-1])
    indices = matrix.indices[values].astype(np.int32, copy=False)
    return Csr(matrix.data[values], indices, indptr - indptr[0], matrix.shape[1])


def _chunks(order: Int64, n_columns: int) -> Iterator[Int64]:
    size = min(CHUNK, rows_at_once(n_columns))
    for begin in range(0, len(order), size):
        yield order[begin : begin + size]
