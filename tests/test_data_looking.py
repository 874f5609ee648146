"""What a dataset shows of its rows: their number, the first ones, and batches."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

import torrential as tor
from torrential.errors import ParameterError

ROWS = {"id": [1, 2, 3, 4], "body": ["a b", "c", "d", "e"], "stars": [5, 1, 3, 2]}
TABLE = pa.table(ROWS)


def rows_of(source):
    """Rows as they come from a source: cells of CSV files that are not used are text."""
    return ROWS | {"id": ["1", "2", "3", "4"]} if ".csv" in str(source) else ROWS


@pytest.fixture(params=["memory", "parquet", "csv", "jsonl", "csv.gz"])
def source(request, tmp_path):
    path = tmp_path / f"rows.{request.param}"
    if request.param == "memory":
        return TABLE
    if request.param == "parquet":
        parquet.write_table(TABLE, path, row_group_size=3)
    elif request.param == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in TABLE.to_pylist()))
    else:
        with pa.output_stream(path) as stream:  # compressed by its extension
            csv.write_csv(TABLE, stream)
    return path


def test_head_is_a_table_with_the_types_of_the_schema(source):
    dataset = tor.read(source, text="body", target="stars")
    head = dataset.head(3)
    assert head.to_pydict() == {name: values[:3] for name, values in rows_of(source).items()}
    assert head.schema.names == TABLE.schema.names
    assert dataset.head(99).num_rows == 4
    assert dataset.head(0).schema.names == TABLE.schema.names
    with pytest.raises(ParameterError, match="negative"):
        dataset.head(-1)


def test_to_pandas_takes_the_first_rows_or_all(source):
    pd = pytest.importorskip("pandas")
    dataset = tor.read(source, text="body", target="stars")
    expected = pd.DataFrame(rows_of(source))
    pd.testing.assert_frame_equal(dataset.to_pandas(), expected, check_dtype=False)
    assert dataset.to_pandas(2)["stars"].tolist() == [5, 1]
    assert dataset.take(1).to_pandas()["body"].tolist() == ["a b"]


def test_a_count_is_given_where_it_is_known(source):
    dataset = tor.read(source, text="body", target="stars")
    is_text = ".csv" in str(source) or ".jsonl" in str(source)
    assert dataset.n_rows == (None if is_text else 4)
    assert dataset.take(4).n_rows == (None if is_text else 4)
    assert dataset.split(0.5)[0].n_rows is None


def test_iteration_gives_batches(source):
    dataset = tor.read(source, text="body", target="stars")
    for _ in range(2):
        texts = [text for batch in dataset for text in batch.text.cast(pa.string()).to_pylist()]
        assert texts == ROWS["body"]


def test_views_keep_what_can_be_seen():
    dataset = tor.read(TABLE, text="body", target="stars")
    assert dataset.shuffle(1).n_rows == 4
    assert sorted(dataset.shuffle(1).head(4)["id"].to_pylist()) == ROWS["id"]
    train, test = dataset.split(0.5, seed=3)
    ids = [*train.to_pandas()["id"], *test.to_pandas()["id"]]
    assert sorted(ids) == ROWS["id"]


def test_values_that_do_not_fit_stay_as_they_are(tmp_path):
    path = tmp_path / "mixed.jsonl"
    path.write_text('{"body": "a", "x": 1}\n{"body": "b", "x": "one"}\n{"body": "c", "y": [1]}\n')
    head = tor.read(path, text="body").head()
    assert head["body"].to_pylist() == ["a", "b", "c"]
    assert head["x"].to_pylist() == ["1", '"one"', None]
    assert head["y"].to_pylist() == [None, None, [1]]


def test_datasets_of_arrays_and_empty_ones():
    assert tor.read({"body": np.array(["a"], object)}, text="body").n_rows == 1
    assert tor.read(TABLE, text="body").take(0).head().num_rows == 0
