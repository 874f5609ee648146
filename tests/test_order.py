import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.data.views.order import partition_order, row_order

sizes = st.integers(0, 200)
seeds = st.one_of(st.integers(0, 2**40), st.tuples(st.integers(0, 9), st.integers(0, 9)))
epochs = st.integers(0, 50)


@given(sizes, seeds, epochs)
def test_partition_order_is_a_permutation(n, seed, epoch):
    order = partition_order(n, seed, epoch)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))


@given(sizes, seeds, epochs, st.integers(1, 50))
def test_row_order_permutes_within_windows(n, seed, epoch, window):
    order = row_order(n, seed, epoch, window)
    assert order.dtype == np.int64
    for start in range(0, n, window):
        stop = min(start + window, n)
        assert sorted(order[start:stop].tolist()) == list(range(start, stop))


@given(sizes, seeds, epochs)
def test_orders_are_pure(n, seed, epoch):
    np.testing.assert_array_equal(partition_order(n, seed, epoch), partition_order(n, seed, epoch))
    np.testing.assert_array_equal(row_order(n, seed, epoch, 16), row_order(n, seed, epoch, 16))


@pytest.mark.parametrize("order", [partition_order, lambda n, s, e: row_order(n, s, e, n)])
def test_orders_differ_over_epochs_and_seeds(order):
    orders = {tuple(order(100, seed, epoch)) for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25
