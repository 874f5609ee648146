"""Real processes that are stopped from outside: by Ctrl-C, SIGTERM, or a reader that left."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import forks
from torrential import TextClassifier, load, read

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")

FULL = Path("/dev/full")

COLUMNS = ["--text", "body", "--target", "stars"]

PROGRAM = """
import signal
from torrential.cli import main
# A shell's background jobs begin with Ctrl-C ignored, and those of nohup with SIGHUP.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
main()
"""

WORDS = {3: "great fine superb", 1: "poor dull broken"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with data and a model, which stay as they are."""
    folder = tmp_path_factory.mktemp("files")
    stars = [3 if i % 3 else 1 for i in range(20_000)]
    bodies = [f"{WORDS[s]} number{i} " * 10 for i, s in enumerate(stars)]
    parquet.write_table(pa.table({"body": bodies, "stars": stars}), folder / "reviews.parquet")
    data = read(folder / "reviews.parquet", text="body", target="stars")
    TextClassifier(n_features=1024).fit(data).save(folder / "stars.model")
    return folder


@pytest.fixture
def folder(files, tmp_path, monkeypatch):
    """A folder with data and a model of its own, to be in."""
    monkeypatch.chdir(tmp_path)
    for path in files.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


@contextmanager
def started(*words, **options):
    """A process that is gone at the end, however the test ends."""
    command = [sys.executable, "-c", PROGRAM, *words]
    with forks.Popen(command, stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_progress(process, beginning=r"\d"):
    """Read up to the first line of numbers; the lines before it are headings."""
    for line in process.stderr:
        if re.match(beginning, line.strip()):
            return
    raise AssertionError("it ended before it began")


def end_of(process):
    """Wait for the end, and give the exit code and what was written to the standard error."""
    _, error = process.communicate(timeout=30)
    return process.returncode, error


LONG = {
    # Each would take minutes.
    "train": ["train", "reviews.parquet", *COLUMNS, "-o", "stars.model", "--epochs", "100000"],
    "predict": ["predict", "stars.model", *["reviews.parquet"] * 3000, "-o", "out.csv"],
    "cross-validate": ["cross-validate", "reviews.parquet", *COLUMNS, "--epochs", "100000"],
    "search": [
        *["search", "reviews.parquet", *COLUMNS, "--epochs", "100000"],
        *["--grid", "eta0=0.1,0.2", "-o", "best.model"],
    ],
}


HANGUP = getattr(signal, "SIGHUP", 1)
"""Windows has none, but collects these tests."""

NUMBERS = pytest.mark.parametrize(
    ("number", "code", "n_jobs"),
    [(signal.SIGINT, 130, "2"), (signal.SIGTERM, 143, "1"), (HANGUP, 129, "2")],
)


IN_A_CALLBACK = """
import signal, sys, weakref
from torrential.execution.crew import Crew

class Thing: ...

end, number, strikes = Crew.end, int(sys.argv.pop(1)), []

def struck(self, last=None):
    end(self, last)
    if len(strikes) < 3:
        thing = Thing()
        kept = weakref.ref(thing, lambda _: signal.raise_signal(number))
        strikes.append(number)
        del thing

Crew.end = struck
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_python_ignores_is_sent_again(folder, number, code):
    words = ["train", "reviews.parquet", *COLUMNS, "--epochs", "100000", "-o", "m", "-q"]
    done = forks.run(
        [sys.executable, "-c", IN_A_CALLBACK + PROGRAM, str(int(number)), *words],
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert "ignored" not in done.stderr
    assert not Path("m").exists()


IN_THE_HOOK = """
from torrential.cli import signals

find, again = signals._number_of, []

def strike(error):
    if len(again) < 3:
        again.append(error)
        signal.raise_signal(number)
    return find(error)

signals._number_of = strike
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_strikes_while_another_is_seen_to_be_ignored(folder, number, code):
    words = ["train", "reviews.parquet", *COLUMNS, "--epochs", "100000", "-o", "m", "-q"]
    done = forks.run(
        [sys.executable, "-c", IN_A_CALLBACK + IN_THE_HOOK + PROGRAM, str(int(number)), *words],
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert "ignored" not in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("m").exists()


def stop(words, number, after=r"\d"):
    """Send a signal after the first rows, and give the exit code and what was written since."""
    with started(*words, "-v") as process:
        wait_for_progress(process, after)
        process.send_signal(number)
        status, error = end_of(process)
    assert "Traceback" not in error
    assert "Segmentation" not in error
    assert "Exception" not in error
    return status, error


@pytest.mark.timeout(180)
@NUMBERS
@pytest.mark.parametrize("command", ["predict", "cross-validate", "search"])
def test_an_interrupt_leaves_everything_as_it_was(folder, number, code, n_jobs, command):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    after = "leading after" if command == "search" else r"\d"
    status, error = stop([*LONG[command], "--n-jobs", n_jobs], number, after)
    assert status == code
    if command == "search":
        assert re.search(r"stopped: the best so far, with a progressive accuracy of .*eta0", error)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.timeout(180)
@NUMBERS
def test_an_interrupted_training_is_kept_beside_the_model(folder, number, code, n_jobs):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    status, error = stop([*LONG["train"], "--n-jobs", n_jobs], number)
    assert status == code
    after = {path: path.read_bytes() for path in folder.iterdir()}
    kept = folder / "stars.model.partial"
    assert after.keys() - before.keys() == {kept}
    assert {path: after[path] for path in before} == before
    sentence = re.fullmatch(
        r"torrential: stopped after ([\d,]+) rows; the model so far is in stars\.model\.partial: "
        r"run the same command with --resume to continue\.",
        error.splitlines()[-1],
    )
    assert sentence is not None
    n_rows = int(sentence[1].replace(",", ""))
    assert n_rows > 0
    assert n_rows % 20_000 == 0
    model = load(kept)
    assert model.interrupted_
    assert model.predict(["great fine superb", "poor dull broken"]).tolist() == [3, 1]


TAKE_TERMINAL = """
import fcntl, os, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # it is now the one whose end ends the process
"""


@pytest.mark.timeout(180)
@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
def test_a_terminal_that_is_closed(folder):
    """Its programs get SIGHUP, and nothing that they say can be shown any more."""
    ours, theirs = os.openpty()
    line = [sys.executable, "-c", TAKE_TERMINAL + PROGRAM, *LONG["train"], "-v"]
    process = forks.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"rows" not in shown or b"20,000" not in shown:
        shown += os.read(ours, 1 << 16)
    os.close(ours)
    assert process.wait(timeout=60) == 129
    assert {path.name for path in folder.iterdir()} == {
        "reviews.parquet",
        "stars.model",
        "stars.model.partial",
    }
    assert load(folder / "stars.model.partial").interrupted_


@pytest.mark.timeout(180)
def test_what_ignores_the_end_of_its_terminal_goes_on(folder):
    """As under nohup."""
    program = PROGRAM.replace("SIG_DFL", "SIG_IGN")
    words = ["train", "reviews.parquet", *COLUMNS, "-o", "new.model", "--epochs", "12", "-v"]
    command = [sys.executable, "-c", program, *words]
    with forks.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for_progress(process)
        process.send_signal(signal.SIGHUP)
        status, _ = end_of(process)
    assert status == 0
    assert load("new.model").n_iter_ == 12


@pytest.mark.timeout(180)
def test_an_interrupted_training_is_kept_where_it_was_asked_for(folder):
    words = [*LONG["train"], "--checkpoint", "kept", "--checkpoint-every", "0s"]
    status, error = stop(words, signal.SIGINT)
    assert status == 130
    assert "is in kept: run the same command" in error
    assert sorted(path.name for path in folder.iterdir()) == [
        "kept",
        "reviews.parquet",
        "stars.model",
    ]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("n_signals", "gap"), [(20, 0.01), (500, 0.0005), (500, 0.0)])
def test_signals_one_after_the_other(folder, n_signals, gap):
    """As by a user who does not wait, or a shell that sends them to all of its processes."""
    with started(*LONG["train"], "-v") as process:
        wait_for_progress(process)
        for _ in range(n_signals):
            process.send_signal(signal.SIGINT)
            time.sleep(gap)
        status, error = end_of(process)
    assert status == 130
    assert "Traceback" not in error
    assert not list(folder.glob(".*.tmp"))


IGNORING = """
import os, signal
from torrential.cli.signals import ignore_signals, lost_signals_sent_again

both = (signal.SIGHUP, signal.SIGINT)  # handlers run in the order of their numbers
signal.signal(signal.SIGHUP, lambda number, frame: ignore_signals())
signal.signal(signal.SIGINT, signal.default_int_handler)
with lost_signals_sent_again():
    signal.pthread_sigmask(signal.SIG_BLOCK, both)
    for number in both:
        os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, both)
"""


def test_a_signal_that_strikes_just_before_it_is_ignored():
    """Its handler is gone when Python comes to call it, and ``sys.unraisablehook`` hears of it."""
    done = subprocess.run(
        [sys.executable, "-c", IGNORING], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


IMPORTING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
module = sys.argv.pop(1)

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)

from torrential.cli import main
sys.meta_path.insert(0, Interrupt())
main()
"""


@pytest.mark.parametrize(
    "module", ["torrential.cli.app", "typer", "torrential.cli.commands.inspect", "pyarrow", "numba"]
)
def test_an_interrupt_during_the_imports(folder, module):
    words = ["inspect", "stars.model"]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING, module, *words], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr, done.stdout) == (130, "", "")


def test_little_is_imported_before_an_interrupt_is_quiet():
    """What the interpreter itself imports is not ours."""
    program = "import sys; n = len(sys.modules); import torrential.cli; print(len(sys.modules) - n)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert int(done.stdout) <= 6


@pytest.mark.timeout(180)
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_reader_that_leaves(folder, format):
    words = ["predict", "stars.model", *["reviews.parquet"] * 20, "--output-format", format]
    with started(*words, stdout=subprocess.PIPE) as process:
        assert "body" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=30) == 141


@pytest.mark.timeout(180)
@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "words", [["inspect", "stars.model"], ["predict", "stars.model", "reviews.parquet"]]
)
def test_a_full_disk_behind_the_standard_output(folder, words):
    with FULL.open("w") as full, started(*words, stdout=full) as process:
        status, error = end_of(process)
    assert status == 2
    assert error.startswith("torrential: error: ")
    assert os.strerror(errno.ENOSPC) in error
    assert error.count("\n") == 1


@pytest.mark.timeout(180)
@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
@pytest.mark.parametrize("command", ["train", "evaluate", "predict"])
def test_a_bar_on_a_terminal(folder, command):
    words = {
        "train": ["train", "reviews.parquet", *COLUMNS, "-o", "new.model"],
        "evaluate": ["evaluate", "stars.model", "reviews.parquet"],
        "predict": ["predict", "stars.model", "reviews.parquet", "-o", "out.csv"],
    }[command]
    ours, theirs = os.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"}
    line = [sys.executable, "-m", "torrential", *words]
    process = forks.Popen(line, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 1 << 16):
            shown += part
    except OSError:  # as Linux tells that the other side was closed
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0
    assert b"%" in shown
    assert b"20,000 rows" in shown
    assert b"100%" in shown
