"""In how many documents each column occurs: the summary that IDF is made of."""

from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from torrential.errors import ParameterError
from torrential.kernels.rows.weighting import count_columns, count_columns_of
from torrential.types import Bool, Csr, Int64

AT_ONCE = 1 << 15
"""Columns whose arrays stay in a cache of the processor."""


class DocumentFrequencies:
    """Documents of each column, and all documents: a summary of hashed rows.

    Numbers are whole, so merging is associative and commutative to the bit.

    Parameters
    ----------
    n_features : int

    Attributes
    ----------
    counts : int64 array of shape (n_features,)
    n_documents : int

    Examples
    --------
    >>> frequencies = DocumentFrequencies(3)
    >>> rows = Csr(np.ones(3, np.float32), np.array([0, 2, 2], np.int32), np.array([0, 2, 3]), 3)
    >>> frequencies.update(rows)
    >>> frequencies.counts, frequencies.n_documents
    (array([1, 0, 2]), 2)
    """

    def __init__(self, n_features: int) -> None:
        self.counts: Int64 = np.zeros(n_features, np.int64)
        self.n_documents = 0

    def own(self) -> None:
        """Prepare for changes: counts that are in a file, or of fewer bits, are copied."""
        if not self.counts.flags.writeable or self.counts.dtype != np.int64:
            self.counts = self.counts.astype(np.int64)

    def update(self, rows: Csr, is_counted: Bool | None = None) -> None:
        """Count rows, or some of the rows; each row has distinct columns."""
        self.own()
        if is_counted is None or is_counted.all():
            count_columns(rows.indices, self.counts)
            self.n_documents += rows.n_rows
        else:
            count_columns_of(rows.indices, rows.indptr, is_counted, self.counts)
            self.n_documents += int(np.count_nonzero(is_counted))

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary.

        Raises
        ------
        ParameterError
            If the other has a different number of columns.
        """
        if len(self.counts) != len(other.counts):
            raise ParameterError(
                f"n_features={len(other.counts)} of one summary is not n_features="
                f"{len(self.counts)} of the other: merge what was hashed with the same settings."
            )
        self.own()
        self.counts += other.counts
        self.n_documents += other.n_documents
        return self

    def idf(
        self,
        smooth: bool = True,
        dtype: DTypeLike = np.float64,
        *,
        without_documents: float | None = None,
    ) -> NDArray[Any]:
        """Return inverse document frequencies, shape (n_features,), as in scikit-learn.

        log((n + 1) / (df + 1)) + 1 if ``smooth``, as if one more document had every column, else
        log(n / df) + 1, which is infinite for a column that does not occur. Computed in ``dtype``:
        float32 takes a quarter of the time.

        Parameters
        ----------
        smooth : bool, default=True
        dtype : dtype, default=float64
        without_documents : float, default=None
            Value of the columns that no document has; None takes that of the formula.
        """
        extra = int(smooth)
        idf = np.zeros(len(self.counts), dtype)
        n_documents = idf.dtype.type(self.n_documents + extra)
        for begin in range(0, len(idf), AT_ONCE):
            counts, part = self.counts[begin : begin + AT_ONCE], idf[begin : begin + AT_ONCE]
            np.add(counts, extra, out=part, casting="unsafe")
            with np.errstate(divide="ignore"):
                np.divide(n_documents, part, out=part)
            np.log(part, out=part)
            part += 1
            if without_documents is not None:
                part[counts == 0] = without_documents
        return idf
