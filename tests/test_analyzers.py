"""Analyzers in Python, accents, and the checks of settings."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import HashingVectorizer

from torrential.errors import DataError, ParameterError
from torrential.features.settings import HashSettings
from torrential.features.text.analyzers import analyzed, decoded, needs_python, preprocessed
from torrential.features.text.checks import check_settings
from torrential.features.text.hasher import hash_texts

TEXTS = ["Élan vital, naïve", "", "the CAT\u0301 ™ ﬁ", "中文"]


def terms_of(documents, settings):
    terms, starts, lengths, indptr = analyzed(documents, settings)
    found = [bytes(terms[s : s + size]) for s, size in zip(starts, lengths)]
    return [found[a:b] for a, b in pairwise(indptr)]


@pytest.mark.parametrize(
    "custom",
    [
        {"token_pattern": r"\S+"},
        {"token_pattern": r"(\w)\w", "ngram_range": (1, 2)},
        {"preprocessor": str.upper},
        {"tokenizer": str.split, "stop_words": ["vital,"], "token_pattern": None},
        {"analyzer": list},
        {"strip_accents": str.swapcase},
        {"analyzer": "char", "ngram_range": (0, 2)},
    ],
)
@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.binary()])
@pytest.mark.filterwarnings("ignore:Your stop_words may be inconsistent")
def test_terms_are_those_of_scikit_learn(custom, type_):
    settings = HashSettings(**custom)
    assert needs_python(settings)
    analyze = HashingVectorizer(**custom).build_analyzer()
    expected = [[term.encode() for term in analyze(text)] for text in TEXTS]
    documents, n_invalid = decoded(pa.array(TEXTS, type_))
    assert n_invalid == 0
    assert terms_of(documents, settings) == expected


def test_documents_that_are_no_text():
    settings = HashSettings(analyzer=lambda document: document)
    assert terms_of([["a", b"\xff"], []], settings) == [[b"a", b"\xff"], []]


def test_null_and_invalid_text():
    assert decoded(pa.array([None, b"\xff"])) == (["", "\ufffd"], 1)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"analyzer": "char"},
        {"strip_accents": "ascii"},
        {"strip_accents": "unicode", "analyzer": "char_wb"},
        {"strip_accents": str.swapcase},
        {"tokenizer": str.split, "token_pattern": None},
        {"analyzer": str.split},
    ],
    ids=str,
)
def test_invalid_text_is_counted_whoever_decodes_it(options):
    text = pa.array([b"good", b"\xff\xfe", None, "\u00e9\ufffd".encode(), b"caf\xe9"])
    hashed = hash_texts(text, HashSettings(**options))
    assert (hashed.n_invalid, hashed.n_null) == (2, 1)


@pytest.mark.parametrize(("term", "said"), [(3, "of type int"), ("\ud800", "lone surrogate")])
def test_terms_that_cannot_be_hashed(term, said):
    with pytest.raises(DataError, match=f"{said} for document 1"):
        analyzed([[], [term]], HashSettings(analyzer=lambda document: document))


@pytest.mark.parametrize(
    "plain",
    [{}, {"token_pattern": r"\b\w\w+\b"}, {"analyzer": "char", "token_pattern": r"\S"}],
)
def test_kernels_do_the_rest(plain):
    assert not needs_python(HashSettings(**plain))


@pytest.mark.parametrize("strip_accents", ["ascii", "unicode"])
@pytest.mark.parametrize("lowercase", [True, False])
def test_accents_are_stripped_as_in_scikit_learn(strip_accents, lowercase):
    options = {"strip_accents": strip_accents, "lowercase": lowercase}
    twin = HashingVectorizer(**options).build_preprocessor()
    found = preprocessed(TEXTS, HashSettings(**options))
    assert found.to_pylist() == [*map(twin, TEXTS)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("analyzer", "words"),
        ("strip_accents", "latin"),
        ("norm", "max"),
        ("n_features", 0),
        ("n_features", 2**31),
        ("n_features", 2.5),
        ("seed", -1),
        ("seed", 2**32),
        ("ngram_range", (2, 1)),
        ("ngram_range", 2),
        ("ngram_range", ("1", "2")),
        ("stop_words", "german"),
        ("stop_words", 3),
        ("tokenizer", "split"),
        ("preprocessor", 3),
        ("lowercase", "yes"),
        ("token_pattern", None),
        ("token_pattern", "("),
        ("token_pattern", "(a)(b)"),
    ],
)
def test_impossible_settings(name, value):
    with pytest.raises(ParameterError, match=f"^{name}=") as raised:
        check_settings(HashSettings(**{name: value}))
    assert str(raised.value).endswith(".")


def test_possible_settings():
    check_settings(HashSettings())
    check_settings(HashSettings(n_features=np.int64(2**31 - 1), stop_words={"a"}, norm=None))
