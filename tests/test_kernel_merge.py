"""Merging of hashed tokens into a row, against a dict that reads as its specification."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.kernels.constants import FREE, SLOTS
from torrential.kernels.text import merge
from torrential.kernels.text.merge import BIAS, MAX_TABLE, NORMS

make_entries, make_slots, merge_duplicates, merge_sorted = (
    merge.make_entries,
    merge.make_slots,
    merge.merge_duplicates,
    merge.merge_sorted,
)
norm_of, table_size = merge.norm_of, merge.table_size
write_row, write_sublinear_row = merge.write_row, merge.write_sublinear_row

N_FEATURES = st.sampled_from([1, 2, 3, 7, 8, 1000, 2**20, 2**31 - 1]) | st.integers(1, 2**31 - 1)
HASHES = st.lists(
    st.integers(-(2**31), 2**31 - 1) | st.sampled_from([-(2**31), 2**31 - 1, -5, 5, 0, 1, -1]),
    max_size=60,
)
NORM_NAMES = st.sampled_from([None, "l1", "l2"])


def naive_row(hashes, n_features, alternate_sign, binary, norm, sublinear=False):
    """Columns in ascending order, with their values."""
    counts = {}
    for value in hashes:
        column = abs(value) % n_features
        sign = -1 if alternate_sign and value < 0 else 1
        counts[column] = counts.get(column, 0) + sign
    if binary:
        counts = dict.fromkeys(counts, 1)
    if sublinear:
        counts = {
            column: math.copysign(1 + math.log(abs(count)), count) if count else 0
            for column, count in counts.items()
        }
    size = {
        None: 1.0,
        "l1": float(sum(map(abs, counts.values()))),
        "l2": math.sqrt(sum(count**2 for count in counts.values())),
    }[norm]
    scale = 1 / (size or 1.0)
    return {column: np.float32(counts[column] * scale) for column in sorted(counts)}


def row_of(hashes, n_features, alternate_sign, binary, norm, at=0, sublinear=False):
    """Return the columns and values of a document between two others."""
    hashes = [1, 2, *hashes, 3]
    n = len(hashes)
    entries = np.zeros(n, np.uint64)
    make_entries(np.array(hashes, np.int32), n, n_features, alternate_sign, entries)
    slots = make_slots(n, n_features)
    row = np.zeros(n + SLOTS, np.uint64)
    n_unique = merge_duplicates(entries, 2, n - 1, n_features, slots, row)
    assert (slots == FREE).all()
    indices = np.full(at + n_unique, -1, np.int32)
    data = np.full(at + n_unique, -1, np.float32)
    if sublinear:
        write_sublinear_row(row, n_unique, NORMS[norm], indices, data, at)
    else:
        write_row(row, n_unique, binary, NORMS[norm], indices, data, at)
    assert (indices[:at] == -1).all()
    return list(zip(indices[at:].tolist(), data[at:]))


@given(HASHES, N_FEATURES, st.booleans(), st.booleans(), NORM_NAMES, st.integers(0, 5))
def test_same_row_as_a_dict(hashes, n_features, alternate_sign, binary, norm, at):
    expected = naive_row(hashes, n_features, alternate_sign, binary, norm)
    found = row_of(hashes, n_features, alternate_sign, binary, norm, at)
    assert found == list(expected.items())


@given(st.lists(st.integers(-2, 2), max_size=700), NORM_NAMES)
def test_sublinear_counts_of_a_dict(hashes, norm):
    expected = naive_row(hashes, 1000, True, False, norm, sublinear=True)
    found = row_of(hashes, 1000, True, False, norm, sublinear=True)
    assert [column for column, _ in found] == list(expected)
    np.testing.assert_allclose([value for _, value in found], list(expected.values()), rtol=3e-7)


@pytest.mark.parametrize("count", [255, 256, -255, -256, 70_000])
def test_sublinear_counts_beyond_the_known_ones(count):
    [(_, value)] = row_of([int(np.sign(count))] * abs(count), 8, True, False, None, sublinear=True)
    assert value == pytest.approx(np.sign(count) * (1 + math.log(abs(count))))


@given(HASHES, N_FEATURES, st.booleans(), st.integers(0, 3))
def test_sorting_merges_as_the_table_does(hashes, n_features, alternate_sign, first):
    n = len(hashes)
    entries = np.zeros(first + n + 1, np.uint64)
    entries[-1] = 7
    make_entries(
        np.array(hashes, np.int32), n, n_features, alternate_sign, entries[first : first + n]
    )
    expected, found = np.zeros(n + SLOTS, np.uint64), np.zeros(n + SLOTS, np.uint64)
    slots = make_slots(n, n_features)
    n_unique = merge_duplicates(entries, first, first + n, n_features, slots, expected)
    assert merge_sorted(entries, first, first + n, found) == n_unique
    assert found[:n_unique].tolist() == expected[:n_unique].tolist()
    assert entries[-1] == 7


@pytest.mark.jit
def test_more_columns_than_the_table_has_room_for():
    n = MAX_TABLE + 1
    hashes = np.concatenate([np.arange(n), np.arange(0, n, 2)]).astype(np.int32)
    entries = np.zeros(len(hashes), np.uint64)
    make_entries(hashes, len(hashes), 2**31 - 1, True, entries)
    row = np.zeros(len(hashes) + SLOTS, np.uint64)
    slots = make_slots(len(hashes), 2**31 - 1)
    n_unique = merge_duplicates(entries, 0, len(hashes), 2**31 - 1, slots, row)
    assert n_unique == n
    assert (row[:n] >> np.uint64(32) == np.arange(n)).all()
    assert (
        (row[:n] & np.uint64(0xFFFFFFFF)) - np.uint64(BIAS) == 1 + (np.arange(n) % 2 == 0)
    ).all()


def test_the_table_grows_with_columns_and_not_with_terms():
    assert len(make_slots(10**9, 1000)) < 6000
    assert len(make_slots(10**9, 2**31 - 1)) < 6 * MAX_TABLE


@given(st.lists(st.integers(0, 3), max_size=40))
def test_columns_of_one_slot_stay_apart(columns):
    expected = naive_row(columns, 2**31 - 1, True, False, None)
    assert row_of(columns, 2**31 - 1, True, False, None) == list(expected.items())


@given(st.lists(st.integers(0, 40), max_size=200))
def test_columns_pushed_out_behind_the_table(offsets):
    hashes = [2**31 - 2 - offset for offset in offsets]
    expected = naive_row(hashes, 2**31 - 1, True, False, "l2")
    assert row_of(hashes, 2**31 - 1, True, False, "l2") == list(expected.items())


@pytest.mark.parametrize("n_features", [1, 3, 7, 2**20, 2**31 - 1])
def test_the_smallest_hash_has_a_column(n_features):
    """abs(-2**31) does not fit into 32 bits."""
    column = 2**31 % n_features
    assert row_of([-(2**31)], n_features, True, False, None) == [(column, -1.0)]


@pytest.mark.parametrize(("binary", "value"), [(False, 0.0), (True, 1.0)])
@pytest.mark.parametrize("norm", [None, "l1", "l2"])
def test_a_column_whose_signs_cancel_is_kept(norm, binary, value):
    assert row_of([5, -5], 2**20, True, binary, norm) == [(5, value)]


@pytest.mark.parametrize("norm", [None, "l1", "l2"])
def test_a_document_without_tokens(norm):
    assert row_of([], 8, True, False, norm) == []


def test_norms_do_not_overflow():
    row = np.full(2, 2 * BIAS - 1, np.uint64)  # column 0, the largest sum there can be
    assert norm_of(row, 2, NORMS["l1"]) == 2 * (2**31 - 1)
    assert norm_of(row, 2, NORMS["l2"]) == pytest.approx(math.sqrt(2) * (2**31 - 1))


@given(st.integers(0, 10**9))
def test_room_in_the_table(n_tokens):
    assert table_size(n_tokens) > n_tokens
    assert table_size(n_tokens) % SLOTS == 0
