"""Observability of a command: --log-file, --trace, --metrics and --profile."""

import json
import os
import sys
from pathlib import Path

import pytest

import forks
import torrential as tor

COLUMNS = ["--text", "body", "--target", "stars"]
SMALL = ["--preset", "fast", "--n-features", "2**10", "--n-jobs", "2"]


@pytest.fixture
def train(run, grouped_reviews, tmp_path):
    return lambda *words: run(
        "train", grouped_reviews, *COLUMNS, "-o", tmp_path / "m", *SMALL, *words
    )


def test_a_log_file(train, tmp_path):
    code, _, err = train("--log-file", tmp_path / "log")
    assert (code, err) == (0, "")
    lines = (tmp_path / "log").read_text().splitlines()
    assert any("300 rows were read" in line and "row group 2]" in line for line in lines)
    code, _, err = train("--log-file", tmp_path / "log", "--log-json", "-q")
    assert (code, err) == (0, "")
    records = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert len([r for r in records if r["message"] == "300 rows were read"]) == 3
    assert any(r["logger"] == "torrential.train" for r in records)


def test_what_is_shown(run, train, tmp_path):
    limit = ["--cache-dir", tmp_path / "cache", "--cache-limit", "1KB"]
    code, _, err = train(*limit)
    assert code == 0
    assert err.count("torrential: warning: The cache in") == 1
    assert "limit of 1,000 bytes" in err
    assert train(*limit, "-q")[2] == ""
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"body": "a", "stars": 1}\n{"body": "b", "stars": 2}\n{oops\n')
    words = ["train", bad, *COLUMNS, "-o", tmp_path / "m", "--on-bad-rows", "skip"]
    warned = run(*words)[2]
    assert warned.count("torrential: warning: 1 of 3 rows") == warned.count("\n") == 1
    _, _, err = run(*words, "-v")
    assert f"torrential: malformed rows left out: 1 [{bad}]" in err


@pytest.mark.parametrize("command", ["train", "cross-validate", "search", "evaluate", "predict"])
def test_traces_and_metrics_of_commands(command, run, train, grouped_reviews, tmp_path):
    train("-q")
    words = {
        "train": [*COLUMNS, *SMALL, "-o", tmp_path / "other"],
        "cross-validate": [*COLUMNS, *SMALL],
        "search": [*COLUMNS, *SMALL, "--grid", "eta0=0.1,0.5"],
        "evaluate": [],
        "predict": ["-o", tmp_path / "out.csv"],
    }[command]
    model = [tmp_path / "m"] if command in ("evaluate", "predict") else []
    asked = ["--trace", tmp_path / "t.json", "--metrics", tmp_path / "m.jsonl", "-q"]
    code, _, err = run(command, *model, grouped_reviews, *words, *asked)
    assert (code, err) == (0, "")
    names = {event.get("name") for event in json.loads((tmp_path / "t.json").read_text())[
        "traceEvents"]}  # fmt: skip
    assert {"read", "decode", "hash"} <= names
    lines = (tmp_path / "m.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["rows"] >= 900


def test_a_profile(train):
    code, out, err = train("--profile", "--epochs", "2")
    assert (code, err) == (0, "")
    assert "Where the" in out
    assert "core-seconds" in out
    assert "The learner worked" in out
    code, out, _ = train("--profile", "--json")
    profile = json.loads(out)["profile"]
    assert {"hash", "learn", "decode", "read"} <= profile["core_seconds"].keys()
    assert profile["seconds"] > 0
    assert isinstance(profile["advice"], list)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--log-json"], "--log-json says how, but not where to: give --log-file too."),
        (["--log-file", "none/log"], "Cannot write none/log"),
        (["--trace", "none/run.json"], "Cannot write none/run.json"),
        (["--metrics", "none/m"], "Cannot write none/m"),
    ],
)
def test_what_is_wrong(words, sentence, train, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = train(*words)
    assert code == 2
    assert sentence in err
    assert err.count("\n") == 1


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["--metrics"], ["--log-file"], ["--log-json", "--log-file"]])
def test_a_full_disk_does_not_end_a_training(words, train, tmp_path):
    code, _, err = train(*words, FULL, "--epochs", "3")
    assert code == 0
    assert err.count("/dev/full") == err.count("\n") == 1
    assert err.startswith("torrential: warning: ")
    assert tor.load(tmp_path / "m").n_iter_ == 3


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))
from torrential.cli import main
main()
"""


@pytest.mark.timeout(300)
@pytest.mark.skipif(os.name != "posix", reason="needs limits on the size of files")
def test_files_that_may_not_grow(grouped_reviews, tmp_path):
    """The log and the trace fail while rows are learned; the model and the metrics are small."""
    words = [
        "train",
        grouped_reviews,
        *COLUMNS,
        "-o",
        "m",
        "--n-features",
        "2**8",
        "--epochs",
        "300",
    ]
    words += ["--metrics", "metrics", "--log-file", "log", "--trace", "trace", "-q"]
    done = forks.run(
        [sys.executable, "-c", LIMITED, *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert tor.load(tmp_path / "m").n_iter_ == 300
    assert (tmp_path / "log").stat().st_size == 250_000
    assert json.loads((tmp_path / "metrics").read_text().splitlines()[-1])["is_end"]
    assert not list(tmp_path.glob("*trace*"))


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_full_disks_in_python(grouped_reviews, caplog):
    data = tor.read(grouped_reviews, text="body", target="stars")
    with tor.metrics(FULL), tor.trace(FULL):
        model = tor.TextClassifier(preset="fast", n_features=2**8).fit(data)
    assert model.n_iter_ == 1
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [("metrics" in each, "trace" in each) for each in said] == [(True, False), (False, True)]
    with pytest.raises(tor.DataError, match="no column"), tor.trace(FULL):  # it is not replaced
        tor.TextClassifier(preset="fast").fit(
            tor.read(grouped_reviews, text="none", target="stars")
        )


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_what_cannot_be_a_file_is_refused_before_the_work(run, grouped_reviews, tmp_path):
    figure = tmp_path / "curves.png"
    figure.symlink_to(FULL)
    words = ["search", grouped_reviews, *COLUMNS, *SMALL, "--grid", "eta0=0.1,0.5", "--cv", "2"]
    for side in ("--figure", "--trace"):
        code, out, err = run(*words, side, figure, "-o", tmp_path / "best")
        assert (code, out) == (2, "")
        assert err.count("it is not a file") == err.count("\n") == 1
    assert not (tmp_path / "best").exists()
