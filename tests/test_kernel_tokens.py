r"""Word tokens of ASCII text against the pattern ``\b\w\w+\b``."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.kernels.constants import BLOCK
from torrential.kernels.tokens import (
    drop_single_characters,
    find_tokens,
    is_ascii,
    normalise_ascii,
)

CASE_BIT = 0x20
PATTERN = re.compile(r"(?u)\b\w\w+\b")
SIZES = st.sampled_from([1, 2, 3, 62, 63, 64, 65, 126, 127, 128, 129]) | st.integers(1, 200)
RUNS = st.lists(st.tuples(st.sampled_from("aZ_7 .\n\0"), SIZES), max_size=8).map(
    lambda runs: "".join(character * size for character, size in runs)
)
TEXTS = st.text(st.sampled_from("aZ_9 -") | st.characters(max_codepoint=127), max_size=300) | RUNS


def tokens_of(text, case_bit=CASE_BIT, begin=0):
    """Tokens of ASCII text that stands at ``begin`` of a longer one."""
    size = len(text)
    source = np.frombuffer(b"x" * begin + text.encode() + b"y" * BLOCK, np.uint8)
    target = np.zeros(size + BLOCK, np.uint8)
    words = np.full(size // BLOCK + 4, 2**64 - 1, np.uint64)
    assert normalise_ascii(source, begin, begin + size, case_bit, target, words)
    room = size // 2 + 1 + 16
    starts, ends = np.zeros((2, room), np.int64)
    lengths = np.zeros(room, np.int32)
    n = find_tokens(words, size, starts, ends, lengths)
    return [bytes(target[s : s + length]).decode() for s, length in zip(starts[:n], lengths[:n])]


@given(TEXTS, st.integers(0, 70))
def test_same_tokens_as_the_pattern(text, begin):
    assert tokens_of(text, begin=begin) == PATTERN.findall(text.lower())
    assert tokens_of(text, case_bit=0, begin=begin) == PATTERN.findall(text)


@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 65, 127, 128, 129, 192])
@pytest.mark.parametrize("word", ["a", "A_", "ab ", "a b "])
def test_runs_across_the_edges_of_blocks(size, word):
    for shift in range(3):
        text = (" " * shift + word * size)[:size]
        assert tokens_of(text) == PATTERN.findall(text.lower())


@given(st.binary(max_size=200), st.data())
def test_is_ascii(text, data):
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    assert is_ascii(np.frombuffer(text, np.uint8), begin, end) == text[begin:end].isascii()


@given(st.integers(1, 200), st.data())
def test_a_byte_beyond_ascii_is_noticed_inside_and_not_after(size, data):
    at = data.draw(st.integers(0, size + BLOCK - 1))
    source = np.full(size + BLOCK, ord("a"), np.uint8)
    source[at] = data.draw(st.integers(0x80, 0xFF))
    target, words = np.zeros(size + BLOCK, np.uint8), np.zeros(size // BLOCK + 4, np.uint64)
    assert normalise_ascii(source, 0, size, 0, target, words) == (at >= size)


@given(
    st.lists(
        st.text(st.sampled_from("aé中😀"), min_size=1, max_size=3).filter(
            lambda token: len(token.encode()) > 1
        )
    )
)
def test_single_characters_are_dropped(tokens):
    encoded = [token.encode() for token in tokens]
    text = np.frombuffer(b" ".join(encoded), np.uint8)
    lengths = np.array([len(token) for token in encoded], np.int32)
    starts = np.cumsum([0, *(lengths + 1)])[:-1].astype(np.int64)
    n = drop_single_characters(text, starts, lengths, len(tokens))
    kept = [bytes(text[s : s + size]).decode() for s, size in zip(starts[:n], lengths[:n])]
    assert kept == [token for token in tokens if len(token) > 1]
