"""Assignment: every row of every partition goes to one part, by sizes and seed alone."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from torrential.data.views.assignment import TOO_LARGE, assign

sizes = st.lists(st.integers(0, 50), max_size=30)
numbers_of_parts = st.integers(1, 12)
seeds = st.integers(0, 2**40)


@given(sizes, numbers_of_parts, seeds)
@example([], 3, 0)
@example([2], 5, 0)
@example([0, 0], 1, 0)
def test_every_row_is_assigned_once(sizes, n_parts, seed):
    parts = assign(sizes, n_parts, seed)
    assert len(parts) == n_parts
    assigned = [
        (cut.partition, row)
        for part in parts
        for cut in part
        for row in cut.rows(np.arange(cut.n_rows)).tolist()
    ]
    expected = [(number, row) for number, size in enumerate(sizes) for row in range(size)]
    assert sorted(assigned) == expected


@given(sizes, numbers_of_parts, seeds)
def test_slices_know_how_many_rows_they_have(sizes, n_parts, seed):
    for part in assign(sizes, n_parts, seed):
        for cut in part:
            rows = cut.rows(np.arange(cut.n_rows + 1))
            assert (rows[:-1] < sizes[cut.partition]).all()
            assert rows[-1] >= sizes[cut.partition]
            assert (np.diff(rows) > 0).all()
            assert 0 <= cut.share < cut.n_shares


@given(sizes.filter(len), numbers_of_parts, seeds)
def test_partitions_are_cut_where_they_are_fewer_than_parts_or_too_large(sizes, n_parts, seed):
    cuts = [cut for part in assign(sizes, n_parts, seed) for cut in part]
    fair, least = sum(sizes) / n_parts, max(1, math.ceil(n_parts / len(sizes)))
    for cut in cuts:
        size = sizes[cut.partition]
        is_large = size > TOO_LARGE * fair
        assert cut.n_shares == (max(least, math.ceil(size / fair)) if is_large else least)


@given(sizes, numbers_of_parts, seeds)
def test_parts_are_of_about_as_many_rows(sizes, n_parts, seed):
    parts = assign(sizes, n_parts, seed)
    n_rows = [sum(cut.n_rows for cut in part) for part in parts]
    largest = max((cut.n_rows for part in parts for cut in part), default=0)
    assert max(n_rows) - min(n_rows) <= largest


@given(sizes, numbers_of_parts, seeds)
def test_the_largest_part_comes_first_and_slices_are_in_the_order_of_the_data(sizes, n_parts, seed):
    parts = assign(sizes, n_parts, seed)
    for part in parts:
        places = [(cut.partition, cut.share) for cut in part]
        assert places == sorted(places)
    n_rows = [sum(cut.n_rows for cut in part) for part in parts]
    assert n_rows == sorted(n_rows, reverse=True)


def test_one_huge_partition_is_divided_among_all_parts():
    parts = assign([10] * 8 + [8000], 8, seed=0)
    n_rows = [sum(cut.n_rows for cut in part) for part in parts]
    assert max(n_rows) - min(n_rows) <= 20


@given(sizes, numbers_of_parts, seeds)
def test_dealing_is_pure(sizes, n_parts, seed):
    assert assign(sizes, n_parts, seed) == assign(tuple(sizes), n_parts, seed)


def test_seeds_assign_equal_partitions_differently():
    hands = {str(assign([10] * 20, 4, seed)) for seed in range(10)}
    assert len(hands) == 10


def test_a_file_in_the_order_of_its_labels_is_mixed():
    """Not all row groups with one label go to one part."""
    labels = [0] * 20 + [1] * 20
    for part in assign([100] * 40, 4, seed=0):
        assert {labels[cut.partition] for cut in part} == {0, 1}


@pytest.mark.parametrize("n_parts", [2, 3, 4, 8, 12])
@pytest.mark.parametrize("period", [2, 3, 4, 5, 8])
def test_rows_that_come_in_turns_are_mixed(n_parts, period):
    """Of two classes by turns, every second row would be of one class."""
    for (cut,) in assign([1000 * n_parts], n_parts, seed=0):
        rows = cut.rows(np.arange(cut.n_rows))
        shares = np.bincount(rows % period, minlength=period) / cut.n_rows
        np.testing.assert_allclose(shares, 1 / period, rtol=0.15)
