"""Damaged and hostile files of fastText end in one sentence, before anything large is made."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torrential as tor
from fasttext_files import TinyModel

pytestmark = pytest.mark.jit

RNG = np.random.default_rng(0)
MODELS = [
    TinyModel(minn=1, maxn=3, word_ngrams=2).filled(RNG).content(),
    TinyModel(loss="hs", minn=1, maxn=3, kept={7: 1, 3: 0}).filled(RNG, part=2).content(),
    TinyModel(loss="ova").filled(RNG, part=2, has_norms=True, out_part=3).content(),
]
COUNTS, DICTIONARY = 64, 92


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged") / "model.bin"


def outcome(path, content):
    """Load and predict; return the message of the error."""
    path.write_bytes(content)
    try:
        model = tor.load(path)
    except tor.ModelFileError as error:
        assert str(path) in str(error) and str(error).endswith(".") and "\n" not in str(error)
        return str(error)
    labels, _ = model.top_k(["good the unknown", "", "__label__no x"], 3)
    assert {*labels.ravel().tolist()} <= {*model.classes_.tolist()}
    return None


def with_numbers(content, at, kinds, *numbers):
    packed = struct.pack("<" + kinds, *numbers)
    return content[:at] + packed + content[at + len(packed) :]


def test_the_models_are_sound(path):
    assert [outcome(path, content) for content in MODELS] == [None] * 3


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MODELS), st.data())
def test_any_byte_may_be_any_other(path, content, data):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, 250) | st.integers(0, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))
    outcome(path, bytes(content))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MODELS), st.data())
def test_a_file_that_is_cut_off(path, content, data):
    at = data.draw(st.integers(0, len(content) - 1))
    assert outcome(path, content[:at]) is not None


@pytest.mark.parametrize(
    ("at", "kinds", "numbers", "words"),
    [
        (4, "i", (13,), "version 13"),
        (8, "i", (0,), "0 dimensions"),
        (8, "i", (2**31 - 1,), "numbers, and its vectors"),
        (28, "i", (101,), "n-grams"),
        (32, "i", (9,), "loss"),
        (36, "i", (1,), "word vectors"),
        (36, "i", (2,), "word vectors"),
        (36, "i", (7,), "kind of model"),
        (40, "i", (-1,), "buckets"),
        (40, "i", (2**31 - 1,), "rows"),
        (48, "i", (2**31 - 1,), "n-grams"),
        (COUNTS, "iii", (2**31 - 1, 2**31 - 2, 1), "longer"),
        (COUNTS, "iii", (9, 5, 3), "entries"),
        (COUNTS, "iii", (-1, -2, 1), "entries"),
        (COUNTS, "iii", (5, 5, 0), "no labels"),
        (COUNTS, "iii", (8, 4, 4), "neither a word among words"),
        (COUNTS + 20, "q", (2**40,), "longer"),
        (COUNTS + 20, "q", (-2,), "n-grams"),
    ],
)
def test_numbers_that_no_model_has(path, at, kinds, numbers, words):
    assert words in outcome(path, with_numbers(MODELS[0], at, kinds, *numbers))


def test_ngrams_of_a_pruned_model_that_have_no_row(path):
    first = MODELS[1].index(struct.pack("<4i", 7, 1, 3, 0))
    assert "bucket" in outcome(path, with_numbers(MODELS[1], first, "i", 10**6))
    assert "bucket" in outcome(path, with_numbers(MODELS[1], first, "i", -1))
    assert "no row" in outcome(path, with_numbers(MODELS[1], first + 4, "i", 2))


def test_a_codebook_that_does_not_fit(path):
    at = MODELS[1].index(struct.pack("<4i", 5, 3, 2, 1))
    for numbers in ((5, 3, 2, 2), (5, 2, 2, 1), (4, 2, 2, 2), (5, 5, 0, 1), (5, 3, -2, 1)):
        assert "codebook" in outcome(path, with_numbers(MODELS[1], at, "4i", *numbers))


def test_counts_that_no_tree_has(path):
    at = MODELS[1].index(b"__label__yes\0") + len(b"__label__yes\0")
    assert "counts" in outcome(path, with_numbers(MODELS[1], at, "q", 2**62))
    assert "below 0" in outcome(path, with_numbers(MODELS[1], at, "q", -1))
    assert outcome(path, with_numbers(MODELS[1], at, "q", 0)) is None


def test_words_that_all_have_the_same_hash(path):
    """As many words as one likes can have it; here they are the same word."""
    tiny = TinyModel(words=["same"] * 3000, word_ngrams=1, bucket=0)
    assert outcome(path, tiny.filled(RNG).content()) is None


def test_files_that_look_like_models(path):
    assert "word vectors as text" in outcome(path, b"2 3\nthe 0.1 0.2 0.3\nof 0.1 0.2 0.3\n")
    assert "word vectors as text" in outcome(path, b"1000 5 3 6 2 2166136261 < >\n0 0.1\n")
    floret = MODELS[0][:52] + struct.pack("<2i", 1, 1) + MODELS[0][52:]
    assert "floret" in outcome(path, floret)
    assert outcome(path, b"") is not None
    assert outcome(path, MODELS[0][:4]) is not None
    with pytest.raises(tor.MissingDataError):
        tor.load(path.with_name("missing.bin"))
