"""Long documents, which are hashed in pieces, against scikit-learn, which takes them whole."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from torrential.features.settings import HashSettings
from torrential.features.text import hasher
from torrential.features.text.hasher import hash_texts, make_recipe
from torrential.features.text.unicode_tables import unicode_tables
from torrential.kernels.text.hashed_rows import ANALYZERS
from torrential.kernels.text.murmur import PADDING
from torrential.kernels.text.pieces import longest_piece
from torrential.kernels.text.sections import SECTION_BYTES, Documents

pytestmark = pytest.mark.jit

LONG = 3 * SECTION_BYTES
"""Bytes that make a document a long one here: a few pieces show what many would."""

TEXTS = {
    "words": "ab é日 c\u3000ñandú x1 " * 4200,
    "one word": "abcdé日" * 11_000,
    "a long word between others": "ab é " * 1500 + "abcdé日" * 9000 + " z" + " y" * 8000,
    "white space": " \t\n" * 33_000,
}
ALPHABETS = {
    "letters of all kinds": "ab AB_1éÉ中İΣς\n'.:\u0301Ⓐ",
    "ASCII": "abcdeABC_19 \n'.,",
    "no white space": "abAΣ中é'",
    "ideographs": "中文字漢，。",
    "white space": " \t\n\u3000\u00a0\u2028x",
    "ignorable": "'.:Σ",
    "sigma": "Σ a",
    "DNA": "acgt",
}
INVALID = [
    b"ab",
    b" ",
    b"\xff",
    b"\xc3",
    b"\xa9",
    b"\xe4\xb8",
    b"\xf0\x9f\x98",
    "Σ".encode(),
    b"\n",
]
WAYS = [("word", 1, 1), ("word", 1, 2), ("word", 2, 4), ("char", 1, 3), ("char_wb", 1, 3)]


@pytest.fixture(autouse=True)
def shorter(monkeypatch):
    for name in ("LONG_IN_WORDS", "LONG_IN_CHARACTERS"):
        monkeypatch.setattr(hasher, name, LONG)


def drawn(alphabet):
    rng = np.random.default_rng(3)
    return "".join(rng.choice(list(alphabet), LONG + 1).tolist())


def check(text, way, n_features=2**20, **options):
    """Hash the text between short ones and as the last one, and compare with scikit-learn."""
    analyzer, low, high = way
    is_bytes = isinstance(text, bytes)
    assert len(text if is_bytes else text.encode()) > LONG
    peer = HashingVectorizer(
        analyzer=analyzer,
        ngram_range=(low, high),
        n_features=n_features,
        norm=None,
        decode_error="replace",
        **options,
    )
    settings = HashSettings(
        analyzer=analyzer, ngram_range=(low, high), n_features=n_features, norm=None, **options
    )
    texts = [b"x yz", text, b"qu qu", text] if is_bytes else ["x yz", text, "qu qu", text]
    expected = peer.transform(texts[:3])[[0, 1, 2, 1]]
    expected.sort_indices()
    hashed = hash_texts(pa.array(texts), settings, count_terms=True, observe_terms=True)
    np.testing.assert_array_equal(hashed.rows.indptr, expected.indptr)
    np.testing.assert_array_equal(hashed.rows.indices, expected.indices)
    np.testing.assert_array_equal(hashed.rows.data, expected.data)
    analyze = peer.build_analyzer()
    of_text = Counter(analyze(text))
    counts = of_text + of_text + Counter(term for each in texts[:3:2] for term in analyze(each))
    assert sorted(hashed.terms.counts.tolist()) == sorted(counts.values())
    assert hashed.n_invalid == (2 if is_bytes else 0)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", TEXTS)
def test_texts_with_few_words(name, way):
    check(TEXTS[name], way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", ALPHABETS)
def test_texts_of_all_letters(name, way):
    check(drawn(ALPHABETS[name]), way)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_texts_that_are_not_utf8(way):
    check(b"".join(np.random.default_rng(5).choice(INVALID, LONG).tolist()), way)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("n_features", [2**10, 2**31 - 1])
def test_few_and_many_columns(n_features, way):
    check(TEXTS["words"], way, n_features)


def test_stop_words_are_dropped_before_words_are_joined():
    check(TEXTS["words"], ("word", 1, 3), stop_words=["c", "x1", "日"])


def test_ngrams_of_very_many_characters():
    letters, n = "abcdefghij", 5000
    text = letters * 20_000
    settings = HashSettings(analyzer="char", ngram_range=(n, n), norm=None)
    rows = hash_texts(pa.array([text]), settings).rows
    expected = Counter()
    for start in range(len(letters)):
        value = murmurhash3_32(text[start : start + n])
        n_times = len(range(start, len(text) - n + 1, len(letters)))
        expected[abs(value) % settings.n_features] += n_times if value >= 0 else -n_times
    assert dict(zip(rows.indices.tolist(), rows.data.tolist())) == dict(expected)


def test_terms_are_observed():
    text = drawn(ALPHABETS["letters of all kinds"])
    whole = hash_texts(pa.array([text]), HashSettings(), observe_terms=True)
    lines = hash_texts(pa.array(text.split("\n")), HashSettings(), observe_terms=True)
    assert whole.registers.any()
    np.testing.assert_array_equal(whole.registers, lines.registers)


def documents_of(text):
    source = np.frombuffer(text.encode() + bytes(2 * PADDING), np.uint8)
    offsets = np.array([0, len(text.encode())])
    return Documents(source, offsets, source[:0], 0, 0, *unicode_tables())


@pytest.mark.parametrize("analyzer", ANALYZERS)
@pytest.mark.parametrize("name", ["letters of all kinds", "ideographs", "DNA"])
def test_pieces_are_short(name, analyzer):
    """So is the scratch; only a word is not cut, for words."""
    recipe = make_recipe(HashSettings(analyzer=analyzer))
    longest, begin = longest_piece(documents_of(drawn(ALPHABETS[name])), 0, recipe)
    if (name, analyzer) == ("DNA", "word"):
        assert (longest, begin) == (LONG + 1, 0)
    else:
        assert SECTION_BYTES // 2 < longest <= SECTION_BYTES * 3 // 2
        assert begin > 0
