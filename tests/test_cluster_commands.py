"""The command line on a Dask cluster: the same files and results as on threads."""

import json
import re
import sys
from pathlib import Path

import pytest

import forks
from cluster import keys_on
from cluster_rows import N_ROWS, write_files
from model_files import assert_same_files

pytestmark = pytest.mark.jit

CHOICES = [
    "--preset",
    "fast",
    "--text",
    "text",
    "--target",
    "label",
    "--n-features",
    "4096",
    "--terms",
    "500",
]
TRAIN = ["train", "rows.parquet", *CHOICES]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture
def folder(files, tmp_path, monkeypatch):
    """A folder with the data, to be in; workers are elsewhere."""
    for path in files.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["--idf", "running"],
        ["--average-every", "50", "--weighting", "rows", "--epochs", "2", "--idf", "two-pass"],
    ],
    ids=["defaults", "averaged often"],
)
def test_train(folder, run, address, words):
    held_out = ["--test-size", "0.2", "--json"]
    there = [*TRAIN, *words, *held_out, "-o", "there.model", "--cluster", address]
    here = [*TRAIN, *words, *held_out, "-o", "here.model", "--n-partitions", "8", "--n-jobs", "2"]
    facts = []
    for command in (there, here):
        status, out, error = run(*command, "-q")
        assert (status, error) == (0, "")
        facts.append(json.loads(out))
        for name in ("model", "seconds"):
            facts[-1].pop(name)
    assert facts[0] == facts[1]
    assert 1 + len(facts[0]["training"]) == (2 if "--epochs" in words else 3)
    assert_same_files("here.model", "there.model")
    assert sorted(path.name for path in folder.glob("*.model*")) == ["here.model", "there.model"]
    assert keys_on(address) == []


def test_evaluate_predict_and_terms(folder, run, address):
    assert run(*TRAIN, "-o", "m", "-q", "--idf", "running")[0] == 0
    words = ["evaluate", "m", "rows.parquet", "--json"]
    here, there = run(*words, "-q"), run(*words, "-q", "--cluster", address)
    assert here == there
    assert json.loads(here[1])["accuracy"] > 0.6
    for output in ("csv", "parquet"):
        words = ["predict", "m", "rows.parquet", "-q"]
        assert run(*words, "-o", f"here.{output}") == (0, "", "")
        assert run(*words, "-o", f"there.{output}", "--cluster", address) == (0, "", "")
        assert Path(f"here.{output}").read_bytes() == Path(f"there.{output}").read_bytes()
    words = ["terms", "m", "rows.parquet", "rows0.csv.gz", "--terms", "300", "--json"]
    there = run(*words, "-o", "there.model", "--cluster", address)
    assert there == run(*words, "-o", "here.model")
    assert there[0] == 0
    assert_same_files("here.model", "there.model")
    assert keys_on(address) == []


def test_report(folder, run, address):
    """The figures of one model, and of two, are those of this machine, to the bit."""
    for output, more in (("m", []), ("n", ["--preset", "fast"])):
        assert run(*TRAIN, "-o", output, "-q", *more)[0] == 0
    for words in (["m", "--train", "rows.parquet"], ["m", "n"]):
        facts = []
        for cluster in ([], ["--cluster", address]):
            code, out, error = run("report", *words, "rows.parquet", "--json", "-q", *cluster)
            assert (code, error) == (0, "")
            facts.append(json.loads(out))
            for each in (facts[-1], facts[-1].get("provenance", {}), facts[-1].get("head", {})):
                for name in ("command", "made", "seconds"):
                    each.pop(name, None)
        assert facts[0] == facts[1]
    assert keys_on(address) == []


@pytest.mark.timeout(240)
def test_search_by_halving(folder, run, address):
    """The command's table, its choices and the model are those of this machine."""
    grid = ["--grid", "alpha=0,1e-6,1e-4,1e-2", "--grid", "loss=hinge,log_loss", "--cv", "3"]
    words = ["search", "rows.parquet", *TRAIN[2:], *grid, "--halving", "--json", "-q"]
    facts = []
    for output, more in (("here.model", []), ("there.model", ["--cluster", address])):
        status, out, error = run(*words, "-o", output, *more)
        assert (status, error) == (0, "")
        facts.append(json.loads(out) | {"seconds": None, "model": None})
    assert facts[0] == facts[1]
    sizes = [each["rows"] for each in facts[0]["candidates"]]
    assert [sizes.count(n_rows) for n_rows in sorted(set(sizes))] == [8, 3]
    assert max(sizes) == N_ROWS
    assert_same_files("here.model", "there.model")
    assert keys_on(address) == []


def test_predictions_to_the_standard_output(folder, run, address):
    assert run(*TRAIN, "-o", "m", "-q")[0] == 0
    words = ["predict", "m", "rows.parquet", "-q"]
    status, out, error = run(*words, "--cluster", address)
    assert (status, error) == (0, "")
    assert out == run(*words)[1]
    assert out.count("\n") == N_ROWS + 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--weighting", "rows"], "--weighting is for training in parts: give --n-partitions too"),
        (["--average-every", "10"], "--average-every is for training in parts"),
        (["--n-partitions", "0"], "--n-partitions 0"),
        (["--n-partitions", "2", "--weighting", "x"], "--weighting x is not known"),
        (["--cluster", "tcp://127.0.0.1:1"], r"cluster at tcp://127\.0\.0\.1:1 does not answer"),
        (["--cluster", "nowhere"], "cluster='nowhere'"),
    ],
)
def test_options_that_cannot_be(folder, run, words, sentence):
    status, out, error = run(*TRAIN, "-o", "m", *words)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert re.search(sentence, error)
    assert not list(folder.glob("m*"))


@pytest.mark.parametrize("command", ["evaluate", "predict", "terms"])
def test_a_cluster_that_is_not_there(folder, run, command):
    assert run(*TRAIN, "-o", "m", "-q")[0] == 0
    words = [command, "m", "rows.parquet", "--cluster", "tcp://127.0.0.1:x"]
    status, out, error = run(*words, *(["-o", "out.csv"] if command == "predict" else []))
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert "tcp://127.0.0.1:x does not answer" in error
    assert not Path("out.csv").exists()


def test_records_and_spans_of_workers_arrive(address, tmp_path):
    for name in "ab":
        lines = [f'{{"text": "word{i} {name}", "label": {i % 2}}}' for i in range(50)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join([*lines, "{broken"]) + "\n")
    paths = [str(tmp_path / f"{name}.jsonl") for name in "ab"]
    words = ["--log-file", tmp_path / "log", "--log-json", "--trace", tmp_path / "t.json", "-q"]
    words += ["--on-bad-rows", "skip", "--n-partitions", "2", "--cluster", address]
    columns = ["--text", "text", "--target", "label", "--n-features", "2**8"]
    command = [sys.executable, "-m", "torrential", "train", *paths, *columns, *words]
    forks.run([*map(str, command), "-o", tmp_path / "m"], check=True)
    records = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    left_out = [r for r in records if r["message"] == "malformed rows left out: 1"]
    assert {r["partition"] for r in left_out} == set(paths)
    assert {r["level"] for r in left_out} == {"info"}
    assert all(r["worker"].startswith("tcp://") for r in left_out)
    events = [e for e in json.loads((tmp_path / "t.json").read_text())["traceEvents"] if e]
    processes = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    workers = {pid for pid, name in processes.items() if name.startswith("worker")}
    names = {e["name"] for e in events if e["pid"] in workers and e["ph"] == "X"}
    assert {"work", "read", "decode", "hash", "learn", "merge"} <= names
    assert "send" in {e["name"] for e in events if e["pid"] not in workers}
