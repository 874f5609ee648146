"""Standard streams that are closed, full, or not UTF-8; and what would steer a terminal."""

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import forks
import torrential as tor
from torrential.escapes import safe_json, visible, visible_lines

FULL = Path("/dev/full")

needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
needs_posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX descriptors")

NASTY = {
    "red\x1b[31m": r"red\x1b[31m",
    "\x9b31mbell\x07": r"\x9b31mbell\x07",
    "two\nlines\tand\r": r"two\nlines\tand\r",
    "turned\u202egnp": r"turned\u202egnp",
    "\u2066isolated\u2069": r"\u2066isolated\u2069",
}
"""Labels, and how people see them."""

PLAIN = ["日本", "naïve", "مرحبا", "👩‍🔬 emoji"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with data and a model, to be in; labels are nasty or not ASCII."""
    monkeypatch.chdir(tmp_path)
    labels = [*NASTY, *PLAIN] * 60
    texts = [f"word{labels.index(label)} more number{i % 5}" for i, label in enumerate(labels)]
    parquet.write_table(pa.table({"text": texts, "label": labels}), "rows.parquet")
    model = tor.TextClassifier(preset="fast", n_features=2**10, terms=True)
    model.fit(tor.read("rows.parquet", text="text", target="label")).save("labels.model")
    return tmp_path


COMMANDS = {
    "evaluate": ["evaluate", "labels.model", "rows.parquet"],
    "explain": ["explain", "labels.model", "word3 more \x1b[5m"],
    "terms": ["terms", "labels.model"],
    "inspect": ["inspect", "labels.model", "-v"],
}
"""Those whose result is printed."""

TRAIN = ["train", "rows.parquet", "--text", "text", "--target", "label", "-o", "new.model"]


STEERING = {"Cc", "Cs", "Zl", "Zp", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Categories and directions of characters that a terminal obeys."""


def is_harmless(text):
    """Whether a terminal finds nothing to obey but the ends of lines."""
    return not any(
        {unicodedata.category(each), unicodedata.bidirectional(each)} & STEERING
        for each in text.replace("\n", "")
    )


def process(*words, closed=(), **options):
    """Run the command line in a process of its own, with some descriptors closed before."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    settings |= {"encoding": "utf-8", "errors": "replace", "timeout": 100}
    run = forks.run
    if closed:  # how Python begins depends on it
        run = subprocess.run
        settings["preexec_fn"] = lambda: [os.close(number) for number in closed]
    done = run([sys.executable, "-m", "torrential", *words], **settings)
    assert "Traceback" not in (done.stderr or "")
    assert "Exception ignored" not in (done.stderr or "")
    return done


@pytest.mark.parametrize("command", COMMANDS)
def test_what_would_steer_a_terminal_is_shown_as_an_escape(command, folder, run):
    code, out, err = run(*COMMANDS[command])
    assert (code, err) == (0, "")
    assert is_harmless(out)
    if command != "explain":
        assert [label for label in [*NASTY.values(), *PLAIN] if label not in out] == []
    code, out, _ = run(*COMMANDS[command], "--json")
    assert out.count("\n") == 1
    assert not any(character in out for character in "\x1b\x9b\x07\u202e\u2066")
    if command != "terms":
        assert [label for label in [*NASTY, *PLAIN] if label not in strings(json.loads(out))] == []


def strings(value):
    """All strings in an object of JSON."""
    if isinstance(value, dict | list):
        items = [*value, *value.values()] if isinstance(value, dict) else value
        return [each for item in items for each in strings(item)]
    return [value]


def test_predictions_hold_what_was_there(folder, run):
    code, _, _ = run("predict", "labels.model", "rows.parquet", "-o", "out.parquet", "-q")
    assert code == 0
    assert set(parquet.read_table("out.parquet")["label"].to_pylist()) == {*NASTY, *PLAIN}


@pytest.mark.parametrize(
    "words",
    [
        ["evaluate", "no\x1b[31m.model", "rows.parquet"],
        ["evaluate", "labels.model", "no\u202e.parquet"],
        ["train", "rows.parquet", "--text", "te\x1bxt", "--target", "label", "-o", "new.model"],
        ["train", "rows.parquet", "--text", "text", "--target", "label", "-o", "no\x07/new.model"],
        [*TRAIN, "--alpha", "\x1b]0;title\x07"],
        [*TRAIN, "--al\x1bpha", "1"],
        [*TRAIN, "--class-weight", "a\x1b=x"],
        ["ev\x1baluate"],
        ["inspect", "labels.model", "other\x9b.model"],
    ],
)
def test_errors_show_escapes(words, folder, run):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert is_harmless(err)


def test_logs_and_progress_show_escapes(folder, run):
    name = "bad\x1b[31m\u202e.jsonl"
    Path(name).write_text('{"t": "a", "l": 1}\n{"t": "b", "l": 2}\n{oops\n')
    words = ["train", name, "--text", "t", "--target", "l", "-o", "new.model"]
    words += ["--on-bad-rows", "skip", "-v", "--log-file", "log"]
    code, _, err = run(*words)
    assert code == 0
    assert is_harmless(err)
    assert r"warning: 1 of 3 rows of bad\x1b[31m\u202e.jsonl" in err
    assert r"malformed rows left out: 1 [bad\x1b[31m\u202e.jsonl]" in err
    log = Path("log").read_text()
    assert is_harmless(log)
    assert r"bad\x1b[31m\u202e.jsonl" in log
    assert run(*words, "--log-json")[0] == 0
    records = [json.loads(line) for line in Path("log").read_text().splitlines()]
    assert name in [record["partition"] for record in records]


@pytest.mark.timeout(300)
@needs_posix
@pytest.mark.parametrize(
    ("encoding", "as_text", "as_json"),
    [("ascii", "evaluate", "inspect"), ("cp1252", "inspect", "evaluate")],
)
def test_an_output_that_is_not_utf8(encoding, as_text, as_json, folder):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = process(*COMMANDS[as_text], env=environment)
    assert done.returncode == 0
    assert r"\u65e5\u672c" in done.stdout
    done = process(*COMMANDS[as_json], "--json", env=environment)
    assert done.returncode == 0
    assert "日本" in strings(json.loads(done.stdout))


@needs_full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", ["evaluate", "--help"])
def test_a_result_that_cannot_be_printed(command, folder):
    with FULL.open("w") as full:
        done = process(*COMMANDS.get(command, [command]), stdout=full)
    assert done.returncode == 2
    assert done.stderr.startswith("torrential: error: Cannot write to the standard output: ")
    assert done.stderr.count("\n") == 1


@needs_posix
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "words", [COMMANDS["evaluate"], ["predict", "labels.model", "rows.parquet"]]
)
def test_a_result_that_nobody_can_get(words, folder):
    done = process(*words, closed=[1])
    assert done.returncode == 2
    assert done.stderr.startswith("torrential: error: The standard output is closed")
    assert done.stderr.count("\n") == 1


@needs_posix
@pytest.mark.timeout(300)
@pytest.mark.parametrize("closed", [[0, 1], [0, 1, 2]])
def test_a_training_with_closed_streams(closed, folder):
    done = process(*TRAIN, "-v", "--metrics", "metrics", "--log-file", "log", closed=closed)
    assert done.returncode == 0
    assert tor.load("new.model").predict(["word3"]).tolist() == [list(NASTY)[3]]
    if 2 not in closed:
        last = done.stderr.splitlines()[-1]
        assert last.startswith("torrential: warning: The standard output is closed")
        assert "new.model" in last
    # No file has come in the place of a stream.
    assert json.loads(Path("metrics").read_text().splitlines()[-1])["rows"] == 540
    assert all(line[:2] == "20" for line in Path("log").read_text().splitlines())


@needs_full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_training_with_a_full_disk_behind_a_stream(stream, folder):
    with FULL.open("w") as full:
        done = process(*TRAIN, "-v", "--log-file", "log", **{stream: full})
    assert done.returncode == 0
    assert tor.load("new.model").n_iter_ == 3
    if stream == "stdout":
        assert done.stderr.count("warning") == 1
        assert "the result is in new.model" in done.stderr
    else:
        assert Path("log").read_text().count("The standard error is not writable") == 1


@needs_full
def test_progress_in_python_with_a_full_disk_behind_it(folder, monkeypatch, caplog):
    with FULL.open("w", buffering=1) as full:
        monkeypatch.setattr(sys, "stderr", full)
        model = tor.TextClassifier(preset="fast", n_features=2**8, verbose=2)
        model.fit(tor.read("rows.parquet", text="text", target="label"))
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):  # it was written to, and is full
            full.close()
    assert model.n_iter_ == 1
    said = [record.getMessage() for record in caplog.records]
    assert sum("is not writable" in each for each in said) == 1


def test_what_is_escaped():
    assert all(visible(label) == shown for label, shown in NASTY.items())
    assert all(visible(label) == label for label in PLAIN)
    assert visible("caf\udce9 \ud800") == r"caf\xe9 \ud800"
    assert visible_lines("a\nb\r\n") == "a\nb\\r\n"
    value = [*NASTY, *PLAIN, "\x7f\x85\ud800"]
    text = safe_json(json.dumps(value, ensure_ascii=False))
    assert is_harmless(text)
    assert json.loads(text) == value
