"""The vector functions against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from torrential.kernels import plain, simd
from torrential.kernels.constants import BLOCK, CHUNK, FREE, LANES, MOST_RUNS, SLOTS
from torrential.kernels.text import token_lanes as lanes

pytestmark = pytest.mark.jit

MASKS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**63, 2**64 - 1])
SEEDS = st.integers(-(2**31), 2**31 - 1)


@njit
def classify(source, source_at, target, target_at, case_bit):
    return simd.classify(source, source_at, target, target_at, case_bit)


@njit
def find_any(text, at, a, b, c, d):
    return simd.find_any(text, at, a, b, c, d)


@njit
def bits_of(mask):
    return simd.trailing_zeros(mask), simd.count_ones(mask), simd.clear_lowest(mask)


@njit
def load32(text, at):
    return simd.load32(text, at)


@njit
def absorb(text, starts, lengths, hashes, at, chunk):
    lanes.absorb(text, starts, lengths, hashes, at, chunk)


@njit
def finish(lengths, hashes, at):
    lanes.finish(lengths, hashes, at)


@njit
def find_known(text, at):
    return simd.find_known(text, at)


@njit
def write_positions(mask, base, positions, n):
    return simd.write_positions(mask, base, positions, n)


@njit
def take_slots(slots, at, taken, n):
    return lanes.take_slots(slots, at, taken, n)


@njit
def longest(lengths, at):
    return lanes.longest(lengths, at)


def check_classify(text, source_at, target_at, case_bit):
    source = np.frombuffer(text, np.uint8)
    found, expected = np.zeros((2, BLOCK + target_at + 3), np.uint8)
    masks = classify(source, source_at, found, target_at, case_bit)
    assert masks == plain.classify(source, source_at, expected, target_at, case_bit)
    np.testing.assert_array_equal(found, expected)


@given(
    st.binary(min_size=BLOCK + 8, max_size=BLOCK + 8),
    st.integers(0, 8),
    st.integers(0, 9),
    st.sampled_from([0, 0x20]),
)
def test_classify(text, source_at, target_at, case_bit):
    check_classify(text, source_at, target_at, case_bit)


@pytest.mark.parametrize("case_bit", [0, 0x20])
def test_classify_knows_every_byte(case_bit):
    for first in range(0, 256, BLOCK):
        check_classify(bytes(range(first, first + BLOCK)), 0, 0, case_bit)


@given(
    st.binary(min_size=BLOCK + 8, max_size=BLOCK + 8),
    st.integers(0, 8),
    st.lists(st.integers(0, 255), min_size=4, max_size=4),
)
def test_find_any(text, at, four):
    text = np.frombuffer(text, np.uint8)
    four[0] = int(text[20])
    assert find_any(text, at, *four) == plain.find_any(text, at, *four)


@given(MASKS)
def test_bits(mask):
    mask = np.uint64(mask)
    expected = plain.trailing_zeros(mask), plain.count_ones(mask), plain.clear_lowest(mask)
    assert bits_of(mask) == expected


@given(st.binary(min_size=8, max_size=8), st.integers(0, 4))
def test_load32(text, at):
    text = np.frombuffer(text, np.uint8)
    assert load32(text, at) == plain.load32(text, at)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 5 * CHUNK), min_size=LANES, max_size=LANES),
    st.lists(SEEDS, min_size=LANES, max_size=LANES),
    st.integers(0, 4),
    st.integers(0, 3),
)
def test_absorb_and_finish(seed, lengths, states, chunk, at):
    text = np.random.default_rng(seed).integers(0, 256, 1000, dtype=np.uint8)
    starts = np.zeros(LANES + 4, np.int32)
    starts[at : at + LANES] = np.arange(LANES) * 50
    sizes = np.full(LANES + 4, 7, np.int32)
    sizes[at : at + LANES] = lengths
    found = np.full(LANES + 4, 5, np.int32)
    found[at : at + LANES] = states
    expected = found.copy()
    absorb(text, starts, sizes, found, at, chunk)
    plain.absorb(text, starts, sizes, expected, at, chunk)
    np.testing.assert_array_equal(found, expected)
    finish(sizes, found, at)
    plain.finish(sizes, expected, at)
    np.testing.assert_array_equal(found, expected)


@given(st.lists(st.integers(0, 2**31 - 1), min_size=LANES + 3, max_size=LANES + 3))
def test_longest(lengths):
    lengths = np.array(lengths, np.int32)
    for at in range(4):
        assert longest(lengths, at) == plain.longest(lengths, at)


def check_find_known(text, at):
    text = np.frombuffer(text, np.uint8)
    assert find_known(text, at) == plain.find_known(text, at)


@given(st.text(st.sampled_from("a中文한，。“é😀\ud7a3\u303f") | st.characters(), min_size=BLOCK))
def test_find_known(text):
    encoded = text.encode("utf-8", "surrogatepass")
    for at in range(3):
        check_find_known(encoded + b"\0\0", at)


@given(st.binary(min_size=BLOCK + 2, max_size=BLOCK + 2))
def test_find_known_among_any_bytes(text):
    check_find_known(text, 0)


def test_find_known_knows_every_character_of_three_bytes():
    for first in range(0x800, 0x10000, 20):
        text = "".join(map(chr, range(first, first + 20))).encode("utf-8", "surrogatepass")
        check_find_known(text + b"\x80" * 6, 0)


@given(
    st.sets(st.integers(0, BLOCK - 1), max_size=MOST_RUNS),
    st.integers(0, 2**31 - BLOCK),
    st.integers(0, 3),
)
def test_write_positions(bits, base, n):
    mask = np.uint64(sum(1 << bit for bit in bits))
    found, expected = np.zeros((2, 2 * MOST_RUNS), np.int32)
    end = write_positions(mask, base, found, n)
    assert end == plain.write_positions(mask, base, expected, n)
    np.testing.assert_array_equal(found[:end], expected[:end])


@given(st.lists(st.just(int(FREE)) | st.integers(0, 2**63), min_size=12, max_size=12))
def test_take_slots(slots):
    for at in range(12 - SLOTS + 1):
        table, expected_table = np.array([slots, slots], np.uint64)
        found, expected = np.zeros((2, 2 + SLOTS), np.uint64)
        end = take_slots(table, at, found, 2)
        assert end == plain.take_slots(expected_table, at, expected, 2)
        np.testing.assert_array_equal(found[:end], expected[:end])
        np.testing.assert_array_equal(table, expected_table)
