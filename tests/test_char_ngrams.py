"""Character n-grams and stop words against scikit-learn's and plain Python."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from torrential.errors import ParameterError
from torrential.features.stop_words import stop_words_of
from torrential.features.unicode_tables import unicode_tables
from torrential.kernels.char_ngrams import char_ngrams, max_char_ngrams
from torrential.kernels.stop_words import drop_stop_words

CLASSES, _ = unicode_tables()
TEXTS = st.text(
    st.sampled_from("ab  \t\n\x1c\x85\xa0\u2028\u3000é中😀")
    | st.characters(exclude_categories=["Cs"])
)
RANGES = st.tuples(st.integers(1, 7), st.integers(0, 5)).map(lambda pair: (pair[0], sum(pair)))


def ngrams_of(text, ngram_range, word_bound):
    source = np.frombuffer(text.encode(), np.uint8)
    padded = np.zeros(len(source) + 2, np.uint8)
    room = max_char_ngrams(len(source), *ngram_range)
    starts, lengths = np.zeros(room, np.int64), np.zeros(room, np.int32)
    n = char_ngrams(source, len(source), CLASSES, *ngram_range, word_bound, padded, starts, lengths)
    return [bytes(padded[s : s + size]).decode() for s, size in zip(starts[:n], lengths[:n])]


@given(TEXTS, RANGES, st.sampled_from(["char", "char_wb"]))
@settings(deadline=None)
def test_same_ngrams_as_scikit_learn(text, ngram_range, analyzer):
    twin = CountVectorizer(analyzer=analyzer, ngram_range=ngram_range, lowercase=False)
    found = ngrams_of(text, ngram_range, analyzer == "char_wb")
    assert Counter(found) == Counter(twin.build_analyzer()(text))


@given(st.lists(st.integers(0, 40)), RANGES)
@settings(deadline=None)
def test_room_for_many_texts_is_enough_for_each(sizes, ngram_range):
    total = max_char_ngrams(sum(sizes), *ngram_range)
    total += len(sizes) * max_char_ngrams(0, *ngram_range)
    assert sum(max_char_ngrams(size, *ngram_range) for size in sizes) <= total


def kept(tokens, stop_words):
    text = np.frombuffer("".join(tokens).encode(), np.uint8)
    lengths = np.array([len(token.encode()) for token in tokens], np.int32)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    n = drop_stop_words(text, starts, lengths, len(tokens), stop_words_of(stop_words))
    return [bytes(text[s : s + size]).decode() for s, size in zip(starts[:n], lengths[:n])]


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
