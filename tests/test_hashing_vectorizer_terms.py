"""HashingVectorizer with terms: names of its columns, as CountVectorizer has them."""

from collections import Counter

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer

from torrential import HashingVectorizer, ParameterError

TEXTS = [
    "the cat sat on the mat",
    "the dog ate the cat",
    "Straße über naïve 日本",
    "",
    "cats, dogs",
]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"ngram_range": (1, 2)},
        {"analyzer": "char", "ngram_range": (1, 3)},
        {"analyzer": "char_wb", "ngram_range": (2, 4)},
        {"analyzer": str.split},
        {"stop_words": "english", "strip_accents": "unicode"},
    ],
)
def test_inverse_transform_is_that_of_count_vectorizer(parameters):
    ours = HashingVectorizer(terms=True, alternate_sign=False, **parameters)
    rows = ours.fit_transform(TEXTS)
    theirs = CountVectorizer(**parameters)
    expected = theirs.inverse_transform(theirs.fit_transform(TEXTS))
    for found, truth in zip(ours.inverse_transform(rows), expected, strict=True):
        assert sorted(found) == sorted(truth)
    names = ours.get_feature_names_out()
    assert len(names) == 2**20
    assert sorted(names[np.unique(rows.indices)]) == sorted(theirs.get_feature_names_out())
    assert names[0] == "x0"


def test_shared_columns_name_all_terms_by_frequency():
    vectorizer = HashingVectorizer(terms=True, n_features=2).fit(TEXTS)
    counts = Counter(CountVectorizer().build_analyzer()(" ".join(TEXTS)))
    named = [name.split(" | ") for name in vectorizer.get_feature_names_out()]
    assert sorted(named[0] + named[1]) == sorted(counts)
    for terms in named:
        assert [counts[term] for term in terms] == sorted(map(counts.get, terms), reverse=True)
    report = vectorizer.collisions()
    assert (report.vocabulary, report.occupied, report.shared_mass) == (len(counts), 2, 1.0)


def test_partial_fit_adds_terms_and_fit_begins_anew():
    parts = HashingVectorizer(terms=True).partial_fit(TEXTS[:2]).partial_fit(TEXTS[2:])
    whole = HashingVectorizer(terms=True, n_jobs=2).fit(TEXTS)
    assert (parts.get_feature_names_out() == whole.get_feature_names_out()).all()
    again = parts.fit(TEXTS[:1])
    assert len(again.index_) == 5
    with pytest.raises(ParameterError, match="seed=1 of one summary is not seed=0"):
        again.set_params(seed=1).partial_fit(TEXTS)


def test_without_terms_nothing_is_read_nor_known():
    vectorizer = HashingVectorizer().fit(iter(TEXTS))
    for question in (vectorizer.get_feature_names_out, vectorizer.collisions):
        with pytest.raises(ParameterError, match="kept no terms: give terms=True, then fit it"):
            question()
    with pytest.raises(ParameterError, match="kept no terms"):
        vectorizer.inverse_transform(vectorizer.transform(TEXTS))
    with pytest.raises(ParameterError, match="terms=0 is not a budget"):
        HashingVectorizer(terms=0).fit(TEXTS)


def test_budget_is_kept_and_clones_are_unfitted():
    vectorizer = HashingVectorizer(terms=3).fit(TEXTS * 5)
    assert len(vectorizer.index_) <= 3
    assert not hasattr(clone(vectorizer), "index_")
