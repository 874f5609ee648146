"""svmlight's lines, read and written."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

import torrential as tor
from torrential.errors import DataError, MalformedRowError
from torrential.persistence.writers import open_writer

FEATURES = pa.map_(pa.int32(), pa.float32())
SCHEMA = pa.schema({"label": pa.float64(), "qid": pa.int64(), "features": FEATURES})


def read_rows(path, **options):
    rows, n_skipped = [], 0
    for batch in tor.read(path, **options).batches("all"):
        n_skipped += batch.n_skipped
        rows += batch.rows.to_pylist()
    return rows, n_skipped


def write(path, batch):
    with open_writer(path, batch.schema) as writer:
        writer.write(batch)
    return path.read_text().splitlines()


SINGLE = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False)
MAPS = st.dictionaries(st.integers(0, 2**31 - 1), SINGLE, max_size=5)
ROWS = st.lists(
    st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**40), MAPS),
    min_size=1,
    max_size=6,
)


@given(ROWS, st.booleans())
def test_what_is_written_is_read_back(tmp_path_factory, rows, has_qid):
    path = tmp_path_factory.mktemp("svmlight") / "rows.svm"
    wanted = [
        {
            "label": label + 0.0,
            "qid": qid if has_qid else None,
            "features": sorted((index, value + 0.0) for index, value in maps.items()),
        }
        for label, qid, maps in rows
    ]
    write(path, pa.RecordBatch.from_pylist(wanted, SCHEMA))
    assert read_rows(path) == (wanted, 0)


@given(ROWS)
def test_scikit_learn_reads_what_is_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("svmlight") / "rows.svmlight"
    maps = [{index % 1000: value for index, value in row[2].items()} for row in rows]
    columns = [[row[0] for row in rows], [row[1] for row in rows], [[*m.items()] for m in maps]]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)]
    write(path, pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
    X, y, qid = load_svmlight_file(str(path), n_features=1000, zero_based=True, query_id=True)
    assert y.tolist() == columns[0]
    assert qid.tolist() == columns[1]
    for row, wanted in enumerate(maps):
        found = X[row]
        assert dict(zip(found.indices.tolist(), found.data.astype(np.float32).tolist())) == wanted


@pytest.mark.parametrize("zero_based", [False, True])
def test_what_scikit_learn_writes_is_read(zero_based, tmp_path):
    random = np.random.default_rng(0)
    X = sparse.random(
        60, 20, 0.3, format="csr", random_state=0, data_rvs=lambda size: random.normal(size=size)
    )
    y, qid = random.integers(0, 3, 60), np.sort(random.integers(0, 9, 60))
    path = tmp_path / "rows.libsvm"
    dump_svmlight_file(X, y, str(path), zero_based=zero_based, comment="two\nlines", query_id=qid)
    rows, n_skipped = read_rows(path)
    assert n_skipped == 0
    assert [row["label"] for row in rows] == y.tolist()
    assert [row["qid"] for row in rows] == qid.tolist()
    base = 0 if zero_based else 1
    for number, row in enumerate(rows):
        wanted = X[number].toarray().ravel().astype(np.float32)
        found = np.zeros(20, np.float32)
        for index, value in row["features"]:
            found[index - base] = value
        np.testing.assert_array_equal(found, wanted)


def test_quirks_of_lines(tmp_path):
    path = tmp_path / "rows.svm"
    path.write_text("# all\n\n+1 7:2 3:1 3:0.5 # qid:3 9:9\r\n-0.1234567890123456789\t2:1e-3  \n2")
    rows, n_skipped = read_rows(path)
    assert rows == [
        {"label": 1.0, "qid": None, "features": [(7, 2.0), (3, 1.0), (3, 0.5)]},
        {"label": -0.1234567890123456789, "qid": None, "features": [(2, float(np.float32(1e-3)))]},
        {"label": 2.0, "qid": None, "features": []},
    ]
    assert n_skipped == 0
    dataset = tor.read(path)
    assert (dataset.target, dataset.columns.inputs) == ("label", ("features",))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a 1:1", "row 2: the label 'a' is not a number"),
        ("1,2 1:1", "the label '1,2' is not a number"),
        ("1 1:1 qid:2", "'qid:2' is not a whole number between the label and the features"),
        ("1 qid:x 1:1", "'qid:x' is not a whole number"),
        ("1 a:1", "the feature 'a:1' has no index from 0 to 2147483647"),
        ("1 2147483648:1", "'2147483648:1' has no index"),
        ("1 -1:1", "'-1:1' has no index"),
        ("1 1:nan", "the feature '1:nan' has no value that a number of 32 bits holds"),
        ("1 1:1e39", "'1:1e39' has no value"),
        ("1 1", "the feature '1' has no value"),
    ],
)
def test_malformed_rows_are_named_or_counted(line, words, tmp_path):
    path = tmp_path / "rows.svm"
    path.write_text(f"1 1:1\n{line}\n-1 2:1\n")
    with pytest.raises(MalformedRowError, match=re.escape(words)):
        list(tor.read(path).batches())
    rows, n_skipped = read_rows(path, on_bad_rows="skip")
    assert [row["label"] for row in rows] == [1.0, -1.0]
    assert n_skipped == 1


def test_repeated_indices_are_summed_and_sorted(tmp_path):
    features = pa.array([[(7, 1.0), (3, 0.5), (7, 2.0)], [], None], FEATURES)
    batch = pa.record_batch({"label": [1, 0, 2], "f": features})
    assert write(tmp_path / "rows.svm", batch) == ["1 3:0.5 7:3", "0", "2"]
    names = pa.array([[("10", 1.0), ("9", 2.0)]], pa.map_(pa.string(), pa.float32()))
    batch = pa.record_batch({"label": [True], "f": names})
    assert write(tmp_path / "rows.svm", batch) == ["1 9:2 10:1"]


def test_columns_of_numbers_are_numbered(tmp_path):
    path = tmp_path / "rows.svm"
    first = pa.record_batch({"a": [1, None], "label": [True, False], "b": [float("nan"), 0.1]})
    second = pa.record_batch({"label": [1, 0], "b": [0.0, 2.0], "c": [3.5, None]})
    with open_writer(path, first.schema) as writer:
        writer.write(first)
        writer.write(second)
    assert path.read_text().splitlines() == ["1 1:1", "0 2:0.1", "1 2:0 3:3.5", "0 2:2"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": [1]}, "There is no column 'label'"),
        ({"label": [None, 1], "a": [1, 2]}, "A row has no label"),
        ({"label": ["x"], "a": [1]}, "labels are of type string"),
        ({"label": [float("nan")], "a": [1]}, "A label is not a finite number"),
        ({"label": [1], "a": ["x"]}, "The column 'a' holds string"),
        ({"label": [1], "a": [float("inf")]}, "holds inf"),
        ({"label": [1, 2], "qid": [1, None], "a": [1, 2]}, "Some rows have a query id"),
        ({"label": [1], "qid": [-1], "a": [1]}, "whole numbers of 0 or more"),
        ({"label": [1], "a": [1], "f": pa.array([[(1, 1.0)]], FEATURES)}, "'f' and 'a' are more"),
        (
            {"label": [1], "f": pa.array([[("x", 1.0)]], pa.map_(pa.string(), pa.float32()))},
            "whose names are not indices",
        ),
    ],
)
def test_what_the_lines_cannot_hold(columns, words, tmp_path):
    with pytest.raises(DataError, match=words):
        write(tmp_path / "rows.svm", pa.record_batch(columns))
