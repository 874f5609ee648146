"""Writers of tables: what is written in each format is what is read back."""

import base64
import bz2
import datetime
import decimal
import gzip
import json
import math
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv, feather, parquet

from torrential.errors import OutputError, ParameterError
from torrential.persistence.json_text import json_values
from torrential.persistence.writers import open_writer

BATCHES = [
    pa.record_batch(
        {"text": ["a", 'x,"y"\n\t', None], "label": ["é", "", "c"], "p": [0.5, None, 1e-7]}
    ),
    pa.record_batch({"text": ["", "日本", "\r"], "label": [None, "b", "c"], "p": [1.0, 2.0, 3.0]}),
]
TABLE = pa.Table.from_batches(BATCHES)


def _write(path, batches=BATCHES, **options):
    with open_writer(path, batches[0].schema, **options) as writer:
        for batch in batches:
            writer.write(batch)
        assert not path.exists()
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.PQ"])
def test_parquet(tmp_path, name):
    path = _write(tmp_path / name)
    assert parquet.read_table(path) == TABLE
    about = parquet.ParquetFile(path).metadata
    assert about.num_row_groups == 1
    assert about.row_group(0).column(0).compression == "ZSTD"


def test_parquet_row_groups_have_a_bounded_size(tmp_path):
    batch = pa.record_batch({name: np.zeros(1 << 18) for name in "abcd"})
    path = _write(tmp_path / "a.parquet", [batch] * 9)
    assert parquet.ParquetFile(path).metadata.num_row_groups == 3


@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.ipc"])
def test_arrow(tmp_path, name):
    assert feather.read_table(_write(tmp_path / name)) == TABLE


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [("a.csv", ","), ("a.tsv", "\t"), ("a.csv.gz", ","), ("a.tsv.bz2", "\t"), ("a.csv.zst", ",")],
)
def test_csv(tmp_path, name, delimiter):
    read = csv.read_csv(
        _write(tmp_path / name),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    assert read == TABLE


@pytest.mark.parametrize(
    ("name", "opener"),
    [
        ("a.jsonl", open),
        ("a.ndjson", open),
        ("a.json", open),
        ("a.jsonl.gz", gzip.open),
        ("a.jsonl.bz2", bz2.open),
    ],
)
def test_json_lines(tmp_path, name, opener):
    with opener(_write(tmp_path / name), "rb") as file:
        assert [json.loads(line) for line in file] == TABLE.to_pylist()


def test_the_format_may_be_said(tmp_path):
    assert parquet.read_table(_write(tmp_path / "predictions", format="parquet")) == TABLE


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.csv", "a.tsv.gz", "a.jsonl"])
def test_no_row(tmp_path, name):
    with open_writer(tmp_path / name, TABLE.schema):
        pass
    with open_writer(tmp_path / name, TABLE.schema) as writer:
        writer.write(BATCHES[0].slice(0, 0))
    assert (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.csv", "a.csv.zst", "a.jsonl"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file(tmp_path, name, error):
    path = tmp_path / name
    path.write_text("old")
    with pytest.raises(error), open_writer(path, TABLE.schema) as writer:
        writer.write(BATCHES[0])
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("path", "format", "message"),
    [
        ("a.xls", None, "format of a.xls is not known"),
        ("a", None, "format of a is not known"),
        ("a.csv", "xls", "output format 'xls' is not known"),
        ("a.parquet.gz", None, "parquet compresses itself: leave out .gz"),
        ("-", "parquet", "does not work with standard output"),
    ],
)
def test_unknown_formats(path, format, message):
    with pytest.raises(ParameterError, match=message), open_writer(path, TABLE.schema, format):
        pass


def test_no_column(tmp_path):
    with (
        pytest.raises(ParameterError, match="no column"),
        open_writer(tmp_path / "a.csv", pa.schema([])),
    ):
        pass


def test_a_missing_folder(tmp_path):
    with (
        pytest.raises(OutputError, match="create it"),
        open_writer(tmp_path / "no" / "a.csv", TABLE.schema),
    ):
        pass


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.csv", "a.jsonl"])
def test_dictionaries_may_differ_between_batches(tmp_path, name):
    batches = [
        pa.record_batch({"label": pa.array(labels).dictionary_encode()})
        for labels in (["a", "b", None], ["c", "a", "c"])
    ]
    path = _write(tmp_path / name, batches)
    labels = ["a", "b", None, "c", "a", "c"]
    if name == "a.parquet":
        assert parquet.read_table(path)["label"].to_pylist() == labels
    elif name == "a.arrow":
        assert feather.read_table(path)["label"].to_pylist() == labels
    else:
        assert len(path.read_bytes().splitlines()) == 6 + (name == "a.csv")


def test_nested_and_odd_columns_in_csv(tmp_path):
    batch = pa.record_batch(
        {
            "list": [["a,", None], None, []],
            "bytes": pa.array([b"ok", b"\xff", None]),
            "view": pa.array(["x", None, "z"], pa.string_view()),
        }
    )
    path = _write(tmp_path / "a.csv", [batch])
    assert path.read_text() == (
        '"list","bytes","view"\n"[""a,"",null]","b2s=","x"\n,"/w==",\n"[]",,"z"\n'
    )


@pytest.mark.parametrize("format", ["jsonl", "csv", "tsv"])
def test_standard_output(format):
    code = f"""
import pyarrow as pa
from torrential.persistence.writers import open_writer
batch = pa.record_batch({{"n": [1, 2]}})
with open_writer("-", batch.schema, {format!r}) as writer:
    writer.write(batch)
print("still open")
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    rows = ['{"n":1}', '{"n":2}'] if format == "jsonl" else ['"n"', "1", "2"]
    assert (done.stdout.splitlines(), done.stderr) == ([*rows, "still open"], "")


TEXT = st.none() | st.text(max_size=8) | st.text('"\\\n\x00\x1f\x7f é😀', max_size=8)
NUMBER = st.none() | st.floats()
TYPES = {
    pa.string(): TEXT,
    pa.large_string(): TEXT,
    pa.string_view(): TEXT,
    pa.float64(): NUMBER,
    pa.int64(): st.none() | st.integers(-(2**63), 2**63 - 1),
    pa.uint8(): st.none() | st.integers(0, 255),
    pa.bool_(): st.none() | st.booleans(),
    pa.list_(pa.string()): st.none() | st.lists(TEXT, max_size=3),
    pa.list_(pa.float64(), 2): st.none() | st.lists(NUMBER, min_size=2, max_size=2),
    pa.large_list(pa.list_(pa.float64())): st.none()
    | st.lists(st.none() | st.lists(NUMBER, max_size=2), max_size=3),
    pa.list_view(pa.string()): st.none() | st.lists(TEXT, max_size=3),
    pa.large_list_view(pa.string()): st.none() | st.lists(TEXT, max_size=3),
    pa.struct({"a": pa.string(), "b": pa.list_(pa.string())}): st.none()
    | st.fixed_dictionaries({"a": TEXT, "b": st.none() | st.lists(TEXT, max_size=2)}),
}


def _as_json(value):
    """The specification: what Python's json gives back for a value, with null for nan."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return value


@given(st.data())
def test_json_of_any_column_and_slice(data):
    kind = data.draw(st.sampled_from(list(TYPES)))
    values = data.draw(st.lists(TYPES[kind], max_size=6))
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(values))] * 2)))
    texts = json_values(pa.array(values, kind).slice(start, stop - start)).to_pylist()
    assert [json.loads(text) for text in texts] == _as_json(values[start:stop])


@given(st.lists(st.none() | st.binary(max_size=6), max_size=5))
def test_json_of_bytes_is_base64(values):
    texts = json_values(pa.array(values, pa.binary())).to_pylist()
    found = [json.loads(text) for text in texts]
    assert [value if value is None else base64.b64decode(value) for value in found] == values


def test_json_of_text_that_is_not_valid():
    column = pa.Array.from_buffers(pa.string(), 1, pa.array([b"a\xff"]).buffers())
    assert json_values(column).to_pylist() == ['"a�"']


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([None, None]), ["null", "null"]),
        (pa.array([np.float16(1.5), np.float16("nan")]), ["1.5", "null"]),
        (pa.array([0.1, -0.0, 1e300], pa.float32()), ["0.1", "-0", "null"]),
        (pa.array([decimal.Decimal("1.20"), None]), ["1.20", "null"]),
        (pa.array([datetime.date(2020, 1, 2), None]), ['"2020-01-02"', "null"]),
        (pa.array([datetime.datetime(2020, 1, 2)], pa.timestamp("s")), ['"2020-01-02 00:00:00"']),
        (pa.array([b"ab"], pa.binary(2)), ['"YWI="']),
        (pa.array([{}, None], pa.struct([])), ["{}", "null"]),
        (pa.array([[1], None, []], pa.list_view(pa.int8())), ["[1]", "null", "[]"]),
        (
            pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int8())),
            ['[{"key":"k","value":1}]', "null"],
        ),
        (pa.array(["a", None, 'b"']).dictionary_encode(), ['"a"', "null", '"b\\""']),
        (
            pa.array([pa.MonthDayNano([1, 2, 3]), None]),
            ['"P1M2DT0.000000003S"', "null"],
        ),
        (
            pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0, None], pa.int8())),
            ["true", "false", "null"],
        ),
    ],
)
def test_json_of_other_types(column, texts):
    assert json_values(column).to_pylist() == texts


def test_json_of_a_sliced_map():
    column = pa.array(
        [[("a", 1)], [("b", 2), ("c", None)], [("d", 4)]], pa.map_(pa.string(), pa.int8())
    )
    assert json_values(column.slice(1, 1)).to_pylist() == [
        '[{"key":"b","value":2},{"key":"c","value":null}]'
    ]


def test_names_are_escaped(tmp_path):
    batch = pa.record_batch({'a"\n': [1], "é": [2]})
    assert json.loads(_write(tmp_path / "a.jsonl", [batch]).read_bytes()) == {'a"\n': 1, "é": 2}
