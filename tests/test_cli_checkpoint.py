"""Trainings on the command line that are stopped, killed, and go on."""

import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import forks
from model_files import assert_same_files
from torrential.engine.batches import windows
from torrential.persistence.model_file import read_model

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")

PROGRAM = """
import signal
from torrential.cli import main
from torrential.engine.batches import windows
windows.MAX_NONZEROS = 50_000  # a file as small as this one has many
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""

COLUMNS = ["--text", "body", "--target", "stars"]
LEARNING = [
    "--preset",
    "fast",
    "--n-features",
    "2**14",
    "--idf",
    "running",
    "--terms",
    "5000",
    "--epochs",
    "8",
]
TRAIN = ["train", "reviews", *COLUMNS, *LEARNING]


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """A folder of four files, which later ones have more classes in."""
    folder = tmp_path_factory.mktemp("data")
    values = np.random.default_rng(0)
    for number in range(4):
        stars = values.integers(1, 4 if number < 2 else 6, size=9_000)
        words = values.integers(20_000, size=(9_000, 10)).tolist()
        bodies = [
            f"star{star} " + " ".join(f"w{word}" for word in row)
            for star, row in zip(stars, words, strict=True)
        ]
        table = pa.table({"body": bodies, "stars": stars})
        parquet.write_table(table, folder / f"{number}.parquet", row_group_size=5_000)
    return folder


@pytest.fixture
def folder(reviews, tmp_path, monkeypatch):
    """A folder with the data, to be in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(windows, "MAX_NONZEROS", 50_000)
    shutil.copytree(reviews, "reviews")
    return tmp_path


def command(*words):
    return [sys.executable, "-c", PROGRAM, *words]


def finish(*words):
    """Run a command to its end; give the exit code and what it wrote to the standard error."""
    done = forks.run(command(*words), capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


def kill_once(words, number, seconds):
    """Start a training and end it by a signal, so long after its first rows; give its exit code."""
    with forks.Popen(
        command(*words, "-v"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if line.strip()[:1].isdigit():
                break
        time.sleep(seconds)
        process.send_signal(number)
        process.communicate(timeout=120)
    return process.returncode


def kill_until_done(words, n_kills, seed=0, longest=0.3):
    """Kill a training that is resumed each time, then let it end.

    Parameters
    ----------
    words : list of str
        With --checkpoint and --resume.
    n_kills : int
        At most: it may be done before.
    seed : int
        Of the times between its first rows and the signal.
    longest : float
        Seconds, at most, from there to the signal.

    Returns
    -------
    n_killed : int
    """
    moments, n_killed = random.Random(seed), 0
    for _ in range(n_kills):
        status = kill_once(words, signal.SIGKILL, moments.uniform(0, longest))
        assert status in (0, -signal.SIGKILL)
        n_killed += status != 0
    status, error = finish(*words, "-q")
    assert (status, error) == (0, "")
    return n_killed


@pytest.mark.timeout(240)
def test_killed_again_and_again_it_ends_in_the_same_bits(folder, run):
    assert run(*TRAIN, "-o", "whole.model", "-q")[0] == 0
    words = [*TRAIN, "-o", "killed.model", "--checkpoint", "kept", "--checkpoint-every", "0s"]
    assert kill_until_done([*words, "--resume"], n_kills=4) >= 2
    assert_same_files("whole.model", "killed.model")
    assert read_model("kept")[1]["checkpoint"]["course"]["is_complete"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_same_command_with_resume_goes_on(folder, run, number):
    words, partial = [*TRAIN, "-o", "stopped.model"], Path("stopped.model.partial")
    assert kill_once(words, number, 0.05) == 128 + number
    assert not Path("stopped.model").exists()
    n_rows = read_model(partial)[1]["checkpoint"]["course"]["n_rows"]
    assert 0 < n_rows < 8 * 36_000
    assert kill_once([*words, "--resume", "--n-jobs", "1"], number, 0.05) == 128 + number
    assert read_model(partial)[1]["checkpoint"]["course"]["n_rows"] > n_rows
    assert run(*words, "--resume", "-q")[0] == 0
    assert not partial.exists()
    assert run(*TRAIN, "-o", "whole.model", "-q")[0] == 0
    assert_same_files("whole.model", "stopped.model")


@pytest.mark.timeout(180)
def test_what_was_kept_is_refused_for_another_training(folder, run):
    words = [*TRAIN, "-o", "stopped.model"]
    assert kill_once(words, signal.SIGINT, 0.05) == 130
    kept = Path("stopped.model.partial").read_bytes()
    status, _, error = run(*words, "--resume", "--alpha", "1e-6")
    assert (status, error.count("\n")) == (2, 1)
    assert "stopped.model.partial was made with --alpha none, not --alpha 1e-06" in error
    status, _, error = run(*words, "--resume", "--text", "stars")
    assert status == 2
    Path("reviews/more.parquet").write_bytes(Path("reviews/0.parquet").read_bytes())
    status, _, error = run(*words, "--resume")
    assert (status, error.count("\n")) == (2, 1)
    assert "was made from 4 files, without reviews/more.parquet: give the same data" in error
    assert Path("stopped.model.partial").read_bytes() == kept


@pytest.mark.timeout(180)
def test_nothing_is_kept_before_anything_is_learned(folder):
    """All rows are counted first, in one long pass."""
    words = ["train", *["reviews"] * 100, *COLUMNS, "--idf", "two-pass", "-o", "m", "-v"]
    with forks.Popen(command(*words), stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line.strip()[:1].isdigit():
                break
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "torrential" not in error
    assert [path.name for path in folder.iterdir()] == ["reviews"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--checkpoint", "c", "--checkpoint-every", "soon"], "--checkpoint-every soon is neither"),
        (["--checkpoint", "c", "--checkpoint-every", "0"], "--checkpoint-every 0 is neither"),
        (["--checkpoint-every", "5m"], "give --checkpoint too"),
        (["--checkpoint", "none/c"], "the folder .*none does not exist"),
        (["--checkpoint", "reviews"], "it is a folder"),
        (["--checkpoint", "reviews/0.parquet", "--resume"], "0.parquet"),
        (["-o", "/dev/null", "--resume"], "/dev/null is not a file to resume from"),
    ],
)
def test_options_that_cannot_be(folder, run, words, sentence):
    status, _, error = run(*TRAIN, "-o", "m", *words)
    assert (status, error.count("\n")) == (2, 1)
    assert re.search(sentence, error)
    assert [path.name for path in folder.iterdir()] == ["reviews"]


def test_a_number_of_rows(folder, run):
    words = ["--checkpoint", "c", "--checkpoint-every", "20000", "--epochs", "1"]
    assert run(*TRAIN, "-o", "m", *words)[0] == 0
    assert read_model("c")[1]["checkpoint"]["course"]["is_complete"]
    status, out, _ = run(*TRAIN, "-o", "m", *words, "--resume")
    assert status == 0
    assert "Learned 36,000 rows" in out
    assert "/s)" not in out  # nothing was learned now


def test_an_old_partial_model_is_removed_in_the_end(folder, run):
    Path("m.partial").write_text("of another training")
    assert run(*TRAIN, "-o", "m", "--epochs", "1")[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == ["m", "reviews"]


def test_a_long_name(folder, run):
    name = "m" * 250
    assert run(*TRAIN, "-o", name, "--epochs", "1")[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == [name, "reviews"]
