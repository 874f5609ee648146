"""Arrow arrays of texts as rows, against a plain loop over decoded strings."""

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from torrential.errors import DataError
from torrential.features.settings import DEFAULT_TOKEN_PATTERN, HashSettings
from torrential.features.text.hasher import MAX_TEXT_BYTES, hash_texts

SETTINGS = HashSettings(n_features=1000, norm=None)
KINDS = [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()]
BINARY_KINDS = [pa.binary(), pa.large_binary()]
ALPHABET = st.sampled_from("ab AB_1éÉ中İΣς\n") | st.characters(exclude_categories=["Cs"])
TEXTS = st.lists(st.none() | st.text(ALPHABET, max_size=40), max_size=8)
MIXED = [
    b"",
    b"plain words",
    "中文 中文，한국".encode(),
    "ΟΔΥΣΣΕΥΣ ΚΑΣ".encode(),
    "İstanbul".encode(),
    b"cut \xe4\xb8",
    b"\xad\xe4 go on",
    b"ab\xffcd",
    b"long " * 2000,
    "é".encode() * 3000,
]
BYTES = st.lists(
    st.none()
    | st.lists(
        st.sampled_from([b"ab", b" ", b"\xff", b"\xc3", b"\xa9", b"\xe4\xb8", b"\xf0\x9f\x98"])
        | st.binary(max_size=4),
        max_size=20,
    ).map(b"".join),
    max_size=8,
)


def naive_rows(texts, ngram_range=(1, 1), n_features=1000):
    """One dict of column to count for each text; what is not valid is replaced."""
    rows = []
    for text in texts:
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        tokens = re.findall(DEFAULT_TOKEN_PATTERN, (text or "").lower())
        row = {}
        for n in range(ngram_range[0], ngram_range[1] + 1):
            for i in range(len(tokens) - n + 1):
                value = murmurhash3_32(" ".join(tokens[i : i + n]))
                column = abs(value) % n_features
                row[column] = row.get(column, 0) + (1 if value >= 0 else -1)
        rows.append(row)
    return rows


def rows_of(array, settings=SETTINGS):
    rows = hash_texts(array, settings).rows
    assert len(rows.indptr) == len(array) + 1
    edges = zip(rows.indptr, rows.indptr[1:])
    return [dict(zip(rows.indices[a:b].tolist(), rows.data[a:b].tolist())) for a, b in edges]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(texts=TEXTS)
def test_all_types_of_array(kind, texts):
    if kind in BINARY_KINDS:
        texts = [None if text is None else text.encode() for text in texts]
    hashed = hash_texts(pa.array(texts, kind), SETTINGS)
    assert rows_of(pa.array(texts, kind)) == naive_rows(texts)
    assert hashed.n_null == texts.count(None)
    assert hashed.n_invalid == 0


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(texts=TEXTS, data=st.data())
def test_slices(kind, texts, data):
    if kind in BINARY_KINDS:
        texts = [None if text is None else text.encode() for text in texts]
    first = data.draw(st.integers(0, len(texts)))
    size = data.draw(st.integers(0, len(texts) - first))
    array = pa.array(texts, kind).slice(first, size)
    assert rows_of(array) == naive_rows(texts[first : first + size])


@pytest.mark.parametrize("kind", BINARY_KINDS, ids=str)
@given(texts=BYTES)
def test_bytes_that_are_not_utf8_are_replaced(kind, texts):
    array = pa.array(texts, kind)
    assert rows_of(array) == naive_rows(texts)
    n_invalid = sum(
        "\ufffd" in text.decode("utf-8", "replace") and "\ufffd".encode() not in text
        for text in texts
        if text
    )
    assert hash_texts(array, SETTINGS).n_invalid >= n_invalid


def test_texts_with_invalid_bytes_are_counted():
    array = pa.array([b"good", b"\xff\xfe", None, "é".encode(), b"caf\xe9"], pa.binary())
    assert hash_texts(array, SETTINGS).n_invalid == 2


@given(TEXTS, st.tuples(st.integers(1, 3), st.integers(0, 2)))
def test_ngrams_of_words(texts, pair):
    ngram_range = pair[0], sum(pair)
    settings = HashSettings(n_features=1000, norm=None, ngram_range=ngram_range)
    assert rows_of(pa.array(texts, pa.string()), settings) == naive_rows(texts, ngram_range)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_row_and_no_text(kind):
    assert rows_of(pa.array([], kind)) == []
    assert rows_of(pa.array([None, None], kind)) == [{}, {}]
    empty = pa.array(["", ""]).cast(kind)
    assert rows_of(empty) == [{}, {}]


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 200])
@pytest.mark.parametrize("letter", ["a", "é", "中"])
def test_text_up_to_the_last_byte_of_its_buffer(size, letter):
    """The buffers are as long as the text, so that reading past them would be noticed by Arrow."""
    content = ("bc " + letter * size).encode()
    offsets = np.array([0, 3, len(content)], np.int32).tobytes()
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    array = pa.Array.from_buffers(pa.string(), 2, buffers)
    assert rows_of(array) == naive_rows(["bc ", letter * size])


def test_texts_that_are_too_long_are_named():
    size = MAX_TEXT_BYTES + 1
    offsets = np.array([0, 0, size], np.int32).tobytes()
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.zeros(size, np.uint8))]  # never touched
    with pytest.raises(DataError, match=f"Text 1 of a batch has {size:,} bytes: cut it"):
        hash_texts(pa.Array.from_buffers(pa.string(), 2, buffers), SETTINGS)


@given(st.lists(st.sampled_from(MIXED), max_size=300))
def test_sections_of_documents_of_all_kinds(texts):
    """Some keep their places when they are normalized, some do not, some end inside a letter."""
    assert rows_of(pa.array(texts, pa.binary())) == naive_rows(texts)


@given(TEXTS, st.lists(st.integers(0, 8), max_size=3))
def test_rows_do_not_depend_on_batches(texts, cuts):
    edges = [0, *sorted(min(cut, len(texts)) for cut in cuts), len(texts)]
    array = pa.array(texts, pa.string())
    whole = hash_texts(array, HashSettings()).rows
    parts = [hash_texts(array.slice(a, b - a), HashSettings()).rows for a, b in pairwise(edges)]
    for name in ("data", "indices"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(getattr(whole, name), joined)
