"""IDF of hashed counts: scikit-learn's numbers, and summaries that merge."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.feature_extraction.text import TfidfTransformer

from torrential.errors import ParameterError
from torrential.estimators.hashing.tfidf import HashedTfidfTransformer
from torrential.estimators.hashing.vectorizer import HashingVectorizer

pytestmark = pytest.mark.jit

N_FEATURES = 6
OPTIONS = st.fixed_dictionaries(
    {
        "norm": st.sampled_from(["l1", "l2", None]),
        "use_idf": st.booleans(),
        "smooth_idf": st.booleans(),
        "sublinear_tf": st.booleans(),
    }
)
COUNTS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.just(N_FEATURES)),
    elements=st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.0, 0.5]),
)
DTYPES = st.sampled_from([np.float64, np.float32, np.int64])


@given(COUNTS, OPTIONS, DTYPES)
def test_numbers_are_those_of_scikit_learn(counts, options, dtype):
    X = sp.csr_array(counts.astype(dtype))
    with np.errstate(divide="ignore"):
        theirs = TfidfTransformer(**options).fit(X)
        expected = theirs.transform(X)
    ours = HashedTfidfTransformer(**options).fit(X)
    found = ours.transform(X)
    tolerance = 1e-5 if X.dtype == np.float32 else 1e-12
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found.toarray(), expected.toarray(), rtol=tolerance)
    if options["use_idf"]:
        assert ours.idf_.dtype == theirs.idf_.dtype
        np.testing.assert_allclose(ours.idf_, theirs.idf_, rtol=tolerance)


@given(COUNTS, st.data())
def test_parts_counted_apart_are_the_whole(counts, data):
    X = sp.csr_array(counts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(counts)), max_size=3)))
    parts = [X[a:b] for a, b in zip([0, *cuts], [*cuts, len(counts)]) if a < b]
    whole = HashedTfidfTransformer().fit(X)
    one_by_one = HashedTfidfTransformer()
    for part in parts:
        one_by_one.partial_fit(part)
    fitted = [HashedTfidfTransformer().fit(part) for part in parts]
    merged = fitted[-1]
    for other in fitted[:-1]:
        merged.merge(other)
    for found in (one_by_one, merged):
        np.testing.assert_array_equal(found.document_counts_, whole.document_counts_)
        np.testing.assert_array_equal(found.idf_, whole.idf_)
        assert found.n_documents_ == len(counts)


def test_counts_may_be_negative_and_cancel():
    X = sp.csr_array(np.array([[-2.0, 1.0], [3.0, 0.0]]))
    X.data[1] = 0  # kept as a value, as a hasher keeps it
    found = HashedTfidfTransformer(use_idf=False, sublinear_tf=True, norm=None).fit_transform(X)
    np.testing.assert_allclose(found.data, [-1 - np.log(2), 0.0, 1 + np.log(3)])


def test_the_matrix_is_weighed_in_place_if_asked_to():
    X = sp.csr_array(np.array([[2.0, 1.0], [3.0, 0.0]]))
    transformer = HashedTfidfTransformer().fit(X)
    before = X.toarray()
    expected = transformer.transform(X)
    np.testing.assert_array_equal(X.toarray(), before)
    assert transformer.transform(X, copy=False) is X
    np.testing.assert_array_equal(X.toarray(), expected.toarray())


def test_behind_a_hasher():
    texts = ["good film", "bad film", "a film, a good one"]
    counts = HashingVectorizer(n_features=2**10, norm=None).transform(texts)
    expected = TfidfTransformer().fit_transform(abs(counts))
    found = HashedTfidfTransformer().fit_transform(counts)
    np.testing.assert_allclose(abs(found).toarray(), expected.toarray())


def test_other_columns_cannot_be_merged():
    one = HashedTfidfTransformer().fit(np.ones((2, 3)))
    with pytest.raises(ParameterError, match=r"n_features=4 .* is not n_features=3"):
        one.merge(HashedTfidfTransformer().fit(np.ones((2, 4))))


@pytest.mark.parametrize(
    ("options", "said"), [({"norm": "l3"}, "norm='l3'"), ({"use_idf": 2}, "use_idf=2")]
)
def test_unknown_values(options, said):
    with pytest.raises(ParameterError, match=said):
        HashedTfidfTransformer(**options).fit(np.ones((2, 3)))
