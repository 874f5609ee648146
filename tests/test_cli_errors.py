"""Bad input on the command line: exit code 2, one sentence that names the culprit, no traceback."""

import gzip
import json
import signal
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet

from torrential.cli import main
from torrential.cli.signals import STOPPING

SIGNALS = (signal.SIGINT, *STOPPING)
"""What the command line handles, until its process ends."""

ROWS = [{"body": f"{word} text {i}", "stars": word} for i in range(30) for word in ("good", "bad")]
COLUMNS = ["--text", "body", "--target", "stars"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to be in, with good data and many kinds of bad data."""
    monkeypatch.chdir(tmp_path)
    parquet.write_table(pa.Table.from_pylist(ROWS), "good.parquet")
    whole = (tmp_path / "good.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    lines = "".join(json.dumps(row) + "\n" for row in ROWS * 50)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-300])
    (tmp_path / "broken.jsonl").write_text(lines + '{"body": "half\n')
    (tmp_path / "broken.csv").write_text("body,stars\na,good\nb,bad,worse\n")
    (tmp_path / "empty.parquet").write_bytes(b"")
    (tmp_path / "int.csv").write_text("a,b\none,1\ntwo,2\n")
    (tmp_path / "header.csv").write_text("body,stars\n")
    (tmp_path / "one.jsonl").write_text('{"body": "a", "stars": "good"}\n' * 5)
    (tmp_path / "unlabelled.jsonl").write_text('{"body": "a", "stars": null}\n' * 5)
    (tmp_path / "notes.docx").write_bytes(b"PK")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.fixture
def fail(monkeypatch, capsys):
    """Run a command that fails; return what it says."""

    def run_command(command):
        monkeypatch.setattr(sys, "argv", ["torrential", *command.split()])
        before = [(number, signal.getsignal(number)) for number in SIGNALS]
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            for number, handler in before:
                signal.signal(number, handler)
        out, err = capsys.readouterr()
        assert ended.value.code == 2
        assert "Traceback" not in out + err
        assert err.startswith("torrential: error: ")
        assert err.endswith((".\n", "?\n"))
        assert err.count("\n") == 1
        return err

    return run_command


TRAIN = "train good.parquet --text body --target stars -o new.model"


@pytest.mark.parametrize(
    ("command", "culprits"),
    [
        ("train missing.parquet --text body --target stars -o new.model", ["missing.parquet"]),
        ("train no/*.csv --text body --target stars -o new.model", ["no/*.csv"]),
        ("train folder --text body --target stars -o new.model", ["folder"]),
        ("train notes.docx --text body --target stars -o new.model", [".docx"]),
        ("train good.parquet --text boby --target stars -o new.model", ["boby", "'body'"]),
        ("train good.parquet --text body --target star -o new.model", ["star", "'stars'"]),
        ("train good.parquet --text body -o new.model", ["--target"]),
        ("train empty.parquet --text body --target stars -o new.model", ["empty.parquet"]),
        ("train header.csv --text body --target stars -o new.model", ["header.csv"]),
        ("train cut.parquet --text body --target stars -o new.model", ["cut.parquet"]),
        ("train cut.jsonl.gz --text body --target stars -o new.model", ["cut.jsonl.gz"]),
        ("train broken.jsonl --text body --target stars -o new.model", ["broken.jsonl"]),
        ("train broken.csv --text body --target stars -o new.model", ["broken.csv"]),
        ("train one.jsonl --text body --target stars -o new.model", ["'good'", "stars"]),
        ("train unlabelled.jsonl --text body --target stars -o new.model", ["stars"]),
        (f"{TRAIN} --weight body", ["body", "weight"]),
        (f"{TRAIN} --format xml", ["xml"]),
        (f"{TRAIN} --on-bad-rows ignore", ["ignore"]),
        (f"{TRAIN} --delimiter ;;", [";;"]),
        (f"{TRAIN} --target-type text", ["text"]),
        (f"{TRAIN} --ngram-range two", ["--ngram-range", "'two'", "1-2"]),
        (f"{TRAIN} --n-features many", ["--n-features", "'many'"]),
        (f"{TRAIN} --n-features 0", ["--n-features 0"]),
        (f"{TRAIN} --alpha -1", ["alpha"]),
        (f"{TRAIN} --alpha small", ["--alpha", "'small'"]),
        (f"{TRAIN} --loss least", ["least", "hinge"]),
        (f"{TRAIN} --analyzer words", ["words"]),
        (f"{TRAIN} --class-weight even", ["--class-weight", "'even'", "balanced"]),
        (f"{TRAIN} --class-weight good", ["--class-weight", "'good'"]),
        (f"{TRAIN} --class-weight good=1,bad", ["--class-weight"]),
        (f"{TRAIN} --class-weight good=heavy", ["'good=heavy'"]),
        (f"{TRAIN} --class-weight good=-1", ["'good=-1'"]),
        (f"{TRAIN} --class-weight good=nan", ["'good=nan'"]),
        (f"{TRAIN} --class-weight =1", ["'=1'"]),
        (f"{TRAIN} --class-weight good=1,good=2", ["good=2"]),
        ("train int.csv --text a --target b -o new.model --class-weight x=1", ["'x'", "int64"]),
        (f"{TRAIN} --average=few", ["--average", "'few'"]),
        (f"{TRAIN} --average=-5", ["average"]),
        (f"{TRAIN} --random-state some", ["--random-state", "'some'"]),
        (f"{TRAIN} --n-jobs two", ["--n-jobs", "'two'", "a whole number"]),
        (f"{TRAIN} --test-size half", ["--test-size", "'half'"]),
        (f"{TRAIN} --quiet --verbose", ["--quiet", "--verbose"]),
        (f"{TRAIN} --epochs 0", ["--epochs 0"]),
        (f"{TRAIN} --n-jobs 0", ["--n-jobs 0"]),
        (f"{TRAIN} --test-size 2", ["2"]),
        (f"{TRAIN} --test-size 0.1 --test good.parquet", ["--test-size"]),
        (f"{TRAIN} --unknown", ["--unknown", "torrential train --help"]),
        (f"{TRAIN} --epoch 3", ["--epoch:", "did you mean --epochs?"]),
        (f"{TRAIN} --alpha", ["--alpha needs a value"]),
        (f"{TRAIN} --json=yes", ["--json takes no value"]),
        ("train good.parquet --text body --target stars", ["--output is missing"]),
        ("inspect", ["MODEL is missing", "torrential inspect --help"]),
        ("inspect a b", ["one model", "'b'", "--text"]),
        ("evaluate -x", ["-x"]),
        ("--loud", ["--loud", "torrential --help"]),
        ("train good.parquet --text body --target stars -o no/new.model", ["no/new.model"]),
        ("train good.parquet --text body --target stars -o folder", ["folder"]),
        ("train --text body", ["FILES"]),
        ("learn good.parquet", ["'learn'"]),
        ("trian good.parquet", ["'trian'", "did you mean 'train'?"]),
        ("inspect missing.model", ["missing.model"]),
        ("inspect good.parquet", ["good.parquet"]),
        ("evaluate good.parquet good.parquet", ["good.parquet"]),
        ("predict good.parquet good.parquet", ["good.parquet"]),
        ("predict good.parquet good.parquet --json", ["--output"]),
    ],
)
def test_wrong_input(folder, fail, command, culprits):
    message = fail(command)
    assert [culprit for culprit in culprits if culprit not in message] == []
    assert not (folder / "new.model").exists()
    assert not list(folder.glob(".*"))


@pytest.fixture
def model(folder, monkeypatch):
    path = folder / "stars.model"
    words = ["train", "good.parquet", *COLUMNS, "-o", str(path), "--n-features", "1024", "-q"]
    monkeypatch.setattr(sys, "argv", ["torrential", *words])
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    with pytest.raises(SystemExit):
        main()
    for number, handler in before:
        signal.signal(number, handler)
    return path


def test_a_model_that_was_there_stays_whole(model, fail):
    before = model.read_bytes()
    fail("train broken.jsonl --text body --target stars -o stars.model")
    assert model.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "flipped", "weight", "empty"])
@pytest.mark.parametrize(
    "command", ["inspect stars.model", "predict stars.model good.parquet -o new.csv"]
)
def test_a_damaged_model(model, fail, damage, command):
    content = bytearray(model.read_bytes())
    place = {"flipped": 60, "weight": -1}.get(damage)
    if place is not None:
        content[place] ^= 1
    model.write_bytes({"cut": content[:100], "empty": b""}.get(damage, content))
    assert "stars.model" in fail(command)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl.gz"])
def test_predictions_that_were_there_stay_whole(model, folder, fail, suffix):
    path = folder / f"predictions.{suffix}"
    path.write_bytes(b"precious")
    message = fail(f"predict stars.model broken.jsonl -o {path.name}")
    assert "broken.jsonl" in message
    assert path.read_bytes() == b"precious"
    assert sorted(folder.glob("*predictions*")) == [path]


@pytest.mark.parametrize(
    ("command", "culprits"),
    [
        ("predict stars.model good.parquet -o out.xls", ["out.xls"]),
        ("predict stars.model good.parquet -o no/out.csv", ["no/out.csv"]),
        ("predict stars.model good.parquet --output-format parquet", ["parquet"]),
        ("predict stars.model good.parquet --text boby", ["boby"]),
        ("predict stars.model header.csv -o out.csv", ["header.csv"]),
        ("evaluate stars.model missing.parquet", ["missing.parquet"]),
        ("evaluate stars.model good.parquet --target boby", ["boby"]),
        ("evaluate stars.model unlabelled.jsonl", ["unlabelled.jsonl"]),
    ],
)
def test_wrong_input_for_a_good_model(model, folder, fail, command, culprits):
    message = fail(command)
    assert [culprit for culprit in culprits if culprit not in message] == []
    assert not list(folder.glob("out*"))
