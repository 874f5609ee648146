"""The tree of merges: equal to its definition, level by level, and few results held."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_functions import level_by_level, pair
from torrential.errors import ParameterError
from torrential.execution import TreeFold
from torrential.execution.fold import FAN_IN


def tree_fold(results, merge):
    fold = TreeFold(merge)
    for result in results:
        fold.add(result)
    return fold.result()


@given(st.integers(1, 200))
def test_the_tree_of_any_number_of_items(n_items):
    assert tree_fold(list(range(n_items)), pair) == level_by_level(list(range(n_items)), pair)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200))
def test_sums_have_the_same_bits(numbers):
    def add(first, second):
        return first + second

    assert tree_fold(numbers, add).hex() == level_by_level(numbers, add).hex()


@given(st.integers(1, 100))
def test_merge_may_change_the_first(n_items):
    def extend(first, second):
        first.extend(second)
        return first

    assert tree_fold([[i] for i in range(n_items)], extend) == list(range(n_items))


@given(st.integers(1, 2000))
def test_few_results_are_held(n_items):
    class Counted:
        n_alive = most = 0

        def __init__(self):
            Counted.n_alive += 1
            Counted.most = max(Counted.most, Counted.n_alive)

        def __del__(self):
            Counted.n_alive -= 1

    fold = TreeFold(lambda first, second: first)
    for _ in range(n_items):
        fold.add(Counted())
    assert Counted.most <= math.log(n_items, FAN_IN) + 2


def test_one_result_is_itself():
    only = object()
    assert tree_fold([only], lambda first, second: None) is only


def test_nothing_to_merge():
    fold = TreeFold(lambda first, second: first)
    assert not fold
    with pytest.raises(ParameterError, match="items is empty"):
        fold.result()


@pytest.mark.parametrize("n_items", [1, 3, 4, 21])
def test_a_result_can_be_asked_for_again(n_items):
    fold = TreeFold(pair)
    for item in range(n_items):
        fold.add(item)
    assert fold
    assert fold.result() == fold.result() == level_by_level(list(range(n_items)), pair)
    assert fold
