"""Missing texts, labels, weights and groups: the same in every form of data."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

import torrential as tor
from torrential.errors import DataError


def labels_of(paths):
    dataset = tor.read(paths, text="t", target="y")
    return [label for batch in dataset.batches() for label in batch.target.to_pylist()]


MISSING = [None, float("nan")]


@pytest.mark.parametrize("missing", MISSING, ids=str)
@pytest.mark.parametrize(
    "make",
    [
        lambda rows, path: pd.DataFrame(rows),
        lambda rows, path: pl.DataFrame(rows, strict=False),
        lambda rows, path: rows,
        lambda rows, path: {name: [row[name] for row in rows] for name in rows[0]},
        lambda rows, path: pa.Table.from_pylist(rows),
        lambda rows, path: (
            path.write_text("".join(json.dumps(row) + "\n" for row in rows)) and path
        ),
    ],
    ids=["pandas", "polars", "dicts", "columns", "arrow", "json"],
)
def test_a_missing_label_is_missing_everywhere(tmp_path, make, missing):
    rows = [{"t": "a", "y": 1.5}, {"t": "b", "y": 2.5}] * 10 + [{"t": "c", "y": missing}] * 3
    dataset = tor.read(make(rows, tmp_path / "a.jsonl"), text="t", target="y")
    model = tor.TextClassifier(preset="fast", n_features=2**10).fit(dataset)
    assert model.classes_.tolist() == [1.5, 2.5]
    assert model.counts_.unlabelled == 3


@pytest.mark.parametrize("missing", MISSING, ids=str)
def test_a_missing_text_is_missing_in_json_and_in_memory(tmp_path, missing):
    rows = [{"t": "a", "y": 1}, {"t": "b", "y": 2}] * 10 + [{"t": missing, "y": 1}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for source in (tmp_path / "a.jsonl", pd.DataFrame(rows), rows):
        model = tor.TextClassifier(preset="fast", n_features=2**10)
        model.fit(tor.read(source, text="t", target="y"))
        assert model.counts_.null_text == 1


FORMS = {
    "pandas": lambda rows, path: pd.DataFrame(rows),
    "polars": lambda rows, path: pl.DataFrame(rows, strict=False),
    "dicts": lambda rows, path: rows,
    "columns": lambda rows, path: {name: [row[name] for row in rows] for name in rows[0]},
    "numpy": lambda rows, path: {
        "t": np.array([row["t"] for row in rows]),
        "w": np.array([row["w"] for row in rows], np.float32),
    },
    "arrow": lambda rows, path: pa.Table.from_pylist(rows),
    "float16": lambda rows, path: pa.table(
        {"t": [row["t"] for row in rows], "w": pa.array(halves(rows), pa.float16())}
    ),
    "json": lambda rows, path: written(
        path / "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows)
    ),
    "csv": lambda rows, path: written(
        path / "a.csv", "t,w\n" + "".join(f"{row['t']},{row['w'] or ''}\n" for row in rows)
    ),
    "parquet": lambda rows, path: stored(pq.write_table, rows, path / "a.parquet"),
    "arrow file": lambda rows, path: stored(feather.write_feather, rows, path / "a.arrow"),
}


def halves(rows):
    return [None if row["w"] is None else np.float16(row["w"]) for row in rows]


def written(path, text):
    path.write_text(text)
    return path


def stored(write, rows, path):
    write(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("missing", MISSING, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_a_missing_weight_counts_one_everywhere(tmp_path, form, missing):
    rows = [{"t": "a", "w": 0.5}, {"t": "b", "w": missing}, {"t": "c", "w": 2.0}]
    dataset = tor.read(FORMS[form](rows, tmp_path), text="t", weight="w")
    found = [value for batch in dataset.batches() for value in batch.weight.to_pylist()]
    assert found == [0.5, None, 2.0]


def test_values_that_arrow_does_not_hold_are_refused():
    texts = ["good", "bad"] * 5
    for labels, words in (
        (pl.Series([1, 2] * 5, dtype=pl.Int128), "is of type Int128"),
        (pl.Series([object(), object()] * 5, dtype=pl.Object), "is of type Object"),
        (pd.Series(pd.period_range("2024-01", periods=2, freq="M").repeat(5)), "holds periods"),
    ):
        frame = type(labels.to_frame())({"t": texts, "y": labels})
        with pytest.raises(DataError, match=words):
            tor.read(frame, text="t", target="y")
        with pytest.raises(DataError, match=words):
            tor.TextClassifier(preset="fast").fit(texts, labels)


def test_tables_without_rows_say_so():
    for table in (
        pd.DataFrame({"t": [], "y": []}),
        pd.DataFrame({"t": ["a"], "y": [1]}).iloc[:0],
        {"t": [], "y": []},
        pl.DataFrame({"t": [], "y": []}),
    ):
        with pytest.raises(DataError, match="no rows"):
            tor.TextClassifier(preset="fast").fit(tor.read(table, text="t", target="y"))


def test_a_row_that_is_no_table_says_how_to_pass_rows():
    with pytest.raises(DataError, match="single rows as a list of dicts"):
        tor.read(({"t": "a", "y": each} for each in (1, 2)), text="t", target="y")


def test_sparse_columns_of_pandas_are_labels():
    labels = pd.arrays.SparseArray([0, 1] * 5)
    model = tor.TextClassifier(preset="fast", n_features=2**10).fit(
        ["good", "bad"] * 5, pd.Series(labels)
    )
    assert model.classes_.tolist() == [0, 1]
    dataset = tor.read(pd.DataFrame({"t": ["a", "b"] * 5, "y": labels}), text="t", target="y")
    assert [value for batch in dataset.batches() for value in batch.target.to_pylist()] == [
        0,
        1,
    ] * 5


def test_words_that_look_like_missing_values_are_words(tmp_path):
    words = ["NaN", "nan", "NA", "null", "None"]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"t": word, "y": word}) + "\n" for word in words))
    assert labels_of(path) == words
    assert labels_of(pd.DataFrame({"t": words, "y": words})) == words


@pytest.mark.parametrize("make", [pa.Table.from_pylist, pl.DataFrame, pd.DataFrame])
def test_rows_of_a_missing_group_are_of_one_group(make):
    rows = [{"t": str(i), "g": [1.5, None, float("nan")][i % 3]} for i in range(30)]
    dataset = tor.read(make(rows), text="t")
    sides = [
        {int(text) % 3 for batch in test.batches() for text in batch.text.to_pylist()}
        for _, test in dataset.folds(2, groups="g")
    ]
    assert any({1, 2} <= side for side in sides)


def test_a_missing_value_has_no_order():
    rows = [{"t": str(i), "g": float(i)} for i in range(30)] + [{"t": "x", "g": float("nan")}]
    with pytest.raises(DataError, match="has a null"):
        tor.read(pa.Table.from_pylist(rows), text="t").folds(2, order="g")
