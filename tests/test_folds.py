"""Folds of a dataset: a partition of its rows, which depends on the rows alone."""

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import torrential as tor
from torrential.data import from_arrays
from torrential.kernels.selection import copy_rows, count_values

TEXTS = st.lists(st.text(max_size=4), min_size=1, max_size=40)


def texts_of(dataset):
    return [text for batch in dataset.batches() for text in batch.text.to_pylist()]


@given(TEXTS, st.integers(2, 6), st.integers(0, 5))
def test_folds_are_a_partition_of_the_rows(texts, n, seed):
    folds = from_arrays(texts).folds(n, seed)
    assert len(folds) == n
    for train, test in folds:
        assert sorted(texts_of(train) + texts_of(test)) == sorted(texts)
        assert not set(texts_of(train)) & set(texts_of(test))
    assert sorted(text for _, test in folds for text in texts_of(test)) == sorted(texts)


@given(TEXTS, st.randoms())
def test_a_fold_is_a_fact_of_the_row(texts, random):
    shuffled = random.sample(texts, len(texts))
    for (_, test), (_, again) in zip(from_arrays(texts).folds(3), from_arrays(shuffled).folds(3)):
        assert sorted(texts_of(test)) == sorted(texts_of(again))


def test_other_seeds_are_other_folds_of_about_the_same_size():
    dataset = from_arrays([f"row {i}" for i in range(5000)])
    first, second = (texts_of(dataset.folds(5, seed)[0][1]) for seed in (0, 1))
    for fold in (first, second):
        assert abs(len(fold) - 1000) < 120  # four standard deviations
    assert 0.1 < len(set(first) & set(second)) / 1000 < 0.3


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_groups_stay_together_and_columns_are_as_asked_for(tmp_path, format):
    group = [f"user {i % 50}" for i in range(1000)]
    table = pa.table(
        {
            "user": group,
            "body": [f"text {i}" for i in range(1000)],
            "y": [i % 2 for i in range(1000)],
        }
    )
    path = str(tmp_path / f"rows.{format}")
    (parquet.write_table if format == "parquet" else csv.write_csv)(table, path)
    dataset = tor.read(path, text="body", target="y")
    seen = []
    for _, test in dataset.folds(4, groups="user"):
        batches = list(test.batches("all"))
        assert all(batch.rows.schema.names == ["user", "body", "y"] for batch in batches)
        seen.append({user for batch in batches for user in batch.rows["user"].to_pylist()})
        assert all(batch.rows is None for batch in test.batches())
        assert all(len(batch.target) for batch in test.batches("target"))
        n_rows = sum(batch.n_rows for batch in test.batches("target"))
        assert n_rows == sum(batch.n_rows for batch in batches)
    assert sum(map(len, seen)) == len(set.union(*seen)) == 50


def test_wrong_folds():
    dataset = from_arrays(["a", "b"])
    for n in (1, 0, -3, True, 2.5, "five"):
        with pytest.raises(tor.ParameterError, match="number of folds"):
            dataset.folds(n)
    with pytest.raises(tor.ParameterError, match="'user' is no column: choose one of"):
        dataset.folds(2, groups="user")


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=5), min_size=1, max_size=10),
    st.data(),
)
def test_copied_rows_are_those_chosen(rows, data):
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10))
    indices = np.array([i for row in rows for i in row], np.int32)
    indptr = np.cumsum([0, *map(len, rows)])
    numbers = np.array(chosen, np.int64)
    n = count_values(indptr, numbers)
    out = np.empty(n, np.float32), np.empty(n, np.int32), np.empty(len(chosen) + 1, np.int64)
    copy_rows(indices.astype(np.float32), indices, indptr, numbers, *out)
    copied = [out[1][a:b].tolist() for a, b in zip(out[2][:-1], out[2][1:])]
    assert copied == [rows[number] for number in chosen]
    assert out[0].tolist() == out[1].tolist()
