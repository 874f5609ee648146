"""Columns that prediction passes on: what goes in comes out, in every format."""

import csv
import datetime
import decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import torrential as tor
from predicted_rows import BAD, FORMATS, GOOD, predict_file, reviews_model, rows_in
from torrential.persistence import growing_table

D = decimal.Decimal


CELLS = {
    "zip": ["00123", "02139", "NA"],
    "id": ["14671810360000000017", "14671810360000000018", ""],
    "size": ["1.10", "1e5", "true"],
    "day": ["2020-01-01", "-0", " x "],
}


@pytest.mark.parametrize("format", FORMATS)
def test_cells_of_csv_are_text(predicted, tmp_path, format):
    rows = [dict(zip(CELLS, values), text=GOOD) for values in zip(*CELLS.values())]
    with (tmp_path / "in.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    found = predicted(tmp_path / "in.csv", format)
    assert [{key: value or "" for key, value in row.items()} for row in found] == rows


def test_bytes_of_csv_that_are_not_utf8_come_out_as_they_are(tmp_path):
    (tmp_path / "in.csv").write_bytes(b"text,name\nfine,caf\xe9\nfine,\xff\n")
    data = tor.read(tmp_path / "in.csv", text="text")
    predict_file(reviews_model(), data, tmp_path / "out.csv")
    assert b'"fine","caf\xe9"' in (tmp_path / "out.csv").read_bytes()
    predict_file(reviews_model(), data, tmp_path / "out.parquet")
    assert [row["name"] for row in rows_in(tmp_path / "out.parquet")] == ["caf\ufffd", "\ufffd"]


PAIRS = {
    "null, then lists": (pa.nulls(1), pa.array([["x"]]), pa.list_(pa.string())),
    "null, then structs": (pa.nulls(1), pa.array([{"u": 1}]), pa.struct({"u": pa.int64()})),
    "int32, then int64": (pa.array([1], pa.int32()), pa.array([2**40]), pa.int64()),
    "uint64, then int8": (
        pa.array([2**64 - 1], pa.uint64()),
        pa.array([-1], pa.int8()),
        pa.decimal128(20, 0),
    ),
    "int64, then double": (pa.array([1]), pa.array([0.5]), pa.float64()),
    "double, then int64": (pa.array([0.5]), pa.array([1]), pa.float64()),
    "float32, then int8": (
        pa.array([0.5], pa.float32()),
        pa.array([1], pa.int8()),
        pa.float32(),
    ),
    "timestamp ms, then us": (
        pa.array([1], pa.timestamp("ms")),
        pa.array([1], pa.timestamp("us")),
        pa.timestamp("us"),
    ),
    "decimal(2,1), then (7,4)": (
        pa.array([D("1.5")]),
        pa.array([D("123.4567")]),
        pa.decimal128(7, 4),
    ),
    "structs of other fields": (
        pa.array([{"a": 1, "b": None}]),
        pa.array([{"b": "x", "c": [1.5]}]),
        pa.struct({"a": pa.int64(), "b": pa.string(), "c": pa.list_(pa.float64())}),
    ),
    "lists of wider values": (
        pa.array([[1, None], None], pa.list_(pa.int8())).slice(0, 1),
        pa.array([[2**40]]),
        pa.list_(pa.int64()),
    ),
    "dictionary, then string": (
        pa.array(["a"]).dictionary_encode(),
        pa.array(["b"]),
        pa.string(),
    ),
    "dates": (
        pa.array([datetime.date(2020, 1, 1)]),
        pa.array([datetime.date(2020, 1, 2)], pa.date64()),
        None,
    ),
}


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("name", PAIRS)
def test_types_of_files_and_tables_are_unified(predicted, tmp_path, name, in_memory):
    first, second, kind = PAIRS[name]
    tables = [pa.table({"text": [GOOD], "extra": column}) for column in (first, second)]
    if in_memory:
        data = tables
    else:
        data = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
        for table, path in zip(tables, data):
            parquet.write_table(table, path)
    expected = [column[0].as_py() for column in (first, second)]
    if name == "structs of other fields":
        expected = [{"a": 1, "b": None, "c": None}, {"a": None, "b": "x", "c": [1.5]}]
    assert [row["extra"] for row in predicted(data, "parquet")] == expected
    assert [row["extra"] for row in predicted(data, "arrow")] == expected
    if kind is not None:
        assert feather.read_table(tmp_path / "predictions.arrow").schema.field("extra").type == kind
        batches = tor.read(data, text="text").batches("all")
        kinds = {str(batch.rows.schema.field("extra").type) for batch in batches}
        assert kinds == {str(kind)}


UNLIKE = {
    "large int64 and double": (pa.array([2**60 + 1]), pa.array([0.5]), [str(2**60 + 1), "0.5"]),
    "bool and string": (pa.array([True]), pa.array(["yes"]), ["true", "yes"]),
    "list and string": (pa.array([[1, 2]]), pa.array(["x"]), ["[1,2]", "x"]),
    "struct and list": (pa.array([{"a": 1}]), pa.array([[1]]), ['{"a":1}', "[1]"]),
    "date and time": (
        pa.array([datetime.date(2020, 1, 2)]),
        pa.array([0], pa.timestamp("s")),
        ["2020-01-02", "1970-01-01 00:00:00"],
    ),
    "bytes and string": (pa.array([b"\xff"]), pa.array(["x"]), ["/w==", "x"]),
    "decimal and double": (pa.array([D("1.10")]), pa.array([0.5]), ["1.10", "0.5"]),
}


@pytest.mark.parametrize("group_bytes", [1, 32 << 20])
@pytest.mark.parametrize("name", UNLIKE)
def test_types_with_nothing_in_common_become_text(predicted, monkeypatch, name, group_bytes):
    monkeypatch.setattr(growing_table, "GROUP_BYTES", group_bytes)
    first, second, expected = UNLIKE[name]
    tables = [pa.table({"text": [GOOD], "extra": column}) for column in (first, second)]
    for data, values in ((tables, expected), (tables[::-1], expected[::-1])):
        for format in ("csv", "parquet", "arrow"):
            assert [row["extra"] for row in predicted(data, format)] == values


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_stream_whose_types_change_is_one_exact_file(predicted, monkeypatch, tmp_path, format):
    values = [[None], [1], [2], [2**60 + 1], [3], [0.5], [4]]

    def tables():
        for number, value in enumerate(values):
            late = {} if number < 5 else {"late": [D("1.10")]}
            yield pa.table({"text": [GOOD], "extra": value, **late})

    whole = predicted(tables, format)
    monkeypatch.setattr(growing_table, "GROUP_BYTES", 1)
    parts = predicted(tables, format)
    assert parts == whole
    assert [row["extra"] for row in parts] == [
        None, "1", "2", "1152921504606846977", "3", "0.5", "4",
    ]  # fmt: skip
    assert [row["late"] for row in parts] == [None] * 5 + [D("1.10")] * 2


def test_a_generator_of_frames_of_other_types(predicted):
    frames = (pd.DataFrame({"text": [GOOD], "n": [n]}) for n in (1, 2.5, 3))
    assert [row["n"] for row in predicted(frames)] == [1, 2.5, 3]
    frames = [pd.DataFrame({"text": [GOOD]}), pl.DataFrame({"text": [BAD], "tag": ["x"]})]
    assert [row["tag"] for row in predicted(frames)] == [None, "x"]
