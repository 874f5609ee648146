"""Which columns prediction passes on: those of later files and rows, and those that are chosen."""

import csv
import io
import itertools
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import torrential as tor
from predicted_rows import BAD, FORMATS, GOOD
from torrential.errors import DataError, ParameterError
from torrential.persistence import csv_writer


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
    tor.TextClassifier(preset="fast", n_features=2**10).fit(texts, labels).save(tmp_path / "m")
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
    tor.TextClassifier(preset="fast", n_features=2**10).fit(texts, labels).save(tmp_path / "m")
    (tmp_path / "1.jsonl").write_text('{"text": "x"}\n')
    (tmp_path / "2.jsonl").write_text('{"text": "x", "n": 1.10}\n')
    code, out, _ = run("predict", tmp_path / "m", tmp_path / "*.jsonl", "--text", "text", "-q")
    assert code == 0
    assert "n" in next(csv.DictReader(io.StringIO(out)))


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
    tor.TextClassifier(preset="fast", n_features=2**10).fit(texts, labels).save(tmp_path / "m")
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
