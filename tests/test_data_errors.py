import gzip
import json
import os
import re
import threading

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from torrential import TextClassifier
from torrential.data import from_arrays, read
from torrential.data.formats import lines
from torrential.errors import DataError, MalformedRowError, MissingDataError, ParameterError

TABLE = pa.table({"body": ["x", "y"], "stars": [1, 2], "tags": [["a"], []]})


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(TABLE, path)
    return path


def drain(dataset, columns="used"):
    return list(dataset.batches(columns))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": "boby"}, r"no column 'boby'; did you mean 'body'\? It has 'body', 'stars'"),
        ({"text": "zzz"}, "no column 'zzz'; it has 'body'"),
        ({"text": "body", "target": "star"}, "did you mean 'stars'"),
        ({"text": "body", "weight": "w"}, "no column 'w'"),
        ({"text": "stars"}, r"'stars' of .* holds int64, not text: pass one of .*\('body'\)"),
        ({"text": "body", "weight": "body"}, "weights must be numbers"),
    ],
)
@pytest.mark.parametrize("extension", ["parquet", "jsonl", "memory"])
def test_wrong_columns(tmp_path, parquet, columns, message, extension):
    source = parquet
    if extension == "jsonl":
        source = tmp_path / "rows.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in TABLE.to_pylist()))
    if extension == "memory":
        source = TABLE
    with pytest.raises(DataError, match=message):
        read(source, **columns)


def test_wrong_columns_of_csv(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("body,stars,w\nx,1,heavy\n")
    with pytest.raises(DataError, match="did you mean 'body'"):
        read(path, text="boby")
    with pytest.raises(DataError, match="weights must be numbers"):
        read(path, text="body", weight="w")
    path.write_text("body,body\nx,1\n")
    with pytest.raises(DataError, match="several columns named 'body'"):
        read(path, text="body")


def test_columns_missing_in_a_later_file(tmp_path, parquet):
    for other in ("z.parquet", "z.csv", "z.arrow"):
        table = pa.table({"bodi": ["x"]})
        path = tmp_path / other
        if other == "z.csv":
            path.write_text("bodi\nx\n")
        elif other == "z.arrow":
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
        else:
            pq.write_table(table, path)
        with pytest.raises(DataError, match=f"{other} has no column 'body'; did you mean 'bodi'"):
            drain(read([parquet, path], text="body"))


def test_labels_of_another_type_in_a_later_file(tmp_path, parquet):
    path = tmp_path / "z.parquet"
    pq.write_table(pa.table({"body": ["x"], "stars": ["many"]}), path)
    with pytest.raises(
        DataError, match=r"z.parquet, data row 1: .*'stars' holds 'many'.*int64.*target_type"
    ):
        drain(read([parquet, path], text="body", target="stars"))
    labels = read([parquet, path], text="body", target="stars", target_type="string").batches()
    assert [batch.target.to_pylist() for batch in labels] == [["1", "2"], ["many"]]


def test_text_of_another_type_in_a_later_file(tmp_path, parquet):
    path = tmp_path / "z.parquet"
    pq.write_table(pa.table({"body": [1]}), path)
    with pytest.raises(DataError, match=r"'body' of .*z.parquet holds int64, not text"):
        drain(read([parquet, path], text="body"))


@pytest.mark.parametrize("cut", [10, 0.5, -3])
def test_truncated_parquet(parquet, cut):
    data = parquet.read_bytes()
    parquet.write_bytes(data[: int(cut * len(data)) if isinstance(cut, float) else cut])
    with pytest.raises(DataError, match=r"rows.parquet.* is not readable"):
        drain(read(parquet, text="body"))


def test_damaged_parquet_page(parquet):
    data = bytearray(parquet.read_bytes())
    data[4:60] = b"\xff" * 56
    parquet.write_bytes(data)
    with pytest.raises(DataError, match=r"rows.parquet is not readable"):
        drain(read(parquet, text="body"))


@pytest.mark.parametrize("name", ["rows.txt.gz", "rows.jsonl.gz", "rows.csv.gz"])
def test_truncated_gzip(tmp_path, name):
    rows = [f'{{"text": "row {i * i * i}"}}\n' for i in range(300_000)]
    if "csv" in name:
        rows = ["text\n", *(f"row {i * i * i}\n" for i in range(300_000))]
    path = tmp_path / name
    data = gzip.compress("".join(rows).encode(), 1)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match=f"{name} is not readable .*Truncated"):
        drain(read(path, text="text"))
    path.write_bytes(b"\0this is no gzip file at all")
    with pytest.raises(DataError, match=f"{name} is not compressed by gzip, nor is it text"):
        drain(read(path, text="text"))


def test_truncated_arrow_file(tmp_path):
    path = tmp_path / "rows.arrow"
    with pa.ipc.new_file(path, TABLE.schema) as writer:
        writer.write_table(TABLE)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"rows.arrow is not readable"):
        drain(read(path, text="body"))


def test_compressed_parquet_is_refused(tmp_path, parquet):
    path = tmp_path / "rows.parquet.gz"
    path.write_bytes(gzip.compress(parquet.read_bytes()))
    with pytest.raises(DataError, match="decompress it first"):
        read(path, text="body")


@pytest.mark.parametrize(
    ("weight", "extension"),
    [
        (-1.0, "parquet"),
        (-1.0, "csv"),
        (-1.0, "jsonl"),
        (-1.0, "arrow"),
        (float("inf"), "parquet"),
        (1e300, "parquet"),
    ],
)
def test_weights_that_cannot_be(tmp_path, weight, extension):
    path = tmp_path / f"rows.{extension}"
    weights = [1.0] * 5000
    weights[4567] = weight
    table = pa.table({"body": ["x"] * 5000, "w": weights})
    if extension == "parquet":
        pq.write_table(table, path)
    elif extension == "csv":
        pyarrow.csv.write_csv(table, path)
    elif extension == "arrow":
        feather.write_feather(table, path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    dataset = read(path, text="body", weight="w")
    message = rf"rows\.{extension}, data row 4568: the weight column 'w' holds "
    with pytest.raises(DataError, match=message + re.escape(str(weight))):
        drain(dataset)
    with pytest.raises(DataError, match=message):
        drain(dataset.shuffle(0))


def test_a_weight_that_is_null_counts_as_one():
    texts, labels = ["good", "bad", "good"], ["y", "n", "y"]
    rows = {"text": texts, "label": labels, "w": [2.0, None, 0.0]}
    dataset = read(rows, text="text", target="label", weight="w")
    model = TextClassifier(preset="fast").fit(dataset)
    same = TextClassifier(preset="fast").fit(texts, labels, sample_weight=[2.0, 1.0, 0.0])
    assert (model.coef_ == same.coef_).all()


def test_malformed_json_lines(tmp_path, monkeypatch):
    path = tmp_path / "rows.jsonl"
    good = [json.dumps({"t": f"good {i}", "y": i}) for i in range(50)]
    path.write_text("\n".join([*good[:30], '{"t": ', "[1]", *good[30:], '"x"']))
    with pytest.raises(MalformedRowError, match=r"rows.jsonl, row 31 is not a JSON object"):
        drain(read(path, text="t", target="y"))
    dataset = read(path, text="t", target="y", on_bad_rows="skip")
    for range_bytes in (1 << 20, 300):
        monkeypatch.setattr(lines, "RANGE_BYTES", range_bytes)
        batches = drain(dataset)
        assert [y for batch in batches for y in batch.target.to_pylist()] == list(range(50))
        assert sum(batch.n_skipped for batch in batches) == 3
    assert len(dataset.partitions()) > 3


def test_row_number_of_a_malformed_line_in_a_later_range(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "RANGE_BYTES", 100)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)
    path = tmp_path / "rows.jsonl"
    path.write_text('{"t": "good"}\n' * 40 + "bad\n" + '{"t": "good"}\n' * 10)
    with pytest.raises(MalformedRowError, match=r"rows.jsonl, row 41 is"):
        drain(read(path, text="t"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_row_number_of_a_malformed_line_in_a_later_block_of_a_pipe(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)
    path = tmp_path / "rows.jsonl"
    os.mkfifo(path)
    content = '{"t": "good"}\n' * 40 + "bad\n" + '{"t": "good"}\n' * 10
    writer = threading.Thread(target=path.write_text, args=(content,))
    writer.start()
    with pytest.raises(MalformedRowError, match=r"rows.jsonl, row 41 is"):
        drain(read(path, text="t"))
    writer.join()


def test_json_array(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('[{"t": "x"}]')
    with pytest.raises(DataError, match="one JSON array: write one object per line"):
        read(path, text="t")


def test_json_without_rows(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text("\n \n")
    with pytest.raises(DataError, match="has no rows"):
        read(path, text="t")


def test_json_label_that_changes_its_type(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"t": "x", "y": 1}\n' * 90_000 + '{"t": "x", "y": "b"}\n')
    with pytest.raises(DataError, match=r"row 90001: column 'y' holds 'b'.*target_type='string'"):
        drain(read(path, text="t", target="y"))


def test_malformed_csv_rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("t,y\na,1\nb,2,3\nc\nd,4\ne\n")
    with pytest.raises(MalformedRowError, match=r"rows.csv, row 3 has 3 columns where.* has 2"):
        drain(read(path, text="t", target="y"))
    batches = drain(read(path, text="t", target="y", on_bad_rows="skip"))
    assert [t for batch in batches for t in batch.text.to_pylist()] == [b"a", b"d"]
    assert sum(batch.n_skipped for batch in batches) == 3


def test_malformed_csv_row_after_the_first_block(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("t,y\n" + "some text here,1\n" * 90_000 + "bad\n")
    with pytest.raises(MalformedRowError, match=r"row 90002 has 1 columns"):
        drain(read(path, text="t", target="y"))
    batches = drain(read(path, text="t", target="y", on_bad_rows="skip"))
    assert sum(batch.n_rows for batch in batches) == 90_000
    assert sum(batch.n_skipped for batch in batches) == 1


@pytest.mark.parametrize(
    ("columns", "hint"),
    [({"target": "y"}, "target_type='string'"), ({"weight": "y"}, "weights must be numbers")],
)
def test_csv_value_that_does_not_convert(tmp_path, columns, hint):
    path = tmp_path / "rows.csv"
    path.write_text("t,z,y\n" + "some text here,z,1\n" * 90_000 + "x,z,many\n")
    with pytest.raises(
        DataError, match=f"row 90002: column 'y' holds 'many'.*(int64|double): .*{hint}"
    ):
        drain(read(path, text="t", **columns))
    dataset = read(path, text="t", target="y", target_type="string")
    assert drain(dataset)[-1].target.to_pylist()[-1] == "many"


def test_csv_value_of_a_column_that_is_only_passed_on(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("t,id\n" + "some text here,1\n" * 90_000 + "x,many\n")
    drain(read(path, text="t"))
    rows = [row for batch in drain(read(path, text="t"), "all") for row in batch.rows["id"]]
    assert (len(rows), rows[0].as_py(), rows[-1].as_py()) == (90_001, "1", "many")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"on_bad_rows": "ignore"}, "on_bad_rows='ignore'"),
        ({"format": "excel"}, "format='excel'"),
        ({"delimiter": "||"}, "delimiter="),
        ({"target_type": "text"}, "target_type='text'"),
    ],
)
def test_parameters(parquet, parameters, message):
    with pytest.raises(ParameterError, match=message):
        read(parquet, **{"text": "body", **parameters})


def test_parameters_of_datasets():
    dataset = from_arrays(["x"])
    for test_size in (0, 1, 1.5, -1, True):
        with pytest.raises(ParameterError, match="test_size="):
            dataset.split(test_size)
    with pytest.raises(ParameterError, match="seed=-1"):
        dataset.shuffle(-1)
    with pytest.raises(ParameterError, match="n=-1"):
        dataset.take(-1)
    with pytest.raises(ParameterError, match="columns='some'"):
        dataset.partitions("some")


def test_file_that_goes_away(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"t": "x"}\n')
    dataset = read(path, text="t")
    path.unlink()
    with pytest.raises(MissingDataError, match=r"rows.jsonl does not exist"):
        drain(dataset)
