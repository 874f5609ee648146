"""Fingerprints: the same for the same rows, also in another process; differences are named."""

import json
import os
import re
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import forks
import torrential as tor
from torrential.data import from_arrays
from torrential.data.fingerprint import difference, fingerprint
from torrential.errors import ParameterError

ROWS = {"body": ["good", None, "bad"], "stars": [5, 4, None], "trust": [1.0, 0.5, None]}
COLUMNS = {"text": "body", "target": "stars"}


def saved(dataset):
    """As it comes back from a file."""
    return json.loads(json.dumps(fingerprint(dataset)))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "c"):
        parquet.write_table(pa.table(ROWS | {"title": ["x", "y", name]}), f"{name}.parquet")
    return tmp_path


def test_json_brings_it_back(folder):
    for dataset in (tor.read("*.parquet", **COLUMNS), tor.read(ROWS, **COLUMNS)):
        for view in (dataset, dataset.take(2).shuffle(3), *dataset.split(0.3, seed=1)):
            assert saved(view) == fingerprint(view)
            assert difference(saved(view), fingerprint(view)) is None


# Files


def touch(path):
    os.utime(path, ns=(10**18, 10**18))


def append(path):
    path.write_bytes(path.read_bytes() + b"x")


CHANGES = [
    (
        lambda folder: append(folder / "b.parquet"),
        r"was made from 3 files; b\.parquet has changed since \(size \d+, now \d+\)",
    ),
    (
        lambda folder: touch(folder / "b.parquet"),
        r"was made from 3 files; b\.parquet has changed since "
        r"\(modified 20.*, now 2001-09-09 01:46:40\.000000\)",
    ),
    (
        lambda folder: (folder / "b.parquet").rename(folder / "d.parquet"),
        r"was made from 3 files; b\.parquet is not among them now",
    ),
    (
        lambda folder: (folder / "d.parquet").write_bytes((folder / "a.parquet").read_bytes()),
        r"was made from 3 files, without d\.parquet",
    ),
]


@pytest.mark.parametrize(("change", "clause"), CHANGES)
def test_files_that_changed(folder, change, clause):
    before = saved(tor.read("*.parquet", **COLUMNS))
    change(folder)
    found = difference(before, fingerprint(tor.read("*.parquet", **COLUMNS)))
    assert re.fullmatch(clause, found)


def test_a_change_since_the_dataset_was_made(folder):
    dataset = tor.read("a.parquet", **COLUMNS)
    before = saved(dataset)
    append(folder / "a.parquet")
    assert "a.parquet has changed since" in difference(before, fingerprint(dataset))


def test_another_order_of_files(folder):
    before = saved(tor.read(["a.parquet", "b.parquet"], **COLUMNS))
    now = fingerprint(tor.read(["b.parquet", "a.parquet"], **COLUMNS))
    assert difference(before, now) == "was made from 2 files in another order or number"


def test_options_of_reading(folder):
    (folder / "a.csv").write_text("body,stars\ngood,1\n")
    before = saved(tor.read("a.csv", **COLUMNS))
    for options, clause in (
        ({"on_bad_rows": "skip"}, "was made with on_bad_rows='raise', not 'skip'"),
        ({"delimiter": ","}, "was made with delimiter=None, not ','"),
        ({"target_type": "string"}, "was made with int64 in column 'stars', not string"),
    ):
        assert difference(before, fingerprint(tor.read("a.csv", **COLUMNS, **options))) == clause


def test_columns(folder):
    def of(**columns):
        return saved(tor.read("a.parquet", **columns))

    assert difference(of(**COLUMNS), of(text="title", target="stars")) == (
        "was made with text='body', not 'title'"
    )
    assert difference(of(**COLUMNS), of(text="body", target="title")) == (
        "was made with target='stars', not 'title'"
    )
    assert difference(of(**COLUMNS), of(**COLUMNS, weight="trust")) == (
        "was made with weight=None, not 'trust'"
    )


# Tables in memory

PROGRAM = """
import json, sys
import torrential as tor
from torrential.data.fingerprint import fingerprint
rows = json.load(sys.stdin)
json.dump(fingerprint(tor.read(rows, text="body", target="stars", weight="trust")), sys.stdout)
"""


def test_equal_rows_in_another_process():
    there = forks.run(
        [sys.executable, "-c", PROGRAM], input=json.dumps(ROWS), capture_output=True, text=True
    )
    here = fingerprint(tor.read(ROWS, **COLUMNS, weight="trust"))
    assert json.loads(there.stdout) == here


VALUES = st.lists(
    st.tuples(
        st.none() | st.text(max_size=5),
        st.none() | st.integers(-5, 5),
        st.none() | st.floats(0, 9, allow_nan=False),
    ),
    min_size=1,
    max_size=12,
)


def arrow(rows, **columns):
    texts, labels, weights = zip(*rows, strict=True)
    table = {
        "body": pa.array(texts, pa.string()),
        "stars": pa.array(labels, pa.int64()),
        "trust": pa.array(weights, pa.float64()),
    }
    return pa.table(table | columns)


def of_table(table):
    return fingerprint(tor.read(table, text="body", target="stars", weight="trust"))


@given(rows=VALUES, others=VALUES)
def test_equal_content_and_no_other_has_the_same(rows, others):
    table = arrow(rows)
    same = pa.concat_tables([arrow(others), table, arrow(others)]).combine_chunks()
    assert of_table(same.slice(len(others), len(rows))) == of_table(table)
    assert of_table(arrow(rows, more=list(range(len(rows))))) == of_table(table)
    assert (of_table(arrow(others)) == of_table(table)) == (others == rows)


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b", "b"],
        [True, False, False],
        [1.5, float("nan"), 2.0],
        np.array(["2020-01-01", "2020-01-02", "NaT"], "datetime64[D]"),
        pd.Categorical(["x", "y", None]),
        [None, None, None],
    ],
    ids=str,
)
def test_labels_of_all_types(labels):
    texts = ["one", "two", "three"]
    first = saved(from_arrays(texts, labels))
    assert first == fingerprint(from_arrays(texts, labels))
    other = from_arrays(texts, np.asarray(labels)[::-1].tolist())
    if next(iter(labels)) is not None:
        assert difference(first, fingerprint(other)) is not None


def test_differences_of_tables():
    before = saved(from_arrays(["a", "b"], [0, 1]))
    assert difference(before, fingerprint(from_arrays(["a", "c"], [0, 1]))) == (
        "was made from 2 other rows in memory"
    )
    assert difference(before, fingerprint(from_arrays(["a"], [0]))) == (
        "was made from 2 rows in memory, not 1"
    )


def test_nulls_are_not_empty():
    assert difference(
        saved(from_arrays(["a", ""], [0, 1])), fingerprint(from_arrays(["a", None], [0, 1]))
    )


def test_the_same_bytes_in_other_rows():
    assert difference(
        saved(from_arrays(["ab", "c"], [0, 1])), fingerprint(from_arrays(["a", "bc"], [0, 1]))
    )


# Views and streams


def test_views():
    dataset = tor.read(ROWS, **COLUMNS)
    train, test = dataset.split(0.25, seed=1)
    for one, other, clause in (
        (dataset, train, "was made from a table in memory, not from a split"),
        (train, test, "was made with side='train', not 'test'"),
        (train, dataset.split(0.5, seed=1)[0], "was made with test_size=0.25, not 0.5"),
        (train, dataset.split(0.25)[0], "was made with seed=1, not 0"),
        (dataset.take(2), dataset.take(3), "was made with n=2, not 3"),
        (dataset.shuffle(1), dataset.shuffle(2), "was made with seed=1, not 2"),
        (train, tor.read({"body": ["a"], "stars": [1]}, **COLUMNS).split(0.25, 1)[0], "rows in"),
    ):
        assert clause in difference(saved(one), fingerprint(other))


def test_folds():
    rows = {"body": [f"text {i}" for i in range(60)], "stars": [0, 1] * 30, "user": [*range(60)]}
    dataset = tor.read(rows, **COLUMNS)
    (train, test), (train1, _), *_ = dataset.folds(3)
    groups = dataset.folds(3, groups="user")[0][0]
    time = dataset.folds(3, order="user")[0][0]
    others = tor.read(rows | {"user": [7, *range(1, 60)]}, **COLUMNS)
    for one, other, clause in (
        (dataset, train, "was made from a table in memory, not from a fold"),
        (train, test, "was made with side='train', not 'test'"),
        (train, train1, "was made with number=0, not 1"),
        (train, dataset.folds(4)[0][0], "was made with folds='3, seed 0', not '4, seed 0'"),
        (train, dataset.folds(3, seed=1)[0][0], "was made with folds='3, seed 0', not '3, seed 1'"),
        (groups, train, "was made with folds='3 by user, seed 0', not '3, seed 0'"),
        (groups, time, "not '3 in the order of user'"),
        (groups, others.folds(3, groups="user")[0][0], "was made from 60 other rows in memory"),
        (time, others.folds(3, order="user")[0][0], "was made from 60 other rows in memory"),
        (train.split(0.5)[0], test.split(0.5)[0], "was made with side='train', not 'test'"),
    ):
        assert saved(one) == fingerprint(one)
        assert clause in difference(saved(one), fingerprint(other))


def test_a_fold_is_resumed(tmp_path):
    rows = {"body": ["good film", "bad film", "so so"] * 20, "stars": [1, 0, 1] * 20}
    train = tor.read(rows, **COLUMNS).folds(3, groups="stars")[1][0]
    whole = tor.TextClassifier(preset="fast", max_iter=2).fit(train)
    path = tmp_path / "model.checkpoint"
    again = tor.TextClassifier(preset="fast", max_iter=2)
    again.fit(train, checkpoint=path)
    again.fit(train, checkpoint=path, resume=True)
    assert np.array_equal(again.coef_, whole.coef_)


@pytest.mark.parametrize("source", [lambda: iter([ROWS]), iter([ROWS])])
def test_streams_have_none(source):
    with pytest.raises(ParameterError, match="The data is a stream, which may give other rows"):
        fingerprint(tor.read(source, **COLUMNS).take(5))


def test_a_file_and_a_table(folder):
    found = difference(
        saved(tor.read("a.parquet", **COLUMNS)),
        fingerprint(tor.read(parquet.read_table("a.parquet"), **COLUMNS)),
    )
    assert found == "was made from files, not from a table in memory"
