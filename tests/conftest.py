"""For all tests: their order, examples without deadlines, a compiler, and the command line."""

import signal
import subprocess
import sys
from pathlib import Path

import numba
import pyarrow as pa
import pytest
from hypothesis import settings
from pyarrow import parquet

import forks
from torrential.cli import main
from torrential.cli.app import STOPPING

N_EXAMPLES = 25 if numba.config.DISABLE_JIT else 100

# The first example of a test may compile a kernel: no deadline can be right.
settings.register_profile("torrential", deadline=None, max_examples=N_EXAMPLES)
settings.load_profile("torrential")


LONGEST = [
    *["compiling", "cluster_faults", "cli_signals", "cluster", "search_checkpoint"],
    *["model_headers", "cli_checkpoint", "out_of_core", "cli_streams", "cache"],
    *["parameter_averaging_estimators", "data_pipes", "sgd", "execution_joblib"],
]
"""The files that take longest come first: begun last, one process would wait for the other."""


def pytest_collection_modifyitems(items):
    places = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
    if not numba.config.DISABLE_JIT:
        return
    for item in items:
        if "jit" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs compiled kernels"))


def pytest_configure(config):
    """Hear Ctrl-C, which a shell's background jobs begin with ignored: tests send it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if getattr(config.option, "numprocesses", None):  # the process that starts the others
        warm_up()


def pytest_unconfigure():
    forks.close()


def warm_up():
    """Compile most kernels once, or load them: processes of tests would do so side by side."""
    if not numba.config.DISABLE_JIT:
        command = [sys.executable, str(Path(__file__).with_name("warm.py"))]
        parts = [subprocess.Popen([*command, part]) for part in ("words", "others")]
        for part in parts:
            part.wait(timeout=600)


SIGNALS = (signal.SIGINT, *STOPPING)
"""What the command line handles, until its process ends."""


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command in this process; give its exit code, standard output and standard error."""

    def run_command(*words):
        monkeypatch.setattr(sys, "argv", ["torrential", *map(str, words)])
        before = [(number, signal.getsignal(number)) for number in SIGNALS]
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            for number, handler in before:
                signal.signal(number, handler)
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run_command


@pytest.fixture
def grouped_reviews(tmp_path):
    """A file of 900 rows in three row groups, with the columns body and stars."""
    path = tmp_path / "reviews.parquet"
    rows = [{"body": f"word{i % 7} more{i % 11} number{i}", "stars": i % 3} for i in range(900)]
    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=300)
    return path
