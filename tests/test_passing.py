"""Columns that prediction passes on: what goes in comes out, in every format."""

import csv
import datetime
import decimal
import gzip
import io
import itertools
import json
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import torrential as tor
from torrential.engine.scoring.to_file import predict_file
from torrential.errors import DataError, ParameterError
from torrential.persistence import csv_writer, growing_table

D = decimal.Decimal
GOOD, BAD = "arrived early and works well", "broken on arrival, no refund"
FORMATS = ["csv", "tsv", "jsonl", "parquet", "arrow"]


@pytest.fixture(scope="module")
def model():
    texts, labels = [GOOD, BAD] * 20, ["up", "down"] * 20
    return tor.TextClassifier(n_features=2**10).fit(texts, labels).model_


@pytest.fixture
def write(model, tmp_path):
    """Predict what `read` reads to a file of a format; give its path."""

    def path_of(data, format="parquet", *, name=None, **options):
        path = tmp_path / (name or f"predictions.{format}")
        predict_file(model, tor.read(data, text="text"), path, **options)
        hidden = [each.name for each in tmp_path.iterdir() if each.name.startswith(".")]
        assert hidden == [], "no temporary file stays"
        return path

    return path_of


@pytest.fixture
def predicted(write):
    """Predict to a file; give its rows without the predictions."""

    def rows_of(*arguments, **options):
        return [
            {key: value for key, value in row.items() if key not in ("label", "probability")}
            for row in rows_in(write(*arguments, **options))
        ]

    return rows_of


def rows_in(path):
    name = path.name.removesuffix(".gz")
    if name.endswith((".parquet", ".arrow")):
        read = parquet.read_table if name.endswith(".parquet") else feather.read_table
        return read(path).to_pylist()
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    delimiter = "\t" if name.endswith(".tsv") else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


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


def test_bytes_of_csv_that_are_not_utf8_come_out_as_they_are(model, tmp_path):
    (tmp_path / "in.csv").write_bytes(b"text,name\nfine,caf\xe9\nfine,\xff\n")
    predict_file(model, tor.read(tmp_path / "in.csv", text="text"), tmp_path / "out.csv")
    assert b'"fine","caf\xe9"' in (tmp_path / "out.csv").read_bytes()
    predict_file(model, tor.read(tmp_path / "in.csv", text="text"), tmp_path / "out.parquet")
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


@pytest.mark.parametrize("format", FORMATS)
def test_columns_of_later_files(predicted, tmp_path, format):
    (tmp_path / "1.csv").write_text("text,a\nfine,1\n")
    (tmp_path / "2.csv").write_text('b,text\n"x\n""y""",poor\n')
    rows = predicted([tmp_path / "1.csv", tmp_path / "2.csv"], format)
    empty = None if format in ("parquet", "arrow") else ""
    assert [row["text"] for row in rows] == ["fine", "poor"]
    assert [row.get("b") or empty for row in rows] == [empty, 'x\n"y"']
    assert [row.get("a") or empty for row in rows] == ["1", empty]


LATE = [{"text": "fine"}] * 90_000 + [{"text": "a\nb", "late": 7}, {"text": "c", "later": "x"}]


@pytest.mark.parametrize("name", ["o.csv", "o.csv.gz", "o.tsv", "o.jsonl", "o.parquet", "o.arrow"])
def test_keys_of_later_rows(predicted, monkeypatch, tmp_path, name):
    monkeypatch.setattr(csv_writer, "CHUNK_BYTES", 1000)
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in LATE))
    rows = predicted(tmp_path / "in.jsonl", name=name)
    assert len(rows) == len(LATE)
    late = [[str(row.get(key) or "") for key in ("text", "late", "later")] for row in rows[-3:]]
    assert late == [["fine", "", ""], ["a\nb", "7", ""], ["c", "", "x"]]
    assert not rows[0].get("late")


def test_keys_of_later_rows_on_the_standard_output(run, tmp_path):
    texts, labels = [GOOD, BAD] * 20, ["up", "down"] * 20
    tor.TextClassifier(n_features=2**10).fit(texts, labels).save(tmp_path / "m")
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in LATE))
    command = ["predict", tmp_path / "m", tmp_path / "in.jsonl", "--text", "text"]
    code, _, err = run(*command)
    assert (code, err.count("\n")) == (2, 1)
    assert "has a column 'late', which the first rows lack" in err
    code, out, _ = run(*command, "--output-format", "jsonl", "-q")
    assert code == 0 and json.loads(out.splitlines()[-1])["later"] == "x"
    code, out, _ = run(*command, "--no-columns", "-q")
    assert code == 0 and out.splitlines()[0] == '"label","probability"'


def test_keys_of_later_files_on_the_standard_output(run, tmp_path):
    texts, labels = [GOOD, BAD] * 20, ["up", "down"] * 20
    tor.TextClassifier(n_features=2**10).fit(texts, labels).save(tmp_path / "m")
    (tmp_path / "1.jsonl").write_text('{"text": "x"}\n')
    (tmp_path / "2.jsonl").write_text('{"text": "x", "n": 1.10}\n')
    code, out, _ = run("predict", tmp_path / "m", tmp_path / "*.jsonl", "--text", "text", "-q")
    assert code == 0
    assert "n" in next(csv.DictReader(io.StringIO(out)))


def columns_of_all_types():
    """Each Arrow type, and how CSV has its values: None for null."""
    when = pa.array([1577934245123456789, None], pa.int64())
    ids = pa.array([uuid.UUID(int=5).bytes, None], pa.binary(16))
    some = {
        pa.null(): ([None, None], None),
        pa.bool_(): ([True, None], "true"),
        pa.int8(): ([-1, None], "-1"),
        pa.uint64(): ([2**64 - 1, None], "18446744073709551615"),
        pa.int64(): ([2**53 + 1, None], "9007199254740993"),
        pa.float16(): ([np.float16(1.5), None], "1.5"),
        pa.float32(): ([0.1, None], "0.1"),
        pa.float64(): ([1e300, None], "1e+300"),
        pa.string(): (["NA", None], "NA"),
        pa.string_view(): (["a", None], "a"),
        pa.binary(): ([b"\xff\x00", None], "/wA="),
        pa.large_binary(): ([b"ok", None], "b2s="),
        pa.binary_view(): ([b"ok", None], "b2s="),
        pa.binary(2): ([b"ok", None], "b2s="),
        pa.decimal32(5, 2): ([D("1.10"), None], "1.10"),
        pa.decimal128(38, 2): ([D("1" * 36 + ".10"), None], "1" * 36 + ".10"),
        pa.decimal256(76, 2): ([D("1" * 70 + ".10"), None], "1" * 70 + ".10"),
        pa.decimal128(5, -2): ([D("1200"), None], "1.2E+3"),
        pa.date32(): ([datetime.date(2020, 1, 2), None], "2020-01-02"),
        pa.date64(): ([datetime.date(2020, 1, 2), None], "2020-01-02"),
        pa.time64("ns"): ([datetime.time(1, 2, 3, 4), None], "01:02:03.000004000"),
        pa.duration("ms"): ([datetime.timedelta(seconds=-1), None], "-1000"),
        pa.month_day_nano_interval(): (
            [pa.MonthDayNano([1, 2, -1_500_000_000]), None],
            "P1M2DT-1.500000000S",
        ),
        pa.list_(pa.binary()): ([[b"\xff", None], None], '["/w==",null]'),
        pa.list_view(pa.int8()): ([[1], None], "[1]"),
        pa.list_(pa.int8(), 2): ([[1, None], None], "[1,null]"),
        pa.large_list(pa.struct({"a": pa.int8()})): ([[{"a": 1}], None], '[{"a":1}]'),
        pa.struct([]): ([{}, None], "{}"),
        pa.struct({"a": pa.string_view()}): ([{"a": "x"}, None], '{"a":"x"}'),
        pa.map_(pa.string(), pa.int8()): ([[("k", 1)], None], '[{"key":"k","value":1}]'),
    }
    yield from ((pa.array(values, kind), cell) for kind, (values, cell) in some.items())
    yield when.cast(pa.timestamp("ns")), "2020-01-02 03:04:05.123456789"
    yield when.cast(pa.timestamp("ns", "Europe/Berlin")), "2020-01-02 04:04:05.123456789+0100"
    yield when.cast(pa.timestamp("ns", "Mars/Base")), "2020-01-02 03:04:05.123456789Z"
    yield pa.array(["a", None]).dictionary_encode(), "a"
    views = pa.array(["a", "b"], pa.string_view())
    yield pa.DictionaryArray.from_arrays(pa.array([1, None], pa.uint8()), views), "b"
    yield pa.compute.run_end_encode(pa.array(["a", None])), "a"
    yield pa.ExtensionArray.from_storage(pa.uuid(), ids), str(uuid.UUID(int=5))
    flags = pa.array([1, None], pa.int8())
    yield pa.ExtensionArray.from_storage(pa.bool8(), flags), "true"
    yield pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None])), '{"a": 1}'
    opaque = pa.opaque(pa.binary(), "geometry", "x")
    yield pa.ExtensionArray.from_storage(opaque, pa.array([b"\xff", None])), "/w=="
    yield pa.ListArray.from_arrays([0, 1, 1], pa.array(["a"]).dictionary_encode()), '["a"]'
    union = [pa.array([1, 2]), pa.array(["x", None])]
    yield pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), union), "1"


NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
NOT_IN_PARQUET = (pa.types.is_interval, pa.types.is_union)


@pytest.mark.parametrize(("column", "cell"), list(columns_of_all_types()), ids=lambda x: str(
    getattr(x, "type", "")))  # fmt: skip
def test_every_type_in_every_format(write, predicted, column, cell):
    kind = column.type
    table = pa.table({"text": [GOOD, BAD], "c": column})
    for format in ("csv", "tsv"):
        assert next(row["c"] for row in predicted(table, format)) == (cell or "")
    (value, *_) = (row["c"] for row in predicted(table, "jsonl"))
    is_json = pa.types.is_nested(kind) and not pa.types.is_run_end_encoded(kind)
    if is_json or any(is_such(kind) for is_such in NUMBERS) or kind == pa.bool8():
        assert value == json.loads(cell)
    else:
        assert value == cell
    kept = feather.read_table(write(table, "arrow")).column("c")
    plain = _plain(column)
    assert kept.combine_chunks().equals(plain)
    kept = parquet.read_table(write(table, "parquet")).column("c").combine_chunks()
    is_text = any(is_such(kind) for is_such in NOT_IN_PARQUET) or kind in (
        pa.struct([]),
        pa.decimal128(5, -2),
    )
    if is_text:
        assert kept[0].as_py() == cell
    else:
        assert kept.cast(plain.type).equals(plain) or kept.equals(plain)


def _plain(column):
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pa.array(column.to_pylist(), pa.large_string() if "view" in str(kind) else None)
    if pa.types.is_run_end_encoded(kind):
        return pa.compute.run_end_decode(column)
    names = {"string_view": pa.large_string(), "binary_view": pa.large_binary()}
    if str(kind) in names:
        return column.cast(names[str(kind)])
    if kind == pa.struct({"a": pa.string_view()}):
        return pa.array(column.to_pylist(), pa.struct({"a": pa.large_string()}))
    if pa.types.is_list_view(kind):
        return pa.array(column.to_pylist(), pa.large_list(kind.value_type))
    if str(kind).startswith("list<") and "dictionary" in str(kind):
        return pa.array(column.to_pylist(), pa.list_(pa.string()))
    return column


@pytest.mark.parametrize("format", FORMATS)
def test_columns_are_chosen(predicted, tmp_path, format):
    path = tmp_path / "in.parquet"
    table = pa.table([["1"], ["fine"], ["2"], ["3"]], names=["id", "text", "id", "other"])
    parquet.write_table(table, path)
    with pytest.raises(DataError, match=r"in.parquet has several columns named 'id'.*choose"):
        predicted(path, format)
    assert [list(row) for row in predicted(path, format, columns=["other"])] == [["other"]]
    assert [list(row) for row in predicted(path, format, columns=[])] == [[]]
    assert [list(row) for row in predicted(path, format, columns=["text"])] == [["text"]]
    with pytest.raises(DataError, match="no column 'othr'; did you mean 'other'"):
        predicted(path, format, columns=["othr"])


def test_names_twice_in_a_later_file(predicted, tmp_path):
    (tmp_path / "1.csv").write_text("id,text\n1,fine\n")
    (tmp_path / "2.csv").write_text("id,text,id\n3,fine,4\n")
    rows = predicted(tmp_path, "arrow")
    assert [(row["id"], row["id_1"]) for row in rows] == [("1", None), ("3", "4")]
    (tmp_path / "predictions.arrow").unlink()
    feather.write_feather(pa.table([[GOOD], [1]], names=["text", "id"]), tmp_path / "3.arrow")
    twice = pa.table([[GOOD], [1], [2]], names=["text", "id", "id"])
    with pa.ipc.new_file(tmp_path / "4.arrow", twice.schema) as file:
        file.write_table(twice)
    with pytest.raises(DataError, match=r"4.arrow has several columns named 'id'"):
        predicted([tmp_path / "3.arrow", tmp_path / "4.arrow"], "csv", name="o.tsv")
    table = pa.table([["fine"], [1], [2]], names=["text", "id", "id"])
    with pytest.raises(DataError, match=r"stream has several columns named 'id'"):
        predicted(lambda: iter([pa.table({"text": [GOOD]}), table]))
    with pytest.raises(DataError, match=r"memory, rows 0-0 has several columns named '0'"):
        predicted(pd.DataFrame([[GOOD, 1, 2]], columns=["text", 0, "0"]))


def test_columns_on_the_command_line(run, tmp_path):
    texts, labels = [GOOD, BAD] * 20, ["up", "down"] * 20
    tor.TextClassifier(n_features=2**10).fit(texts, labels).save(tmp_path / "m")
    (tmp_path / "in.csv").write_text('a,b,"c,d",text\n1,2,3,fine\n')
    command = ["predict", tmp_path / "m", tmp_path / "in.csv", "--text", "text", "-q"]
    for words, names in (
        ([], ["a", "b", "c,d", "text", "label", "probability"]),
        (["--columns", "b,a"], ["a", "b", "label", "probability"]),
        (["--columns", "b", "--columns", "c,d"], ["b", "c,d", "label", "probability"]),
        (["--no-columns"], ["label", "probability"]),
    ):
        code, out, _ = run(*command, *words)
        assert code == 0 and next(csv.reader(io.StringIO(out))) == names
    code, _, err = run(*command, "--columns", "a", "--no-columns")
    assert code == 2 and "exclude each other" in err


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_a_column_that_nobody_uses_may_change_its_type(predicted, tmp_path, extension):
    values = [1] * 60_000 + ["A1", [2], {"b": None}]
    path = tmp_path / f"in.{extension}"
    with path.open("w") as file:
        if extension == "csv":
            file.write("text,c\n")
            file.writelines(f"fine,{json.dumps(json.dumps(v))}\n" for v in values[:-1])
            values = [json.dumps(value) for value in values[:-1]]
        else:
            file.writelines(json.dumps({"text": "fine", "c": v}) + "\n" for v in values)
    if extension == "jsonl":
        assert [row["c"] for row in predicted(path, "jsonl")] == values
        texts = [v if isinstance(v, str) else json.dumps(v) for v in values]
        found = [row["c"].replace(" ", "") for row in predicted(path, "parquet")]
        assert found == [text.replace(" ", "") for text in texts]


def test_numbers_as_names_of_columns(tmp_path):
    frame = pd.DataFrame({0: [GOOD, BAD] * 5, 1: ["up", "down"] * 5, 2: [1.0] * 10})
    for text, target in itertools.product((0, "0", [0], np.int64(0)), (1, "1")):
        dataset = tor.read(frame, text=text, target=target, weight=2)
        assert (dataset.text, dataset.target, dataset.weight) == (("0",), "1", "2")
    assert len(dataset.folds(2, groups=1)) == 2
    (tmp_path / "in.csv").write_text("0,1\nfine,up\n")
    for parameters in ({"text": 0}, {"text": "0", "target": 1}, {"text": "0", "weight": 1}):
        with pytest.raises(ParameterError, match="does not name a column of a file"):
            tor.read(tmp_path / "in.csv", **parameters)


def test_a_late_column_with_the_name_of_a_prediction(predicted, tmp_path):
    rows = [{"text": "fine"}] * 90_000 + [{"text": "fine", "label": "x"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match=r"in.jsonl.* has a column 'label'.*leave it out"):
        predicted(tmp_path / "in.jsonl", "csv")
    assert len(predicted(tmp_path / "in.jsonl", "csv", columns=["text"])) == len(rows)
