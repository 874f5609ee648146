"""scikit-learn's HashingVectorizer, on all cores."""

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import HashingVectorizer as ScikitLearnVectorizer

from torrential.adapters.sparse import csr_of_interface
from torrential.errors import DataError, ParameterError
from torrential.estimators.hashing.documents import Decoder, as_arrow, cut_documents
from torrential.estimators.hashing.terms import ColumnTerms
from torrential.execution.jobs import count_jobs
from torrential.execution.stream import stream
from torrential.features.settings import DEFAULT_TOKEN_PATTERN, HashSettings
from torrential.features.spec import EncodedRows, Observe
from torrential.features.terms.term_budget import parse_budget
from torrential.features.terms.term_index import TermIndex, check_same_terms
from torrential.features.terms.vocabulary import Vocabulary
from torrential.features.text.analyzers import needs_python
from torrential.features.text.checks import check_settings
from torrential.features.text.hasher import hash_analyzed
from torrential.features.text.views_spec import text_spec
from torrential.features.views import USUAL, parse_views
from torrential.types import Csr, text_columns


class HashingVectorizer(  # type: ignore[call-arg]
    ColumnTerms, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    r"""Turn texts into sparse rows of hashed term counts.

    Parameters, and the result for any text, are those of scikit-learn's HashingVectorizer: same
    columns and signs, values equal to float32 rounding. It differs in these points: ``seed`` and
    ``n_jobs`` are new; a document that is None or NaN counts as empty, where scikit-learn raises;
    lone surrogates become U+FFFD, unless the analyzer is a Python one; stop words may be any
    collection; all parameters are checked in ``transform`` too; and ``terms`` is new, by which
    columns get their names back.

    Parameters
    ----------
    input : {'content', 'filename', 'file'}, default='content'
        Whether a document is a str or bytes, the name of a file, or has a ``read`` method.
    encoding : str, default='utf-8'
        Encoding of documents that are bytes.
    decode_error : {'strict', 'ignore', 'replace'}, default='strict'
        What to do with bytes that the encoding does not allow.
    strip_accents : {'ascii', 'unicode'} or callable, default=None
        Remove accents, by NFKD normalization.
    lowercase : bool, default=True
    preprocessor, tokenizer : callable, default=None
        Override these steps, as in scikit-learn. Python code runs on one core at a time.
    stop_words : 'english' or collection of str, default=None
        Tokens to leave out, if the analyzer is 'word'.
    token_pattern : str, default ``r"(?u)\b\w\w+\b"``
        What a token is, if the analyzer is 'word'. Another than this or
        ``r"\w+|[^\w\s]"``, which keeps punctuation, runs in Python.
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Sizes of the n-grams, in words or characters.
    analyzer : {'word', 'char', 'char_wb'} or callable, default='word'
    views : list of str or View, or None, default=None
        Instead of ``analyzer`` and ``ngram_range``: several ways to split a text into terms, such
        as ``["word:1-2", "char_wb:2-5"]``, next to each other as in scikit-learn's FeatureUnion.
        Each has an equal part of the columns; see :class:`torrential.View`.
    n_features : int, default=2**20
        Number of columns, at most 2**31 - 1.
    binary : bool, default=False
        Whether all counts that are not left out become 1.
    norm : {'l1', 'l2'} or None, default='l2'
    alternate_sign : bool, default=True
        Whether a term counts as +1 or -1, by its hash.
    dtype : dtype, default=numpy.float64
    seed : int, default=0
        Of MurmurHash3, from 0 to 2**32 - 1; scikit-learn's is 0.
    terms : bool, int or str, default=False
        Whether ``fit``, ``partial_fit`` and ``fit_transform`` read the documents and keep the names
        of their terms; how many at most; or the memory for them, such as '64 MB'. True keeps the
        2**20 most frequent.
    n_jobs : int, default=None
        Threads; None is 1, -1 all cores. The result does not depend on it.

    Examples
    --------
    >>> from torrential.estimators.hashing.vectorizer import HashingVectorizer
    >>> X = HashingVectorizer(n_features=16, norm=None).fit_transform(["to be or not", "to be"])
    >>> X.shape
    (2, 16)
    >>> abs(X).sum(axis=1).ravel()
    matrix([[4., 2.]])
    """

    def __init__(
        self,
        *,
        input: str = "content",
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: str | Callable[[str], str] | None = None,
        lowercase: bool = True,
        preprocessor: Callable[[Any], Any] | None = None,
        tokenizer: Callable[[str], Any] | None = None,
        stop_words: str | Collection[str] | None = None,
        token_pattern: str | None = DEFAULT_TOKEN_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: str | Callable[[Any], Any] = "word",
        views: Any = None,
        n_features: int = 2**20,
        binary: bool = False,
        norm: str | None = "l2",
        alternate_sign: bool = True,
        dtype: npt.DTypeLike = np.float64,
        seed: int = 0,
        terms: bool | int | str = False,
        n_jobs: int | None = None,
    ) -> None:
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.views = views
        self.n_features = n_features
        self.binary = binary
        self.norm = norm
        self.alternate_sign = alternate_sign
        self.dtype = dtype
        self.seed = seed
        self.terms = terms
        self.n_jobs = n_jobs

    def fit(self, X: Iterable[Any], y: Any = None) -> Self:
        """Check the parameters, and collect the terms of the documents if requested.

        Parameters
        ----------
        X : iterable of documents
            Not read, unless ``terms`` is set.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If a parameter has a value it cannot have.
        DataError
            If ``X`` is a single string, or a document is not text.
        """
        self._start(X)
        return self._collect(X)

    def partial_fit(self, X: Iterable[Any], y: Any = None) -> Self:
        """Check the parameters as :meth:`fit` does, but add the terms to the earlier ones."""
        if not hasattr(self, "index_"):
            return self.fit(X, y)
        _refuse_string(X)
        check_same_terms(self.index_.settings, self._checked_settings())
        return self._collect(X)

    def transform(self, X: Iterable[Any]) -> Any:
        """Hash the terms of each document.

        Parameters
        ----------
        X : iterable of n_documents documents
            A list, tuple, generator, NumPy array, pandas or polars Series, or Arrow array.

        Returns
        -------
        scipy.sparse.csr_matrix of shape (n_documents, n_features), or csr_array where scikit-learn
        is configured with ``sparse_interface="sparray"``
            With ascending columns in each row; a csr_array if scikit-learn's configuration has
            ``sparse_interface="sparray"``.

        Raises
        ------
        ParameterError
            If a parameter has a value it cannot have.
        DataError
            If ``X`` is a single string or without documents, or a document is not text.
        """
        _refuse_string(X)
        return self._matrix([hashed.rows for hashed in self._hashed(X, count_terms=False)])

    def fit_transform(self, X: Iterable[Any], y: Any = None) -> Any:
        """Check the parameters and hash the terms of each document; see :meth:`transform`.

        Terms are collected in the same pass.
        """
        self._start(X)
        rows = []
        for hashed in self._hashed(X, count_terms=hasattr(self, "index_")):
            self._note(hashed)
            rows.append(hashed.rows)
        return self._matrix(rows)

    def _start(self, X: Any) -> None:
        """Check the parameters, and discard earlier terms."""
        _refuse_string(X)
        settings, budget = self._checked_settings(), parse_budget(self.terms)
        ScikitLearnVectorizer(**self._scikit_learn_params()).fit(())  # warns of unused parameters
        self.__dict__.pop("index_", None)
        if budget is not None:
            self.index_ = TermIndex(settings, budget)
            self.vocabulary_size_ = Vocabulary()

    def _collect(self, X: Iterable[Any]) -> Self:
        if hasattr(self, "index_"):
            for hashed in self._hashed(X, count_terms=True):
                self._note(hashed)
        return self

    def _hashed(self, X: Iterable[Any], *, count_terms: bool) -> Generator[EncodedRows, None, None]:
        """Hash the documents in chunks, on threads."""
        settings = self._checked_settings()
        takes_objects = settings.views is None and needs_python(settings)
        spec, observe = text_spec(settings), Observe(count_terms, count_terms)

        def hash_chunk(chunk: list[Any] | pa.Array) -> EncodedRows:
            if takes_objects:
                return hash_analyzed(
                    chunk, settings, count_terms=count_terms, observe_terms=count_terms
                )
            return spec.encode(text_columns(as_arrow(chunk)), observe)

        decoder = Decoder(self.input, self.encoding, self.decode_error, takes_objects)
        chunks = cut_documents(X, decoder)
        return stream([lambda: chunks], hash_chunk, count_jobs(self.n_jobs))

    def _checked_settings(self) -> HashSettings:
        alone = {name: getattr(self, name) for name in USUAL}
        views = parse_views(self.views, self.norm, **alone)
        names = HashSettings.__dataclass_fields__.keys() - {"sublinear_tf", "views"}
        settings = HashSettings(**{name: getattr(self, name) for name in names}, views=views)
        check_settings(settings)
        for name, choices in (
            ("input", ("content", "filename", "file")),
            ("decode_error", ("strict", "ignore", "replace")),
        ):
            if getattr(self, name) not in choices:
                known = ", ".join(map(repr, choices))
                raise ParameterError(f"{name}={getattr(self, name)!r} is not one of {known}.")
        return settings

    def _scikit_learn_params(self) -> dict[str, Any]:
        params = self.get_params(deep=False)
        for name in ("seed", "terms", "n_jobs", "views"):
            del params[name]
        if params["stop_words"] is not None and not isinstance(params["stop_words"], str):
            params["stop_words"] = list(params["stop_words"])
        return {**params, "ngram_range": tuple(params["ngram_range"])}

    def _matrix(self, rows: Sequence[Csr]) -> Any:
        """Concatenate the rows of all chunks."""
        if not rows:
            raise DataError("There are no documents to transform: give at least one.")
        dtype = np.dtype(self.dtype)
        if self.norm is not None and dtype.kind != "f":  # as in scikit-learn
            dtype = np.dtype(np.float64)
        ends = np.cumsum([0, *(len(part.data) for part in rows)])
        starts = np.cumsum([0, *(part.n_rows for part in rows)])
        n_values, n_documents = int(ends[-1]), int(starts[-1])
        data, indices = np.empty(n_values, dtype), np.empty(n_values, np.int32)
        is_small = n_values <= np.iinfo(np.int32).max  # as scipy would have it
        indptr = np.zeros(n_documents + 1, np.int32 if is_small else np.int64)

        def write(number: int) -> None:
            part, end, start = rows[number], ends[number], starts[number]
            data[end : ends[number + 1]] = part.data
            indices[end : ends[number + 1]] = part.indices
            indptr[start + 1 : starts[number + 1] + 1] = part.indptr[1:] + end

        deque(stream([lambda: range(len(rows))], write, count_jobs(self.n_jobs)), maxlen=0)
        matrix = csr_of_interface((data, indices, indptr), shape=(n_documents, self.n_features))
        matrix.has_canonical_format = True
        return matrix

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags


def _refuse_string(X: Any) -> None:
    if isinstance(X, str):
        raise DataError("X is a single string: give an iterable of documents.")
