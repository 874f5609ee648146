r"""Tokens with punctuation against the pattern ``\w+|[^\w\s]``."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer as Twin

import torrential as tor
from torrential.features.settings import PUNCTUATION_PATTERNS
from torrential.features.text import hasher
from torrential.features.text.analyzers import needs_python

PATTERN = PUNCTUATION_PATTERNS[0]
SIZES = st.sampled_from([1, 2, 3, 31, 32, 33, 62, 63, 64, 65, 127, 128, 129])
CHARACTERS = st.sampled_from(
    "aZ_9 -é中，한😀!\n\t\x1c\x85\xa0\u2028\u3000\u0301İΣß…"
) | st.characters(exclude_categories=["Cs"])
TEXTS = st.text(CHARACTERS, max_size=100) | st.lists(st.tuples(CHARACTERS, SIZES), max_size=5).map(
    lambda runs: "".join(character * size for character, size in runs)
)


def assert_same(texts, **options):
    found = tor.HashingVectorizer(token_pattern=PATTERN, **options).transform(texts)
    expected = Twin(token_pattern=PATTERN, **options).transform(texts)
    np.testing.assert_array_equal(found.indptr, expected.indptr)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.data, expected.data, rtol=1e-6)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from([(1, 1), (1, 2), (2, 3)]))
@settings(deadline=None, max_examples=300)
def test_same_rows_as_scikit_learn(texts, ngram_range):
    assert_same(texts, ngram_range=ngram_range, norm=None, alternate_sign=False)


@given(st.lists(TEXTS, min_size=1, max_size=3), st.booleans())
@settings(deadline=None)
def test_options_of_words(texts, lowercase):
    assert_same(texts, lowercase=lowercase, stop_words=["a", "!", "中"], binary=True)
    assert_same(texts, strip_accents="unicode")


@given(TEXTS)
@settings(deadline=None)
def test_names_are_the_matches_of_the_pattern(text):
    hasher = tor.HashingVectorizer(token_pattern=PATTERN, terms=True, n_features=2**30)
    hasher.fit([text])
    assert set(hasher.index_.counted().decoded()) == {
        token.encode()[:255].decode("utf-8", "replace")
        for token in re.findall(PATTERN, text.lower())
    }


@pytest.mark.parametrize("size", [1, 63, 64, 65, 128])
@pytest.mark.parametrize("piece", ["!", "a!", "é!", "…", "\u3000…", "a b", "中，", " ", "ab\n"])
def test_runs_across_the_edges_of_blocks_and_documents(piece, size):
    assert_same([(" " * shift + piece * size)[:size] for shift in range(3)], norm=None)


@pytest.mark.jit
def test_a_long_document_in_pieces(monkeypatch):
    random = np.random.default_rng(0)
    pieces = ["word", "Ωmega", "!", "...", " ", "\n", "中文", "，", "\u3000", "x" * 50]
    text = "".join(random.choice(pieces, 40_000))
    monkeypatch.setattr(hasher, "LONG_IN_WORDS", 10_000)
    for ngram_range in ((1, 1), (1, 3)):
        assert_same([text, "short, text", text.encode().decode("ascii", "ignore")],
                    ngram_range=ngram_range)  # fmt: skip


def test_the_pattern_is_followed_by_the_kernels():
    settings = [
        tor.TextClassifier(preset="fast", token_pattern=pattern)
        .fit(["a!", "b?"], [0, 1])
        .model_.hashing
        for pattern in PUNCTUATION_PATTERNS
    ]
    assert not any(needs_python(each) or each.has_pattern for each in settings)
