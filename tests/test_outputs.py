"""Outputs never replace what is read, nor files that are not models with models."""

import json
import os
import re
import sys
import threading
from pathlib import Path

import pytest

import forks
import torrential as tor
from predicted_rows import predict_file
from torrential.errors import OutputError, ParameterError

ROWS = [{"t": text, "y": y} for text, y in (("good fine", 1), ("bad poor", 0))] * 20
SMALL = [
    "--text",
    "t",
    "--target",
    "y",
    "--preset",
    "fast",
    "--n-features",
    "2**10",
    "--n-jobs",
    "1",
    "-q",
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with data, links to it, a model, and notes."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    content = "".join(json.dumps(row) + "\n" for row in ROWS)
    Path("data/a.jsonl").write_text(content)
    Path("test.jsonl").write_text(content)
    Path("link.jsonl").symlink_to("data/a.jsonl")
    os.link("data/a.jsonl", "hard.jsonl")
    Path("notes").write_text("not a model, and dear to somebody")
    model = tor.TextClassifier(preset="fast", n_features=2**10)
    model.fit([row["t"] for row in ROWS], [row["y"] for row in ROWS]).save("m")
    return tmp_path


def contents():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


TRAIN = ["train", "data/a.jsonl", *SMALL]
PREDICT = ["predict", "m", "data/a.jsonl", "--text", "t", "-q"]
SEARCH = ["search", "data", "--grid", "alpha=0,1e-6", "--cv", "2", *SMALL]
READ = {
    "itself": [*PREDICT, "-o", "data/a.jsonl"],
    "another name of it": [*PREDICT, "-o", "data/../data/a.jsonl"],
    "a symbolic link": [*PREDICT, "-o", "link.jsonl"],
    "a hard link": [*PREDICT, "-o", "hard.jsonl"],
    "read through a link": ["predict", "m", "link.jsonl", "--text", "t", "-o", "data/a.jsonl"],
    "a member of a glob": ["predict", "m", "data/*", "--text", "t", "-o", "data/a.jsonl"],
    "a member of a folder": ["predict", "m", "data", "--text", "t", "-o", "hard.jsonl"],
    "the model": [*PREDICT, "-o", "m", "--output-format", "jsonl"],
    "a model in place of data": [*TRAIN, "-o", "data/a.jsonl"],
    "even when told to": [*TRAIN, "-o", "data/a.jsonl", "--overwrite"],
    "the test data": [*TRAIN, "-o", "test.jsonl", "--test", "test.jsonl", "--overwrite"],
    "a checkpoint": [*TRAIN, "-o", "new", "--checkpoint", "data/a.jsonl", "--overwrite"],
    "a log": [*PREDICT, "-o", "new.csv", "--log-file", "link.jsonl"],
    "metrics": [*TRAIN, "-o", "new", "--metrics", "hard.jsonl"],
    "a trace": [*SEARCH, "--trace", "data/a.jsonl"],
    "a log in place of the model": [*PREDICT, "-o", "new.csv", "--log-file", "m"],
    "a search": [*SEARCH, "-o", "hard.jsonl", "--overwrite"],
    "terms": ["terms", "m", "data", "-o", "hard.jsonl", "--overwrite"],
    "evaluation": ["evaluate", "m", "test.jsonl", "--text", "t", "--target", "y", "--trace", "m"],
}


@pytest.mark.parametrize("name", READ)
def test_an_output_is_not_an_input(folder, run, name):
    before = contents()
    code, out, err = run(*READ[name])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "Cannot write" in err and "which is read" in err
    assert contents() == before


OTHERS = {
    "train": [*TRAIN, "-o", "notes"],
    "search": [*SEARCH, "-o", "notes"],
    "terms": ["terms", "m", "data", "-o", "notes"],
    "a checkpoint": [*TRAIN, "-o", "new", "--checkpoint", "notes"],
    "a checkpoint of a search": [*SEARCH, "-o", "new", "--checkpoint", "notes"],
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_not_a_model(folder, run, name):
    before = contents()
    code, _, err = run(*OTHERS[name])
    assert code == 2 and "notes is not a model" in err and "--overwrite" in err
    assert contents() == before


def test_what_may_be_replaced(folder, run):
    for words in ([*TRAIN, "-o", "notes", "--overwrite"], [*TRAIN, "-o", "m"]):
        code, _, err = run(*words)
        assert (code, err) == (0, "")
        assert tor.load(words[words.index("-o") + 1]).predict(["good fine"]) == [1]
    Path("empty").touch()
    assert run(*TRAIN, "-o", "empty")[0] == 0
    Path("new.csv").write_text("old predictions")
    assert run(*PREDICT, "-o", "new.csv")[0] == 0
    # A model that is kept next to the data is not data.
    for _ in range(2):
        assert run("train", "data", *SMALL, "-o", "data/of.model")[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        [*TRAIN, "-o", "new", "--trace", "new"],
        [*PREDICT, "-o", "new.csv", "--log-file", "./new.csv"],
        [*TRAIN, "-o", "new", "--checkpoint", "kept", "--metrics", "kept"],
        [*TRAIN, "-o", "new", "--log-file", "x", "--metrics", "x"],
    ],
)
def test_two_outputs_are_two_files(folder, run, words):
    code, _, err = run(*words)
    assert code == 2 and "are the same file" in err
    assert not {"new", "new.csv", "kept", "x"} & {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*TRAIN, "-o", "-"], "standard output cannot take a model"),
        ([*TRAIN, "-o", "/dev/stdout"], "standard output cannot take a model"),
        ([*TRAIN, "-o", "pipe"], "not a file, which a model needs"),
        ([*TRAIN, "-o", "new", "--checkpoint", "pipe"], "not a file, which a model needs"),
        ([*TRAIN, "-o", "new", "--trace", "-"], "standard output cannot take a trace"),
        ([*TRAIN, "-o", "new", "--metrics", "/dev/stdout"], "not for metrics.*--metrics"),
        ([*TRAIN, "-o", "new", "--log-file", "-"], "not for a log.*--log-file"),
        ([*SEARCH, "--figure", "/dev/stdout"], "standard output cannot take a figure"),
        ([*PREDICT, "-o", "pipe", "--output-format", "parquet"], "does not work with pipe"),
        ([*PREDICT, "--output-format", "arrow"], "does not work with standard output"),
        ([*PREDICT, "-o", "/dev/stdout", "--output-format", "parquet"], "with standard output"),
    ],
)
def test_what_pipes_cannot_take_is_said_before_the_work(folder, run, words, message):
    os.mkfifo("pipe")
    Path("data/a.jsonl").write_text("this would be an error, too")
    code, _, err = run(*words)
    assert code == 2
    assert re.search(message, err)


@pytest.mark.parametrize("format", ["csv", "jsonl", "tsv"])
def test_predictions_to_a_pipe(folder, run, format):
    os.mkfifo("pipe")
    found = []
    reader = threading.Thread(target=lambda: found.append(Path("pipe").read_text()))
    reader.start()
    code, _, err = run(*PREDICT, "-o", "pipe", "--output-format", format)
    reader.join()
    assert (code, err) == (0, "")
    assert len(found[0].splitlines()) == len(ROWS) + (format != "jsonl")
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_the_standard_output_is_not_replaced(folder, name):
    with Path("out.csv").open("w") as out:
        out.write("# before\n")
        out.flush()
        words = [sys.executable, "-m", "torrential", *PREDICT, "-o", name]
        forks.run(words, stdout=out, check=True)
    lines = Path("out.csv").read_text().splitlines()
    assert lines[:2] == ["# before", '"t","y","label","probability"']
    assert len(lines) == len(ROWS) + 2


def test_python_does_not_replace_what_it_reads(folder):
    before = contents()
    dataset = tor.read("data", text="t", target="y")
    model = tor.load("m").model_
    for data, path in ((dataset, "hard.jsonl"), (dataset.take(3).shuffle(1), "link.jsonl")):
        with pytest.raises(OutputError, match="which is read"):
            predict_file(model, data, path)
    with pytest.raises(ParameterError, match="does not work with standard output"):
        predict_file(model, dataset, "-", format="parquet")
    with pytest.raises(OutputError, match=r"notes is not a model.*or pass overwrite=True"):
        tor.load("m").save("notes")
    with pytest.raises(OutputError, match=r"a.jsonl is not a model.*remove that file"):
        tor.TextClassifier(preset="fast", n_features=2**10).fit(dataset, checkpoint="data/a.jsonl")
    with pytest.raises(OutputError, match=r"notes is not a model"):
        tor.GridSearchCV(
            tor.TextClassifier(preset="fast", n_features=2**10), {"alpha": [0, 1e-6]}, cv=2
        ).fit(dataset, checkpoint="notes")
    assert contents() == before
