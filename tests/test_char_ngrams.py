"""Character n-grams and stop words against scikit-learn's and plain Python."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from torrential.errors import ParameterError
from torrential.features.text.stop_words import stop_words_of
from torrential.features.text.unicode_tables import unicode_tables
from torrential.kernels.text import char_ngrams as kernels
from torrential.kernels.text import stop_words, terms

char_ngrams, max_char_ngrams = (kernels.char_ngrams, kernels.max_char_ngrams)
make_terms = terms.make_terms
drop_stop_words = stop_words.drop_stop_words

CLASSES, _ = unicode_tables()
TEXTS = st.text(
    st.sampled_from("ab  \t\n\x1c\x85\xa0\u2028\u3000é中😀")
    | st.characters(exclude_categories=["Cs"])
)
RANGES = st.tuples(st.integers(1, 7), st.integers(0, 5)).map(lambda pair: (pair[0], sum(pair)))


def ngrams_of(texts, ngram_range, word_bound):
    """Return the n-grams of each of several adjacent texts."""
    encoded = [text.encode() for text in texts]
    source = np.frombuffer(b"".join(encoded) + b"xxx", np.uint8)
    bounds = np.cumsum([0, *map(len, encoded)])
    padded = np.zeros(len(source) + 2 * len(texts), np.uint8)
    room = max_char_ngrams(int(bounds[-1]), len(texts), *ngram_range)
    grams = make_terms(room, len(texts))
    char_ngrams(source, bounds, len(texts), CLASSES, *ngram_range, word_bound, padded, grams)
    assert grams.indptr[-1] <= room
    places = zip(grams.starts.tolist(), grams.lengths.tolist())
    terms = [bytes(padded[start : start + size]) for start, size in places]
    edges = pairwise(grams.indptr)
    return [[term.decode() for term in terms[first:last]] for first, last in edges]


@given(st.lists(TEXTS, min_size=1, max_size=3), RANGES, st.sampled_from(["char", "char_wb"]))
@settings(deadline=None)
def test_same_ngrams_as_scikit_learn(texts, ngram_range, analyzer):
    twin = CountVectorizer(analyzer=analyzer, ngram_range=ngram_range, lowercase=False)
    analyze = twin.build_analyzer()
    for text, found in zip(texts, ngrams_of(texts, ngram_range, analyzer == "char_wb")):
        assert Counter(found) == Counter(analyze(text))


def kept(tokens, stop_words):
    """Return the remaining tokens of a document between two others."""
    tokens = ["#1", *tokens, "#2"]
    text = np.frombuffer("".join(tokens).encode(), np.uint8)
    n = len(tokens)
    terms = make_terms(n, 3)
    terms.lengths[:n] = [len(token.encode()) for token in tokens]
    terms.starts[:n] = np.cumsum(terms.lengths[:n]) - terms.lengths[:n]
    terms.indptr[:] = 0, 1, n - 1, n
    drop_stop_words(text, terms, 3, stop_words_of(stop_words))
    n_left = terms.indptr[3]
    places = zip(terms.starts[:n_left].tolist(), terms.lengths[:n_left].tolist())
    left = [bytes(text[start : start + size]).decode() for start, size in places]
    assert [left[0], left[terms.indptr[2]]] == ["#1", "#2"]
    return left[terms.indptr[1] : terms.indptr[2]]


WORDS = st.text(st.sampled_from("aébc中"), min_size=1, max_size=4)


@given(st.lists(WORDS), st.lists(WORDS))
@settings(deadline=None)
def test_stop_words_are_dropped(tokens, stop_words):
    assert kept(tokens, stop_words) == [token for token in tokens if token not in stop_words]


def test_english_stop_words():
    tokens = [*sorted(ENGLISH_STOP_WORDS), "cat", "thee", "th"]
    assert kept(tokens, "english") == ["cat", "thee", "th"]


def test_no_stop_words():
    assert kept(["the", "cat"], None) == ["the", "cat"]


def test_stop_words_that_are_no_strings_drop_nothing():
    assert kept(["the", "cat"], [1, "the", None]) == ["cat"]


def test_unknown_stop_list():
    with pytest.raises(ParameterError, match="'german' is not a known list"):
        stop_words_of("german")
