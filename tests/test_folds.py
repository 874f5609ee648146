"""Folds of a dataset: a partition of its rows, which depends on the rows alone."""

import collections

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import torrential as tor
from torrential.data import division, from_arrays, read
from torrential.errors import DataError, ParameterError
from torrential.kernels.rows.selection import copy_rows, count_values

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
    with pytest.raises(tor.ParameterError, match="'user' is not a column: choose one of"):
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


def test_stratified_folds_have_equal_shares_of_each_class(tmp_path):
    labels = ["a"] * 103 + ["b"] * 51 + ["c"] * 7 + [None] * 9
    random = np.random.default_rng(0)
    labels = [labels[i] for i in random.permutation(len(labels))]
    table = pa.table({"text": [f"text {i}" for i in range(len(labels))], "label": labels})
    parquet.write_table(table, tmp_path / "rows.parquet", row_group_size=1000)
    for source in (table, tmp_path / "rows.parquet"):
        dataset = read(source, text="text", target="label")
        shares = []
        for train, test in dataset.folds(5, stratify=True):
            counts = [
                collections.Counter(
                    label for batch in side.batches() for label in batch.target.to_pylist()
                )
                for side in (train, test)
            ]
            assert counts[0] + counts[1] == collections.Counter(labels)
            shares.append([counts[1][label] for label in "abc"])
        assert np.ptp(shares, axis=0).max() <= 1
        assert np.sum(shares, axis=0).tolist() == [103, 51, 7]


@pytest.mark.parametrize("kind", ["int", "date", "string"])
def test_folds_in_time_learn_what_was_before(kind):
    numbers = np.random.default_rng(0).permutation(600)
    times = {
        "int": numbers,
        "date": np.datetime64("2026-01-01") + numbers.astype("timedelta64[D]"),
        "string": [f"{number:04}" for number in numbers],
    }[kind]
    table = pa.table({"text": [f"{n}" for n in numbers], "label": numbers % 2, "time": times})
    dataset = read(table, text="text", target="label")
    for number, (train, test) in enumerate(dataset.folds(5, order="time")):
        before, after = (sorted(map(int, texts_of(side))) for side in (train, test))
        assert before == list(range((number + 1) * 100))
        assert after == list(range((number + 1) * 100, (number + 2) * 100))


def test_a_long_column_of_times_is_cut_by_a_sample(monkeypatch):
    monkeypatch.setattr(division, "MAX_SAMPLE", 64)
    times = np.random.default_rng(0).permutation(3000)
    table = pa.table({"text": [f"{n}" for n in times], "label": times % 2, "time": times})
    sizes = [
        len(texts_of(test))
        for _, test in read(table, text="text", target="label").folds(2, order="time")
    ]
    assert 500 < min(sizes) <= max(sizes) < 1500


def test_wrong_ways_to_make_folds():
    rows = {"text": ["a", "b", "c"], "label": [0, 1, 0], "time": [1, None, 2], "same": [3, 3, 3]}
    dataset = read(pa.table(rows), text="text", target="label")
    with pytest.raises(ParameterError, match="groups and order are different ways"):
        dataset.folds(2, groups="time", order="time")
    with pytest.raises(ParameterError, match="order='when' is not a column"):
        dataset.folds(2, order="when")
    with pytest.raises(DataError, match="'time' has a null"):
        dataset.folds(2, order="time")
    with pytest.raises(DataError, match="'same' has too few different values"):
        dataset.folds(2, order="same")
    with pytest.raises(ParameterError, match="stratify needs labels"):
        read(pa.table(rows), text="text").folds(2, stratify=True)
