"""HashedTfidfTransformer: IDF for hashed counts, in one pass and mergeable."""

from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from torrential.adapters.sparse import csr_of_interface
from torrential.errors import DataError, ParameterError
from torrential.estimators.common.columns import COLUMNS, columns_of, give_columns
from torrential.estimators.common.saving import (
    Member,
    Savable,
    parameters_of,
    plain_parameters,
    stamp,
)
from torrential.features.document_frequencies import DocumentFrequencies
from torrential.features.views import parse_views, spans
from torrential.features.weighting import Weighting
from torrential.schema import count, one_of, record
from torrential.types import Arrays, Csr

FLOATS = (np.float64, np.float32)


FREQUENCIES = record(
    {"columns": COLUMNS, "n_documents": count, "dtype": one_of("float32", "float64")}
)
"""Fields of a transformer, in addition to its parameters."""


class HashedTfidfTransformer(OneToOneFeatureMixin, TransformerMixin, Savable, BaseEstimator):
    """Weigh hashed counts by the inverse document frequencies of their columns.

    Equal to scikit-learn's ``TfidfTransformer`` on the same matrix, and beyond it: frequencies
    can be counted batch by batch (``partial_fit``) and on several machines (``merge``), and counts
    may be negative, as those of a hasher with ``alternate_sign`` are. A column that several terms
    share has the documents of all of them.

    Parameters
    ----------
    norm : {'l1', 'l2'} or None, default='l2'
        Norm that each row is scaled to, after the weighting.
    use_idf : bool, default=True
        Whether to weigh at all; without it only ``sublinear_tf`` and ``norm`` are applied.
    smooth_idf : bool, default=True
        Count one document more that has every column: no frequency is zero then.
    sublinear_tf : bool, default=False
        Take 1 + log(n) of a count n, with its sign; zeros stay zeros, where scikit-learn's become
        minus infinity.
    views : list of str or View, or None, default=None
        Those of the HashingVectorizer that made the counts: then each view has its own norm, weight
        and use of IDF, as the parts of scikit-learn's FeatureUnion have.

    Attributes
    ----------
    idf_ : float64 array of shape (n_features,)
        Of float32, where the matrix that was fitted is. Only with ``use_idf``.
    document_counts_ : int64 array of shape (n_features,)
        Rows that have a value in each column.
    n_documents_ : int
        Rows counted.
    n_features_in_ : int
        Columns of the matrix.

    See Also
    --------
    HashingVectorizer : Makes the counts, with ``norm=None``.

    References
    ----------
    K. Sparck Jones (1972), "A statistical interpretation of term specificity and its application in
    retrieval", Journal of Documentation 28(1).

    Examples
    --------
    >>> from torrential import HashedTfidfTransformer, HashingVectorizer
    >>> counts = HashingVectorizer(n_features=16, norm=None).transform(["a good film", "a bad one"])
    >>> weighted = HashedTfidfTransformer().fit_transform(counts)
    >>> weighted.shape
    (2, 16)
    """

    _kind = "HashedTfidfTransformer"

    def __init__(
        self,
        *,
        norm: str | None = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
        views: Any = None,
    ) -> None:
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf
        self.views = views

    def fit(self, X: Any, y: Any = None) -> Self:
        """Count the documents of each column, from the beginning.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_features)
            Counts, as a hasher with ``norm=None`` gives them.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If a parameter has a value it cannot have.
        """
        self._check()
        return self._count(X, is_first=True)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Count the documents of more rows, in addition to the earlier ones."""
        self._check()
        return self._count(X, is_first=not hasattr(self, "n_documents_"))

    def merge(self, other: Self) -> Self:
        """Add the documents that another transformer has counted.

        Parameters
        ----------
        other : HashedTfidfTransformer
            Fitted, on as many columns.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If the columns of the two are not as many.
        """
        check_is_fitted(self)
        check_is_fitted(other)
        self._set(self._frequencies().merge(other._frequencies()), self._dtype)
        return self

    def transform(self, X: Any, copy: bool = True) -> Any:
        """Weigh counts, and scale the rows.

        Parameters
        ----------
        X : sparse matrix or array of shape (n_rows, n_features)
        copy : bool, default=True
            Whether to leave ``X`` unchanged; otherwise a CSR matrix of floats is weighed in place.

        Returns
        -------
        sparse matrix of shape (n_rows, n_features), of float64, or float32 where ``X`` is
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=list(FLOATS), copy=copy, reset=False)
        if not sp.issparse(X):
            X = csr_of_interface(X)
        views, factors = parse_views(self.views, self.norm) or (), None
        if self.use_idf:
            factors = self.idf_
        if views:
            factors = self.idf_.copy() if self.use_idf else np.ones(X.shape[1], X.dtype)
            X.sort_indices()  # the columns of a view are next to each other then
        for view, columns in spans(X.shape[1], views):
            if not view.idf and factors is not None:
                factors[columns] = 1
        weighting = Weighting(bool(self.sublinear_tf), factors, self.norm, views)
        weighting.apply(X.data, X.indices, X.indptr)
        return X

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        check_is_fitted(self)
        return {"document_counts": self.document_counts_}, {
            **stamp(self._kind),
            "parameters": plain_parameters(self),
            "columns": columns_of(self),
            "n_documents": int(self.n_documents_),
            "dtype": np.dtype(self._dtype).name,
        }

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        FREQUENCIES(header, "")
        counts = arrays["document_counts"]
        n, n_documents = header["columns"]["n"], header["n_documents"]
        if counts.shape != (n,) or counts.dtype != np.int64:
            raise DataError("its counts are not those of its columns")
        if counts.min() < 0 or counts.max() > n_documents:
            raise DataError("a column is in more documents than there are")
        transformer = cls(**parameters_of(header))
        transformer._check()
        give_columns(transformer, header["columns"])
        frequencies = DocumentFrequencies(0)
        frequencies.counts, frequencies.n_documents = counts.copy(), n_documents
        transformer._set(frequencies, np.dtype(header["dtype"]))
        return transformer

    def _check(self) -> None:
        if self.norm not in ("l1", "l2", None):
            raise ParameterError(f"norm={self.norm!r} is not known: give one of 'l1', 'l2', None.")
        for name in ("use_idf", "smooth_idf", "sublinear_tf"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise ParameterError(f"{name}={getattr(self, name)!r} is not True or False.")
        parse_views(self.views, self.norm)

    def _count(self, X: Any, *, is_first: bool) -> Self:
        X = validate_data(self, X, accept_sparse="csr", reset=is_first)
        dtype = X.dtype if X.dtype in FLOATS else np.dtype(np.float64)
        X = X if sp.issparse(X) else sp.csr_array(X)
        frequencies = DocumentFrequencies(X.shape[1]) if is_first else self._frequencies()
        indices = X.indices.astype(np.int32, copy=False)
        frequencies.update(
            Csr(np.empty(0, np.float32), indices, X.indptr.astype(np.int64), X.shape[1])
        )
        self._set(frequencies, dtype)
        return self

    def _frequencies(self) -> DocumentFrequencies:
        frequencies = DocumentFrequencies(0)
        frequencies.counts, frequencies.n_documents = self.document_counts_, self.n_documents_
        return frequencies

    def _set(self, frequencies: DocumentFrequencies, dtype: Any) -> None:
        self.document_counts_: NDArray[np.int64] = frequencies.counts
        self.n_documents_ = frequencies.n_documents
        self._dtype = dtype
        if self.use_idf:
            self.idf_ = frequencies.idf(bool(self.smooth_idf), dtype)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
