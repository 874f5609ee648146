"""Rows in few bytes and back, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.features.packing import PACKED, packed, unpacked
from torrential.types import Csr

MAGNITUDES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 0.5]), st.floats(width=32, allow_nan=False)
)


@st.composite
def rows(draw):
    n_features = draw(st.sampled_from([1, 7, 2**14, 2**14 + 1, 2**20, 2**31 - 1]))
    columns = draw(
        st.lists(st.sets(st.integers(0, n_features - 1), max_size=30).map(sorted), max_size=6)
    )
    values = [draw(st.lists(MAGNITUDES, min_size=len(c), max_size=len(c))) for c in columns]
    indptr = np.cumsum([0, *map(len, columns)])
    data = np.array([v for row in values for v in row], np.float32)
    return Csr(
        data,
        np.array([c for row in columns for c in row], np.int32),
        indptr.astype(np.int64),
        n_features,
    )


def assert_same(first, second):
    np.testing.assert_array_equal(first.indptr, second.indptr)
    np.testing.assert_array_equal(first.indices, second.indices)
    np.testing.assert_array_equal(first.data.view(np.uint32), second.data.view(np.uint32))
    assert first.n_features == second.n_features


@given(rows())
def test_rows_come_back(rows):
    arrays = packed(rows)
    assert {name: array.dtype for name, array in arrays.items()} == PACKED
    assert_same(unpacked(arrays, rows.n_features), rows)


@pytest.mark.parametrize("n", [255, 256, 300, 1000])
def test_a_row_of_more_magnitudes_than_a_table_holds(n):
    data = np.arange(1, 2 * n + 1, dtype=np.float32)
    data[n:] = data[:n][::-1]
    indices = np.arange(2 * n, dtype=np.int32) * 20_000
    rows = Csr(data, indices, np.array([0, 2 * n], np.int64), 2**31 - 1)
    assert_same(unpacked(packed(rows), 2**31 - 1), rows)


def test_a_usual_row_takes_few_bytes():
    random = np.random.default_rng(0)
    indices = np.sort(random.choice(2**20, 400, replace=False)).astype(np.int32)
    data = random.choice([0.1, -0.1, 0.17], 400, p=[0.45, 0.45, 0.1]).astype(np.float32)
    rows = Csr(data, indices, np.array([0, 400], np.int64), 2**20)
    assert sum(array.nbytes for array in packed(rows).values()) < 2.5 * 400
