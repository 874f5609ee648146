"""Converting files between formats, as the command does."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import torrential as tor
from torrential.errors import DataError, DataWarning, MalformedRowError, OutputError, ParameterError
from torrential.estimators.tools.convert import convert

VW = "1 2 'x |a p:2 q |b r\n-1 |a p\n1 0.5 |b s:0.5\n"


@pytest.fixture
def vw(tmp_path):
    path = tmp_path / "rows.vw"
    path.write_text(VW)
    return path


def table_of(path):
    (batch,) = tor.read(path, columns=["a", "b"]).batches("all")
    return batch.rows.to_pylist()


@pytest.mark.parametrize("extension", ["parquet", "arrow"])
def test_vw_to_tables_and_back(extension, vw, tmp_path):
    table, again = tmp_path / f"rows.{extension}", tmp_path / "again.vw"
    done = convert(vw, table)
    assert (done.n_rows, done.n_skipped) == (3, 0)
    convert(table, again, target="label", weight="weight", key="tag")
    assert again.read_text() == VW
    same = tmp_path / "same.vw.gz"
    convert(vw, same)
    assert table_of(same) == table_of(vw)


def test_other_text_formats(vw, tmp_path):
    convert(vw, tmp_path / "rows.jsonl")
    first = json.loads((tmp_path / "rows.jsonl").read_text().splitlines()[0])
    assert (first["label"], first["weight"], first["tag"]) == (1, 2, "x")
    convert(vw, tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().startswith('"label","weight","tag","a","b"\n1,2,')
    (tmp_path / "table.csv").write_text("y,n,c\n1,0.5,red\n0,,blue\n")
    convert(tmp_path / "table.csv", tmp_path / "table.vw", target="y")
    assert (tmp_path / "table.vw").read_text() == "1 |n n:0.5 |c red\n0 |c blue\n"
    convert(tmp_path / "table.csv", tmp_path / "table.svm", target="y", drop=["c"])
    assert (tmp_path / "table.svm").read_text() == "1 1:0.5\n0\n"
    convert(tmp_path / "table.csv", tmp_path / "table.parquet")
    found = pq.read_table(tmp_path / "table.parquet")
    assert found.to_pydict() == {"y": [1, 0], "n": [0.5, None], "c": ["red", "blue"]}


def test_svmlight_and_vw(tmp_path):
    svm, vw = tmp_path / "rows.svm", tmp_path / "rows.vw"
    svm.write_text("1 qid:3 1:0.5 7:2\n-1 qid:4\n")
    convert(svm, vw)
    assert vw.read_text() == "1 |features 1:0.5 7:2\n-1 |\n"
    convert(svm, tmp_path / "same.svm")
    assert (tmp_path / "same.svm").read_text() == svm.read_text()
    convert(svm, tmp_path / "rows.parquet")
    convert(tmp_path / "rows.parquet", tmp_path / "again.svm", target="label", key="qid")
    assert (tmp_path / "again.svm").read_text() == svm.read_text()
    vw.write_text("1 2 'x | 7:2 1:0.5\n")
    with pytest.raises(DataError, match=r"weights of rows, which svmlight's lines do not have"):
        convert(vw, tmp_path / "other.svm")
    convert(vw, tmp_path / "other.svm", drop=["weight"])
    assert (tmp_path / "other.svm").read_text() == "1 1:0.5 7:2\n"


def test_namespaces_of_all_rows_of_all_files(tmp_path, monkeypatch):
    monkeypatch.setattr("torrential.data.formats.lines.BLOCK_BYTES", 64)
    (tmp_path / "1.vw").write_text("1 |a x\n" * 100 + "1 |late y\n")
    (tmp_path / "2.vw").write_text("1 |other z\n")
    convert([tmp_path / "1.vw", tmp_path / "2.vw"], tmp_path / "rows.parquet")
    names = pq.read_schema(tmp_path / "rows.parquet").names
    assert names == ["label", "weight", "tag", "a", "late", "other"]
    convert(tmp_path / "1.vw", tmp_path / "some.parquet", drop=["late"])
    assert pq.read_schema(tmp_path / "some.parquet").names == ["label", "weight", "tag", "a"]
    convert(tmp_path / "1.vw", tmp_path / "late.vw", columns=["late"])
    assert (tmp_path / "late.vw").read_text() == "1 |\n" * 100 + "1 |late y\n"


def test_columns_whose_names_mean_something(tmp_path):
    table = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"label": [1], "weight": [80], "tag": ["x"], "qid": [3]}), table)
    out = tmp_path / "rows.vw"
    for given, words in (
        ({}, "'label' would be the label of the rows: pass target='label'"),
        ({"target": "label"}, "'weight' would be the weight of the rows: pass weight='weight'"),
        ({"target": "label", "drop": ["weight"]}, "'tag' would be the tag .* pass key='tag'"),
    ):
        with pytest.raises(ParameterError, match=words):
            convert(table, out, **given)
    convert(table, out, target="label", weight="weight", key="tag")
    assert out.read_text() == "1 80 'x |qid qid:3\n"
    convert(table, tmp_path / "rows.svm", target="label", columns=["weight"], key="qid")
    assert (tmp_path / "rows.svm").read_text() == "1 qid:3 1:80\n"


def test_faults(vw, tmp_path):
    with pytest.raises(OutputError, match="it is the file"):
        convert(vw, vw)
    assert vw.read_text() == VW
    with pytest.raises(ParameterError, match=r"format of .* is not known"):
        convert(vw, tmp_path / "rows.xyz")
    vw.write_text(VW + "bad\n")
    with pytest.raises(MalformedRowError, match="row 4:"):
        convert(vw, tmp_path / "rows.parquet")
    assert not (tmp_path / "rows.parquet").exists()
    with pytest.warns(DataWarning, match="1 of 4 rows"):
        assert convert(vw, tmp_path / "rows.parquet", on_bad_rows="skip").n_skipped == 1
    (tmp_path / "empty.vw").write_text("\n")
    with pytest.raises(ParameterError, match="No column"):
        convert(tmp_path / "empty.vw", tmp_path / "rows.csv")


def test_the_command(run, vw, tmp_path):
    out = tmp_path / "rows.parquet"
    code, shown, err = run("convert", vw, out, "--json")
    assert (code, err) == (0, "")
    assert json.loads(shown) == {"output": str(out), "rows": 3, "malformed": 0}
    code, shown, err = run("convert", out, "-", "--output-format", "vw", "--target", "label")
    assert code == 2
    assert "pass --weight weight if it is, or leave it out with --drop weight" in err
    words = ["--output-format", "vw", "--target", "label", "--weight", "weight", "--key", "tag"]
    assert run("convert", out, "-", *words, "-q") == (0, VW, "")
    code, _, err = run("convert", out)
    assert code == 2
    assert "two files" in err
    (tmp_path / "zip.csv").write_text("zip,n\n12345,1\n")
    words = ["--type", "zip=string", "-q"]
    assert run("convert", tmp_path / "zip.csv", tmp_path / "zip.vw", *words)[0] == 0
    assert (tmp_path / "zip.vw").read_text() == "|zip 12345 |n n\n"
    vw.write_text(VW + "bad\n")
    code, _, err = run("convert", vw, out, "--on-bad-rows", "skip")
    assert code == 0
    assert "Wrote 3 rows" in err and "left out 1 malformed rows" in err
