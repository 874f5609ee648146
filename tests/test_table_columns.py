"""Datasets of tables without text: which columns are inputs, and of which type."""

import json

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.errors import DataError, ParameterError

ROWS = {
    "from": ["LAS", "PHL", None, "LAS"] * 5,
    "hour": [7, 22, 3, None] * 5,
    "miles": [100.5, 2000.0, -3.25, 7.0] * 5,
    "late": [True, False, True, False] * 5,
}


def written(folder, kind, rows=ROWS):
    path, table = folder / f"rows.{kind}", pa.table(rows)
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "csv":
        pa.csv.write_csv(table, path)
    elif kind == "arrow":
        pa.feather.write_feather(table, path)
    else:
        path.write_text("\n".join(map(json.dumps, table.to_pylist())))
    return path


def read_back(dataset):
    """Return all inputs as lists of Python values."""
    batches = [batch.columns for batch in dataset.batches()]
    found = {name: [] for name in dataset.columns.inputs}
    for batch in batches:
        for name in found:
            found[name] += batch.column(name).to_pylist()
    return found


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow", "jsonl"])
def test_all_columns_but_the_target_are_inputs(tmp_path, kind):
    dataset = tor.read(written(tmp_path, kind), target="late")
    assert dataset.columns.inputs == ("from", "hour", "miles")
    assert dataset.text == ()
    inputs = {name: values for name, values in ROWS.items() if name != "late"}
    assert read_back(dataset) == inputs
    labels = [label for batch in dataset.batches() for label in batch.target.to_pylist()]
    assert labels == ROWS["late"]


@pytest.mark.parametrize("kind", ["parquet", "csv", "arrow", "jsonl"])
def test_columns_are_chosen_and_dropped(tmp_path, kind):
    path = written(tmp_path, kind)
    assert tor.read(path, target="late", drop="hour").columns.inputs == ("from", "miles")
    assert tor.read(path, columns=["miles", "hour"]).columns.inputs == ("miles", "hour")
    weighted = tor.read(path, target="late", weight="hour")
    assert weighted.columns.inputs == ("from", "miles")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_numbers_that_are_names_are_kept_as_text(tmp_path, kind):
    rows = {"zip": ["00123", "10001"] * 20, "y": [0, 1] * 20}
    assert read_back(tor.read(written(tmp_path, kind, rows), target="y"))["zip"] == rows["zip"]
    numbers = {"zip": [10001, 10002] * 20, "y": [0, 1] * 20}
    path = written(tmp_path, kind, numbers)
    dataset = tor.read(path, target="y", types={"zip": "string"})
    assert read_back(dataset)["zip"] == ["10001", "10002"] * 20


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_later_numbers_of_a_wider_type_are_taken_as_they_are(tmp_path, kind):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [
        written(tmp_path / "a", kind, {"x": [1, 2], "y": [0, 1]}),
        written(tmp_path / "b", kind, {"x": [1.5, None], "y": [0, 1]}),
    ]
    assert read_back(tor.read(paths, target="y"))["x"] == [1, 2, 1.5, None]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_later_type_that_does_not_go_with_the_first_is_one_sentence(tmp_path, kind):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [
        written(tmp_path / "a", kind, {"x": [1, 2], "y": [0, 1]}),
        written(tmp_path / "b", kind, {"x": ["1", "A12"], "y": [0, 1]}),
    ]
    with pytest.raises(DataError, match=r"'x' holds .*types=\{'x': 'string'\}"):
        read_back(tor.read(paths, target="y"))
    dataset = tor.read(paths, target="y", types={"x": "string"})
    assert read_back(dataset)["x"] == ["1", "2", "1", "A12"]


def test_a_column_that_a_later_file_lacks_is_one_sentence(tmp_path):
    (tmp_path / "b").mkdir()
    paths = [
        written(tmp_path, "parquet", {"a": [1], "b": ["x"], "y": [0]}),
        written(tmp_path / "b", "parquet", {"a": [1], "y": [1]}),
    ]
    with pytest.raises(DataError, match="has no column 'b'"):
        read_back(tor.read(paths, target="y"))


def test_texts_of_parquet_come_as_its_dictionary(tmp_path):
    rows = {
        "short": ["a", "b"] * 5000,
        "long": [f"text {i}" for i in range(10000)],
        "y": [0] * 10000,
    }
    path = written(tmp_path, "parquet", rows)
    batch = next(iter(tor.read(path, target="y").batches()))
    assert pa.types.is_dictionary(batch.columns.column("short").type)
    assert not pa.types.is_dictionary(batch.columns.column("long").type)
    assert read_back(tor.read(path, target="y"))["short"] == rows["short"]


def test_fields_within_columns_are_inputs():
    rows = [{"place": {"city": "Paris", "size": 3}, "y": i % 2} for i in range(4)]
    dataset = tor.read(rows, target="y")
    assert dataset.columns.inputs == ("place.city", "place.size")
    assert read_back(dataset)["place.size"] == [3] * 4
    assert tor.read(rows, target="y", drop="place.size").columns.inputs == ("place.city",)
    with pytest.raises(ParameterError, match="No column"):
        tor.read(rows, target="y", drop="place")


def test_lists_and_maps_are_inputs_and_other_nested_values_are_not():
    tags = pa.array([["a", "b"], None], pa.list_(pa.string()))
    counts = pa.array([{"a": 1.0}, {}], pa.map_(pa.string(), pa.float32()))
    deep = pa.array([[{"a": 1}], []])
    table = pa.table({"tags": tags, "counts": counts, "deep": deep, "y": [0, 1]})
    with pytest.raises(DataError, match=r"'deep' .*drop=\['deep'\]"):
        tor.read(table, target="y")
    assert tor.read(table, target="y", drop="deep").columns.inputs == ("tags", "counts")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"columns": ["hour", "late"]}, "columns has 'late', which is the target"),
        ({"columns": ["our"]}, "no column 'our'; did you mean 'hour'"),
        ({"drop": ["our"]}, "no column 'our'"),
        ({"drop": ["from", "hour", "miles"]}, "No column of .* is left"),
        ({"types": {"hour": "text"}}, "types\\['hour'\\]='text' is not an Arrow type"),
        ({"types": {"late": "string"}}, "types has 'late', which is not an input"),
        ({"text": "from", "drop": "hour"}, "drop is for tables without text"),
    ],
)
def test_wrong_choices_are_one_sentence(given, message):
    with pytest.raises((DataError, ParameterError), match=message):
        tor.read(ROWS, target="late", **given)


def test_text_estimators_ask_for_text():
    dataset = tor.read(ROWS, target="late")
    with pytest.raises(ParameterError, match=r"has no text .*read\(text=\), one of 'from'"):
        tor.TextClassifier().fit(dataset)
    with pytest.raises(ParameterError, match="has no text"):
        tor.cross_validate(tor.TextClassifier(), dataset, cv=2)


def test_splits_and_folds_of_tables_keep_equal_rows_together():
    rows = {"a": [i // 2 for i in range(2000)], "b": [["x"]] * 2000, "y": [0, 1] * 1000}
    dataset = tor.read({**rows, "y": [0] * 2000}, target="y")
    train, test = (set(read_back(side)["a"]) for side in dataset.split(0.25))
    assert not train & test
    assert 150 < len(test) < 350
    sides = [set(read_back(test)["a"]) for _, test in dataset.folds(4)]
    assert len(set.union(*sides)) == sum(map(len, sides)) == 1000
