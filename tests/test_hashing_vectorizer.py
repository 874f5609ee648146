"""HashingVectorizer against scikit-learn's."""

import io
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.feature_extraction.text import HashingVectorizer as Twin

from torrential.errors import DataError, MissingDataError, ParameterError
from torrential.estimators.hashing.vectorizer import HashingVectorizer

CHARACTERS = st.sampled_from(
    "aAbΣσςİßẞÉéÅ\u030aﬁǅ中文語한😀𝐀0_'. ,-\n\t\x1c\x1f\x85\xa0\u200b\u200d\u3000"
) | st.characters(exclude_categories=["Cs"])
WORDS = st.sampled_from(["the", "The", "cat", "ΟΔΟΣ", "x" * 100, "中" * 40, " ", "  ", "\n\n", "a"])
DOCUMENTS = st.lists(
    st.text(CHARACTERS, max_size=120) | st.lists(WORDS, max_size=40).map(" ".join),
    min_size=1,
    max_size=5,
)
PARAMETERS = st.fixed_dictionaries(
    {
        "analyzer": st.sampled_from(["word", "char", "char_wb"]),
        "ngram_range": st.tuples(st.integers(1, 3), st.integers(0, 3)).map(
            lambda pair: (pair[0], sum(pair))
        ),
        "binary": st.booleans(),
        "norm": st.sampled_from([None, "l1", "l2"]),
        "alternate_sign": st.booleans(),
        "strip_accents": st.sampled_from([None, None, "ascii", "unicode"]),
        "lowercase": st.booleans(),
        "n_features": st.sampled_from([1, 2, 7, 1000, 2**10, 2**20, 2**31 - 1]),
    }
)
TEXTS = ["The cat sat.", "", "naïve ΟΔΟΣ the the", "中文 文本"]


def assert_same(found, expected, rtol=1e-6):
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found.indptr, expected.indptr)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.data, expected.data, rtol=rtol, atol=0)


@given(DOCUMENTS, PARAMETERS)
@settings(max_examples=300, deadline=None)
def test_parity(documents, parameters):
    found = HashingVectorizer(**parameters).transform(documents)
    assert_same(found, Twin(**parameters).transform(documents))


@given(DOCUMENTS, st.sampled_from(["english", ["cat", "οδος", "é"]]), st.integers(1, 3))
@settings(deadline=None)
def test_parity_with_stop_words(documents, stop_words, max_n):
    parameters = {"stop_words": stop_words, "ngram_range": (1, max_n)}
    found = HashingVectorizer(**parameters).transform(documents)
    assert_same(found, Twin(**parameters).transform(documents))


@pytest.mark.parametrize(
    "parameters",
    [
        {"token_pattern": r"\S+"},
        {"token_pattern": r"(?u)\b\w+\b", "ngram_range": (2, 3)},
        {"tokenizer": str.split, "token_pattern": None},
        {"preprocessor": str.title},
        {"analyzer": str.split},
        {"strip_accents": str.swapcase},
        {"analyzer": "char", "ngram_range": (0, 1)},
    ],
    ids=str,
)
def test_parity_of_custom_analyzers(parameters):
    found = HashingVectorizer(**parameters).fit_transform(TEXTS)
    assert_same(found, Twin(**parameters).fit_transform(TEXTS))


def test_documents_that_are_lists_of_tokens():
    documents = [["a", "b", "a"], []]
    parameters = {"analyzer": lambda document: document}
    found = HashingVectorizer(**parameters).transform(documents)
    assert_same(found, Twin(**parameters).transform(documents))


@pytest.mark.parametrize("n_repeats", [1, 3_000])
def test_long_document_of_long_tokens(n_repeats):
    documents = [" ".join(["x" * 100, "é" * 99, "中" * 33, "cat"] * n_repeats)]
    assert_same(HashingVectorizer().transform(documents), Twin().transform(documents))


def test_cancelled_counts_stay_as_zeros():
    documents = [" ".join(f"w{i}" for i in range(200))]
    parameters = {"n_features": 4, "norm": None}
    found = HashingVectorizer(**parameters).transform(documents)
    assert_same(found, Twin(**parameters).transform(documents))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("norm", [None, "l2"])
def test_dtype(dtype, norm):
    found = HashingVectorizer(dtype=dtype, norm=norm).transform(TEXTS)
    assert_same(found, Twin(dtype=dtype, norm=norm).transform(TEXTS))


@pytest.mark.parametrize(
    "make",
    [
        tuple,
        iter,
        np.array,
        lambda texts: np.array(texts, object),
        pd.Series,
        lambda texts: pd.Series(texts, dtype="string"),
        pl.Series,
        pa.array,
        lambda texts: pa.array(texts, pa.large_string()),
        lambda texts: pa.array(texts, pa.string_view()),
        lambda texts: pa.array(texts).dictionary_encode(),
        lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
        lambda texts: [text.encode() for text in texts],
        lambda texts: pa.array([text.encode() for text in texts]),
    ],
)
def test_kinds_of_input(make):
    assert_same(HashingVectorizer().transform(make(TEXTS)), Twin().transform(TEXTS))


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_any_number_of_threads(n_jobs, monkeypatch):
    monkeypatch.setattr("torrential.estimators.hashing.documents.CHUNK_DOCUMENTS", 50)
    documents = [f"{text} number {i}" for i in range(250) for text in TEXTS]
    one = HashingVectorizer().transform(documents)
    many = HashingVectorizer(n_jobs=n_jobs).transform(documents)
    assert (one != many).nnz == 0
    np.testing.assert_array_equal(one.indices, many.indices)


def test_missing_documents_are_empty():
    found = HashingVectorizer().transform([None, np.nan, pd.NA, "cat"])
    assert_same(found, Twin().transform(["", "", "", "cat"]))
    assert HashingVectorizer().transform(pa.array([None, "cat"])).nnz == 1


def test_lone_surrogates():
    found = HashingVectorizer().transform(["ab\ud800cd Σ\udfff"])
    assert_same(found, Twin().transform(["ab\ud800cd Σ\udfff"]))


def test_encoding_and_decode_error():
    latin = ["élan".encode("latin-1")]
    found = HashingVectorizer(encoding="latin-1").transform(latin)
    assert_same(found, Twin(encoding="latin-1").transform(latin))
    for decode_error in ("ignore", "replace"):
        found = HashingVectorizer(decode_error=decode_error).transform(latin)
        assert_same(found, Twin(decode_error=decode_error).transform(latin))
    with pytest.raises(UnicodeDecodeError):
        HashingVectorizer().transform(latin)


def test_files(tmp_path):
    path = tmp_path / "cat.txt"
    path.write_text("the cat")
    expected = Twin().transform(["the cat"])
    assert_same(HashingVectorizer(input="filename").transform([path]), expected)
    assert_same(HashingVectorizer(input="file").transform([io.BytesIO(b"the cat")]), expected)
    with pytest.raises(MissingDataError, match=r"dog\.txt"):
        HashingVectorizer(input="filename").transform([tmp_path / "dog.txt"])


def test_seed_changes_the_columns():
    one, other = (HashingVectorizer(seed=seed).transform(TEXTS) for seed in (0, 2**32 - 1))
    assert one.nnz == other.nnz
    assert not np.array_equal(one.indices, other.indices)


def test_output_is_a_canonical_csr_matrix():
    found = HashingVectorizer(ngram_range=(1, 2)).transform(TEXTS)
    assert sp.isspmatrix_csr(found)
    assert found.indices.dtype == found.indptr.dtype == np.int32
    again = sp.csr_matrix((found.data, found.indices, found.indptr), found.shape)
    assert again.has_canonical_format
    with config_context(sparse_interface="sparray"):
        assert isinstance(HashingVectorizer().transform(TEXTS), sp.csr_array)


def test_clone_and_pickle():
    vectorizer = HashingVectorizer(ngram_range=(1, 2), seed=3, n_jobs=2).fit(TEXTS)
    expected = vectorizer.transform(TEXTS)
    for copy in (clone(vectorizer), pickle.loads(pickle.dumps(vectorizer))):
        assert copy.get_params() == vectorizer.get_params()
        assert_same(copy.transform(TEXTS), expected, rtol=0)
    assert_same(vectorizer.partial_fit(TEXTS).transform(TEXTS), expected, rtol=0)


@pytest.mark.parametrize("method", ["fit", "transform", "fit_transform", "partial_fit"])
def test_a_single_string_is_refused(method):
    with pytest.raises(DataError, match="single string"):
        getattr(HashingVectorizer(), method)("the cat")


@pytest.mark.parametrize("documents", [[], (), pa.array([], pa.string())])
def test_no_documents_are_refused(documents):
    with pytest.raises(DataError, match="no documents"):
        HashingVectorizer().transform(documents)


def test_documents_that_are_no_text_are_refused():
    with pytest.raises(DataError, match="Document 1 is of type int"):
        HashingVectorizer().transform(["cat", 3])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input", "url"),
        ("decode_error", "no"),
        ("norm", "max"),
        ("ngram_range", (2, 1)),
        ("n_jobs", 0),
    ],
)
def test_impossible_parameters(name, value):
    with pytest.raises(ParameterError, match=name):
        HashingVectorizer(**{name: value}).transform(TEXTS)


def test_unused_parameters_are_warned_of():
    with pytest.warns(UserWarning, match="'stop_words' will not be used"):
        HashingVectorizer(analyzer="char", stop_words=["a"]).fit(TEXTS)
