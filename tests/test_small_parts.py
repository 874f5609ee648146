"""Many small parts: row groups, record batches and tables that are joined to parts and batches."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.data.formats import footers
from torrential.data.joining import BATCH_ROWS, joined


def table_of(n_rows, first=0):
    numbers = range(first, first + n_rows)
    return pa.table(
        {
            "text": [f"row {number} {'good' if number % 2 else 'bad'}" for number in numbers],
            "label": [("down", "up")[number % 2] for number in numbers],
        }
    )


def texts_of(partitions):
    return [text for part in partitions for batch in part.batches() for text in batch.text.tolist()]


def written(path, table, group_rows):
    with pq.ParquetWriter(path, table.schema) as writer:
        for start in range(0, table.num_rows, group_rows):
            writer.write_table(table.slice(start, group_rows))
    return tor.read(path, text="text", target="label")


def test_small_row_groups_are_read_together(tmp_path):
    table = table_of(9000)
    partitions = written(tmp_path / "a.parquet", table, 3).partitions()
    assert [part.n_rows for part in partitions] == [4095, 4095, 810]
    assert "row groups 0-1364" in partitions[0].name
    assert [len(list(part.batches())) for part in partitions] == [1, 1, 1]
    assert texts_of(partitions) == table["text"].to_pylist()


def test_row_groups_that_are_large_or_few_stay_parts(tmp_path):
    partitions = written(tmp_path / "a.parquet", table_of(9000), 4096).partitions()
    assert [part.n_rows for part in partitions] == [4096, 4096, 808]
    few = written(tmp_path / "b.parquet", table_of(96), 3).partitions()
    assert [part.n_rows for part in few] == [3] * 32
    more = written(tmp_path / "c.parquet", table_of(99), 3).partitions()
    assert [part.n_rows for part in more] == [99]


def test_the_model_of_small_row_groups_is_that_of_one(tmp_path):
    table = table_of(2000)
    models = [
        tor.TextClassifier(preset="fast", n_features=2**10).fit(
            written(tmp_path / f"{rows}.parquet", table, rows)
        )
        for rows in (3, 2000)
    ]
    np.testing.assert_array_equal(models[0].coef_, models[1].coef_)


@pytest.mark.parametrize("format", ["arrow", "stream"])
def test_small_record_batches_make_a_batch(format, tmp_path):
    table, path = table_of(5000), tmp_path / "rows.arrow"
    new = pa.ipc.new_file if format == "arrow" else pa.ipc.new_stream
    with pa.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    partitions = tor.read(path, text="text", target="label").partitions()
    assert texts_of(partitions) == table["text"].to_pylist()
    sizes = [batch.n_rows for part in partitions for batch in part.batches()]
    assert sizes == [4096, 904]


def piece(n_rows, name="a", n_skipped=0):
    return pa.record_batch({name: list(range(n_rows))}), n_skipped


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([3, 4, 5], [12]),
        ([BATCH_ROWS], [BATCH_ROWS]),
        ([10, BATCH_ROWS, 10], [10, BATCH_ROWS, 10]),
        ([2000, 2000, 2000], [4000, 2000]),
        ([0, 0], [0]),
    ],
)
def test_pieces_are_joined_up_to_a_batch(sizes, expected):
    assert [rows.num_rows for rows, *_ in joined(map(piece, sizes))] == expected


def test_what_was_skipped_is_added_and_other_columns_stay_apart():
    pieces = [piece(2, n_skipped=1), piece(3, n_skipped=2), piece(2, "b"), piece(1, "b")]
    found = list(joined(iter(pieces)))
    assert [(rows.num_rows, n_skipped) for rows, n_skipped, *_ in found] == [(5, 3), (3, 0)]
    assert found[0][0]["a"].to_pylist() == [0, 1, 0, 1, 2]


def test_dictionaries_that_differ_are_joined():
    batches = [
        pa.record_batch({"a": pa.array(values).dictionary_encode()})
        for values in (["x", "y"], ["y", "z"])
    ]
    ((rows, *_),) = joined((batch, 0) for batch in batches)
    assert rows["a"].to_pylist() == ["x", "y", "y", "z"]


def test_few_footers_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(footers, "MOST_CHUNKS", 4)
    for number in range(5):
        written(tmp_path / f"{number}.parquet", table_of(10, 10 * number), 10)
    dataset = tor.read(tmp_path, text="text", target="label")
    assert texts_of(dataset.partitions()) == table_of(50)["text"].to_pylist()
    assert len(footers._kept) <= 2
