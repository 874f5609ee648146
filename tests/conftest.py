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
import torrential as tor
from cluster import running_cluster
from predicted_rows import predict_file, reviews_model, rows_in
from torrential.cli import main
from torrential.cli.signals import STOPPING
from torrential.engine.batches import windows

N_EXAMPLES = 25 if numba.config.DISABLE_JIT else 60

# The first example of a test may compile a kernel: no deadline can be right.
settings.register_profile("torrential", deadline=None, max_examples=N_EXAMPLES)
settings.load_profile("torrential")


LONGEST = [
    *["compiling", "model_headers", "cluster_faults", "search_checkpoint", "cli_signals"],
    *["scikit_learn_checks", "cluster", "table_models", "execution_joblib", "examples"],
    *["execution_faults", "long_documents", "execution_dask", "parameter_averaging_estimators"],
    *["cluster_folds", "checkpoint_bits", "cli_checkpoint", "out_of_core", "cluster_commands"],
    *["cross_validate", "cache_faults", "out_of_core_tables", "native_kernels", "cli_fasttext"],
    *["persistence_whole_file", "table_files", "interrupts", "kernel_long_documents"],
    *["data_pipes", "data_objects", "cli_streams", "parameter_averaging", "light_commands"],
]
"""The files that take longest come first: begun last, one process would wait for the other.

Those that wait for processes and those that compute take turns: two that wait would leave the
processor idle, and two that compute would share it.
"""


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


@pytest.fixture(scope="module")
def small_windows():
    """A batch or two make a window."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "MAX_NONZEROS", 20_000)
        yield


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Dask cluster of two workers, for all tests of a file."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def address(cluster):
    return cluster.address


@pytest.fixture
def write(tmp_path):
    """Predict what `read` reads to a file of a format; give its path."""

    def path_of(data, format="parquet", *, name=None, **options):
        path = tmp_path / (name or f"predictions.{format}")
        predict_file(reviews_model(), tor.read(data, text="text"), path, **options)
        hidden = [each.name for each in tmp_path.iterdir() if each.name.startswith(".")]
        assert hidden == [], "no temporary file stays"
        return path

    return path_of


@pytest.fixture
def predicted(write):
    """Predict to a file; give its rows without the predictions."""

    def rows_of(*arguments, **options):
        return [
            {key: value for key, value in row.items() if key not in ("label", "probability")}
            for row in rows_in(write(*arguments, **options))
        ]

    return rows_of


@pytest.fixture
def grouped_reviews(tmp_path):
    """A file of 900 rows in three row groups, with the columns body and stars."""
    path = tmp_path / "reviews.parquet"
    rows = [{"body": f"word{i % 7} more{i % 11} number{i}", "stars": i % 3} for i in range(900)]
    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=300)
    return path
