import bz2
import gzip
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from torrential.data import read
from torrential.data.formats import format as contract
from torrential.data.formats import lines
from torrential.data.formats.registry import FORMATS
from torrential.errors import DataError
from torrential.types import Batch, is_json_field

ROWS = [
    {"title": f"title {i}", "body": f'Ünï, "quoted" text {i}', "stars": i % 5, "w": i / 2}
    for i in range(100)
]


def as_text(value):
    return value.decode() if isinstance(value, bytes) else value


def collect(dataset, columns="used"):
    """All rows as (text, target, weight)."""
    rows = []
    for batch in dataset.batches(columns):
        assert isinstance(batch, Batch)
        target = [None] * batch.n_rows if batch.target is None else batch.target.to_pylist()
        weight = [None] * batch.n_rows if batch.weight is None else batch.weight.to_pylist()
        rows += zip(map(as_text, batch.text.to_pylist()), target, weight)
    return rows


def compress(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data)
    if suffix == ".bz2":
        return bz2.compress(data)
    if suffix == ".zst":
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(data)
        return sink.getvalue().to_pybytes()
    return data


def encode(rows, extension: str) -> bytes:
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    if extension == ".parquet":
        pq.write_table(table, sink, row_group_size=30)
    elif extension in (".csv", ".tsv"):
        options = pa.csv.WriteOptions(delimiter="," if extension == ".csv" else "\t")
        pa.csv.write_csv(table, sink, options)
    elif extension == ".jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    elif extension in (".arrow", ".arrows"):
        new = pa.ipc.new_file if extension == ".arrow" else pa.ipc.new_stream
        with new(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=30)
    return sink.getvalue().to_pybytes()


COMBINATIONS = [
    *[(extension, "") for extension in (".parquet", ".arrow", ".arrows")],
    *[(e, c) for e in (".csv", ".tsv", ".jsonl") for c in ("", ".gz", ".bz2", ".zst")],
    (".arrows", ".zst"),
]


@pytest.mark.parametrize(
    "extension", [extension for format in FORMATS.values() for extension in format.extensions]
)
def test_every_extension_is_documented(extension):
    assert f"``{extension}``" in read.__doc__


@pytest.mark.parametrize(("extension", "compression"), COMBINATIONS)
def test_all_formats_and_compressions(tmp_path, extension, compression):
    path = tmp_path / f"rows{extension}{compression}"
    path.write_bytes(compress(encode(ROWS, extension), compression))
    dataset = read(path, text="body", target="stars", weight="w")
    expected = [(row["body"], row["stars"], row["w"]) for row in ROWS]
    assert collect(dataset) == expected
    assert collect(dataset) == expected, "a dataset is read again for each pass"
    assert dataset.n_bytes == path.stat().st_size
    assert dataset.schema.names == ["title", "body", "stars", "w"]
    batch = next(dataset.batches())
    assert batch.rows is None and batch.first_row == 0 and batch.origin.startswith(str(path))
    kept = pa.Table.from_batches([batch.rows for batch in dataset.batches("all")])
    assert kept.schema.names == dataset.schema.names
    rows = kept.to_pylist()
    if is_json_field(kept.schema.field("title")):
        rows = [row | {"title": json.loads(row["title"])} for row in rows]
    assert rows == ROWS


@pytest.mark.parametrize("compression", ["", ".gz", ".bz2", ".zst"])
def test_fasttext_lines(tmp_path, compression):
    data = (
        b"\xef\xbb\xbf__label__a __label__b first text\r\n\nno label\n__label__c \xff\n__label__d\n"
        b"labels __label__e\f__label__f within\n\0last\v__label__g"
    )
    path = tmp_path / f"rows.txt{compression}"
    path.write_bytes(compress(data, compression))
    dataset = read(path)
    assert dataset.text == ("text",) and dataset.target == "label"
    batches = list(dataset.batches("all"))
    texts = [text for batch in batches for text in batch.text.to_pylist()]
    expected = [b"first text", b"", b"no label", b"\xff", b"", b"labels within", b"\0last"]
    assert texts == expected
    labels = [y for batch in batches for y in batch.target.to_pylist()]
    assert labels == ["a", None, None, "c", "d", "e", "g"]
    kept = pa.Table.from_batches([batch.rows for batch in batches])
    assert kept.column("text").to_pylist() == [text.decode("utf-8", "replace") for text in expected]


def test_fasttext_lines_without_extension(tmp_path):
    path = tmp_path / "train"
    path.write_text("__label__a x\n")
    assert collect(read(path, format="fasttext")) == [("x", "a", None)]


def test_several_text_columns_are_joined(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": ["x", None, None], "b": ["y", "z", None]}), path)
    dataset = read(path, text=["a", "b"])
    assert [text for text, _, _ in collect(dataset)] == ["x\ny", "\nz", "\n"]
    assert dataset.target is None and next(dataset.batches()).target is None


def test_dictionaries_and_views_become_plain(tmp_path):
    path = tmp_path / "rows.arrow"
    table = pa.table(
        {
            "text": pa.array(["x", "y", "x"]).dictionary_encode(),
            "view": pa.array(["a long string view", "b", None], pa.string_view()),
            "label": pa.array(["p", "q", None]).dictionary_encode(),
        }
    )
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    (batch,) = read(path, text="text", target="label").batches("all")
    assert batch.text == pa.array(["x", "y", "x"])
    assert batch.target == pa.array(["p", "q", None])
    assert batch.rows.schema.field("view").type == pa.large_string()
    (batch,) = read(path, text="view").batches()
    assert batch.text.to_pylist() == ["a long string view", "b", None]


def test_parquet_partitions_are_row_groups(tmp_path):
    path = tmp_path / "rows.parquet"
    path.write_bytes(encode(ROWS, ".parquet"))
    partitions = read(path, text="body").partitions()
    assert [p.n_rows for p in partitions] == [30, 30, 30, 10]
    assert [p.name for p in partitions] == [f"{path}, row group {i}" for i in range(4)]


def test_arrow_partitions_are_groups_of_batches(tmp_path, monkeypatch):
    path = tmp_path / "rows.arrow"
    path.write_bytes(encode(ROWS, ".arrow"))
    dataset = read(path, text="body")
    assert len(dataset.partitions()) == 1
    monkeypatch.setattr("torrential.data.formats.ipc.RANGE_BYTES", path.stat().st_size // 2)
    assert len(dataset.partitions()) == 2
    assert [text for text, _, _ in collect(dataset)] == [row["body"] for row in ROWS]


@pytest.mark.parametrize("extension", [".jsonl", ".txt"])
@pytest.mark.parametrize("range_bytes", [1, 7, 64, 1000])
def test_byte_ranges_hold_each_line_once(tmp_path, monkeypatch, extension, range_bytes):
    monkeypatch.setattr(lines, "RANGE_BYTES", range_bytes)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 16)
    texts = [f"row {i} " + "x" * (i * 37 % 90) for i in range(40)]
    path = tmp_path / f"rows{extension}"
    if extension == ".txt":
        path.write_text("\n".join(f"__label__a {text}" for text in texts))
    else:
        path.write_text("\n".join(json.dumps({"text": text}) for text in texts))
    dataset = read(path, text="text")
    assert len(dataset.partitions()) == -(-path.stat().st_size // range_bytes)
    assert [text for text, _, _ in collect(dataset)] == texts


def test_csv_with_line_ends_and_quotes(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b'\xef\xbb\xbftext,label\n"two\nlines, ""quoted""",a\nplain \xff,\n"",b\n')
    (batch,) = read(path, text="text", target="label").batches("all")
    assert batch.text.to_pylist() == [b'two\nlines, "quoted"', b"plain \xff", b""]
    assert batch.target.to_pylist() == ["a", None, "b"]
    assert batch.rows.column("text").to_pylist()[1] == "plain \ufffd"


def test_csv_delimiter_and_types(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("t;label;n;day\n1;1;5;2020-01-01\n2;2;;2021-01-01\n")
    dataset = read(path, text="t", target="label", delimiter=";")
    assert collect(dataset) == [("1", 1, None), ("2", 2, None)]
    assert [str(t) for t in dataset.schema.types] == ["string", "int64", "string", "string"]
    dataset = read(path, text="t", target="label", delimiter=";", target_type="string")
    assert collect(dataset) == [("1", "1", None), ("2", "2", None)]


def test_csv_row_longer_than_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr("torrential.data.formats.csv.blocks.BLOCK_BYTES", 256)
    texts = ["short"] * 100 + ["long " * 2000] + ["short"] * 100
    path = tmp_path / "rows.csv"
    path.write_text("text,i\n" + "".join(f"{text},{i}\n" for i, text in enumerate(texts)))
    rows = collect(read(path, text="text", target="i"))
    assert rows == [(text, i, None) for i, text in enumerate(texts)]


def test_csv_header_without_rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n")
    assert collect(read(path, text="text", target="label")) == []


def test_json_values_out_of_the_ordinary(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        b'\n{"text": "lone \\ud83d", "label": 1}\n{"text": "twice", "text": "last", "label": 2}\n'
        b'{"text": 5, "label": null}\n{"text": "bad \xff"}\n  \n'
    )
    rows = collect(read(path, text="text", target="label"))
    assert rows[:3] == [("lone ?", 1, None), ("last", 2, None), ("5", None, None)]
    assert rows[3][0].startswith("bad ")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1, 2, None], [1, 2, None]),
        (["a", "2020-01-01", None], ["a", "2020-01-01", None]),
        ([True, False, None], [True, False, None]),
        (["2020-01-01", "b", "c"], ["2020-01-01", "b", "c"]),
    ],
)
def test_json_labels(tmp_path, labels, expected):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"t": "x", "y": label}) + "\n" for label in labels))
    assert [y for _, y, _ in collect(read(path, text="t", target="y"))] == expected


def test_json_labels_of_mixed_types_as_strings(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"t": "x", "y": 1}\n{"t": "x", "y": "b"}\n{"t": "x", "y": true}\n')
    dataset = read(path, text="t", target="y", target_type=pa.string())
    assert [y for _, y, _ in collect(dataset)] == ["1", "b", "true"]


def test_label_type_is_that_of_the_first_file(tmp_path):
    pq.write_table(pa.table({"t": ["x"], "y": pa.array([1], pa.int64())}), tmp_path / "a.parquet")
    pq.write_table(
        pa.table({"y": pa.array([2], pa.int8()), "t": pa.array(["z"], pa.large_string())}),
        tmp_path / "b.parquet",
    )
    dataset = read(tmp_path, text="t", target="y")
    assert [batch.target.type for batch in dataset.batches()] == [pa.int64(), pa.int64()]
    assert collect(dataset) == [("x", 1, None), ("z", 2, None)]


def test_columns_that_only_some_files_have_are_null(tmp_path):
    pq.write_table(pa.table({"t": ["x"], "id": [7]}), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("t\ny\n")
    paths = [tmp_path / "a.parquet", tmp_path / "b.csv"]
    kept = [batch.rows.to_pylist() for batch in read(paths, text="t").batches("all")]
    assert kept == [[{"t": "x", "id": 7}], [{"t": "y", "id": None}]]


def test_batches_are_bounded(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"t": ["x"] * 10_000 + ["y" * 5000] * 2000}), path)
    sizes = [(batch.n_rows, batch.text.nbytes) for batch in read(path, text="t").batches()]
    assert max(rows for rows, _ in sizes) <= 4096
    assert max(size for _, size in sizes) < 4 << 20
    assert sum(rows for rows, _ in sizes) == 12_000


@pytest.mark.parametrize("extension", [".csv", ".jsonl", ".parquet", ".txt"])
def test_a_document_of_many_blocks(tmp_path, extension):
    text = "word " * (contract.BLOCK_BYTES * 4 // 5)
    path = tmp_path / f"rows{extension}"
    if extension == ".txt":
        path.write_text(f"__label__a {text}\n__label__b small\n")
    else:
        path.write_bytes(encode([{"text": text}, {"text": "small"}], extension))
    assert [row[0] for row in collect(read(path, text="text"))] == [text, "small"]


def test_row_groups_without_rows(tmp_path):
    path = tmp_path / "rows.parquet"
    schema = pa.schema([("t", pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        for texts in (["a"], [], ["b"]):
            writer.write_table(pa.table({"t": texts}, schema))
    assert [text for text, _, _ in collect(read(path, text="t"))] == ["a", "b"]


@pytest.mark.parametrize("extension", [".parquet", ".csv", ".jsonl", ".arrow"])
def test_partitions_are_picklable_and_read_by_threads(tmp_path, extension):
    path = tmp_path / f"rows{extension}"
    path.write_bytes(encode(ROWS, extension))
    partitions = read(path, text="body").partitions() * 4
    partitions = [pickle.loads(pickle.dumps(partition)) for partition in partitions]
    with ThreadPoolExecutor(3) as pool:
        counts = pool.map(lambda p: sum(batch.n_rows for batch in p.batches()), partitions)
        assert sum(counts) == 4 * len(ROWS)


@pytest.mark.parametrize("compression", ["", ".gz"])
@pytest.mark.parametrize("extension", ["txt", "jsonl"])
def test_lines_in_utf_16_are_named(tmp_path, extension, compression):
    path = tmp_path / f"rows.{extension}{compression}"
    path.write_bytes(compress('{"text": "a"}\n'.encode("utf-16"), compression))
    with pytest.raises(DataError, match=rf"{path.name} is text in UTF-16.*iconv"):
        collect(read(path, text="text"))
