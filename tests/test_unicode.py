"""Decoding, lower case and word classes against Python's own."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config

from torrential.features.settings import HashSettings
from torrential.features.text.hasher import hash_texts
from torrential.features.text.unicode_tables import N_ASCII, unicode_tables
from torrential.kernels.text import unicode
from torrential.kernels.text.unicode import CAPITAL_SIGMA, CASED, IGNORABLE, SPACE

normalize_kernel = unicode.normalize

CLASSES, LOWER = unicode_tables()
TRICKY = "ΣσςİIıǅK\u0307\u0345\u00ad.:'’ \t\n\x1c\x85\xa0\u200b\u3000aZ_09éÉßẞﬁ中文한국㍿😀𝐀𐐀ȺȾ"


def run(source, lowercase, in_place):
    """Run the kernel on the middle of a longer text."""
    padded = np.frombuffer(b"#" + source + b"\xff" * 66, np.uint8)
    target = np.full(3 * len(source) + 128, 255, np.uint8)
    words, beyond = np.full((2, len(target) // 64 + 3), 2**64 - 1, np.uint64)
    end = 1 + len(source)
    n_read, n_bytes, n_invalid = normalize_kernel(
        padded, 1, end, lowercase, in_place, CLASSES, LOWER, target, words, beyond
    )
    flags = [
        np.unpackbits(bits[: n_bytes // 64 + 2].astype("<u8").view(np.uint8), bitorder="little")
        for bits in (words, beyond)
    ]
    return bytes(target[:n_bytes]), *flags, n_invalid, n_read


def first_bytes(text):
    """Whether each byte is the first one of a character, and whether it is all of an ASCII one."""
    source = np.frombuffer(text, np.uint8)
    return source & 0xC0 != 0x80, source < 0x80


def normalize(source, lowercase=True):
    """Return the text, the word flag of each byte and the replacements."""
    text, flags, beyond, n_invalid, n_read = run(source, lowercase, in_place=False)
    assert n_read == len(source)
    is_first, is_ascii = first_bytes(text)
    assert (beyond[: len(text)][is_first & ~is_ascii] == 1).all()
    return text, flags, n_invalid


def check(source, lowercase=True):
    found, flags, n_invalid = normalize(source, lowercase)
    expected = source.decode("utf-8", "replace")
    assert n_invalid == expected.count("\ufffd") - source.count("\ufffd".encode())
    if lowercase:
        expected = expected.lower()
    assert found == expected.encode()
    is_word = re.sub(r"\w", "1", re.sub(r"\W", "-", expected))
    begins = np.flatnonzero(first_bytes(found)[0])
    sizes = np.diff(begins, append=len(found))
    expected_flags = np.zeros(len(flags), np.uint8)
    expected_flags[: len(found)] = np.repeat(np.array(list(is_word), "U1") == "1", sizes)
    np.testing.assert_array_equal(flags, expected_flags)


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(TRICKY)), st.booleans())
@settings(deadline=None)
def test_text_is_lowered_and_classified_as_python_does(text, lowercase):
    check(text.encode(), lowercase)


@given(st.text(st.sampled_from(TRICKY), min_size=30, max_size=300))
@settings(deadline=None)
def test_text_longer_than_a_block(text):
    check(text.encode())


@given(
    st.lists(
        st.binary(max_size=6)
        | st.sampled_from([b"\xe4\xb8\xad", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe0\x80"])
        | st.sampled_from([b"\xf0\x9f\x98", b"\xc3", b"a", b"\xce\xa3", b"\xc4\xb0", b"z" * 61])
    ).map(b"".join)
)
@settings(max_examples=300, deadline=None)
def test_ill_formed_bytes_are_replaced_as_python_does(source):
    check(source)


@given(st.text(st.sampled_from("ΣΣaA1. '\u0301\u00adé中"), max_size=12))
@settings(max_examples=300, deadline=None)
def test_sigma_is_final_where_python_says(text):
    check(text.encode())


@given(
    st.lists(
        st.text(st.sampled_from(TRICKY), max_size=30).map(str.encode)
        | st.sampled_from([b"\xe4\xb8\xad" * 30, b"\xe4\xb8", b"\xff", b"z" * 61, "é".encode()])
    ).map(b"".join),
    st.booleans(),
)
@settings(deadline=None)
def test_in_place_it_stops_before_what_moves(source, lowercase):
    text, flags, _, n_invalid, n_read = run(source, lowercase, in_place=True)
    assert n_invalid == 0
    assert len(text) == n_read
    expected, expected_flags, _ = normalize(source[:n_read], lowercase)
    assert text == expected
    np.testing.assert_array_equal(flags[:n_read], expected_flags[:n_read])
    assert not flags[n_read:].any()
    if n_read == len(source):
        return
    first = source[n_read:].decode("utf-8", "replace")[0]
    moves = len(first.lower().encode()) != len(first.encode()) or first == chr(CAPITAL_SIGMA)
    assert first == "\ufffd" or (lowercase and moves)


@pytest.mark.parametrize("probe", ["{} ", "A{}Σ ", "1{}Σ ", "aΣ{}a "])
def test_every_code_point(probe):
    every = 97 if config.DISABLE_JIT else 1
    points = [*range(3_000), *range(3_000, 0x110000, every)]
    check("".join(probe.format(chr(c)) for c in points if not 0xD800 <= c < 0xE000).encode())


def test_tables_follow_python():
    every = [chr(c) for c in range(0x110000)]
    words = [c.isalnum() or c == "_" for c in every]
    np.testing.assert_array_equal(CLASSES & 1 != 0, words)
    np.testing.assert_array_equal(CLASSES & SPACE != 0, [c.isspace() for c in every])
    np.testing.assert_array_equal(LOWER, [ord(c.lower()[0]) for c in every])


def test_lower_case_keeps_what_decides_on_sigma():
    both = CASED | IGNORABLE
    np.testing.assert_array_equal(CLASSES & both, CLASSES[LOWER] & both)


def test_tables_of_ascii_are_the_first_of_all():
    for found, whole in zip(unicode_tables(N_ASCII), unicode_tables()):
        np.testing.assert_array_equal(found, whole[:N_ASCII])


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
@pytest.mark.parametrize("size", [1, 63, 64, 65, 200])
def test_ascii_between_other_texts_is_hashed_as_on_its_own(analyzer, size):
    text = ("Good-Film. " * 20)[:size]
    settings = HashSettings(analyzer=analyzer, ngram_range=(1, 3), n_features=2**20)
    alone = hash_texts(pa.array([text]), settings).rows
    between = hash_texts(pa.array(["ΣΑΣ é" * 9, text, "éΣ" * 50]).slice(1, 1), settings).rows
    np.testing.assert_array_equal(between.indices, alone.indices)
    np.testing.assert_array_equal(between.data, alone.data)


def test_tables_are_built_once_and_cannot_be_written_to():
    assert unicode_tables()[0] is CLASSES
    assert not CLASSES.flags.writeable
    assert not LOWER.flags.writeable


def test_empty_text():
    assert normalize(b"")[0] == b""
