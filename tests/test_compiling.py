"""The compiling of kernels: its time, how far it is, and real processes that are stopped in it."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from torrential.engine.progress.display import BarProgress, LineProgress
from torrential.execution import TaskRunner, count_jobs, helper_process, stream
from torrential.execution.stopping import stop_when
from torrential.kernels import compiling
from torrential.kernels.compiling import CompilingStopped, seconds_compiling, working_time
from torrential.kernels.jit import kernel
from torrential.kernels.linear.learn import learn
from torrential.kernels.native import object_files
from torrential.kernels.text.documents import hash_words

pytestmark = pytest.mark.jit

PROGRAM = """
import signal
from torrential.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""

WORDS = [
    "train",
    "reviews.csv",
    "--preset",
    "fast",
    "--text",
    "body",
    "--target",
    "stars",
    "-o",
    "stars.model",
]


def new_kernel(n_called=0):
    """A kernel of the package's that was never compiled, and calls others like it."""

    def leaf(x):
        return x + 1

    leaf.__module__ = "torrential.kernels.leaf"
    lines = [f"    x = leaf_{i}(x)" for i in range(n_called)]
    names = {f"leaf_{i}": kernel(_copy(leaf), cache=False) for i in range(n_called)}
    exec("\n".join(["def kernel(x):", *lines, "    return 2 * x"]), names)
    names["kernel"].__module__ = "torrential.kernels.kernel"
    return kernel(names["kernel"], cache=False)


def _copy(function):
    copy = type(function)(function.__code__, function.__globals__, function.__name__)
    copy.__module__ = function.__module__
    return copy


def test_the_clock_stands_still_while_kernels_are_compiled():
    real, start, before = time.monotonic(), working_time(), seconds_compiling()
    assert new_kernel()(3) == 6
    took, passed = seconds_compiling() - before, working_time() - start
    assert took > 0
    assert passed >= 0
    assert passed + took <= time.monotonic() - real


def test_kernels_that_are_called_are_known_before():
    of_hashing, of_learning = compiling.called_by(hash_words), compiling.called_by(learn)
    names = {function.__name__ for function in of_hashing}
    assert {"hash_words", "find_tokens", "murmur3", "count_terms"} <= names
    assert "slope" in {function.__name__ for function in of_learning}
    assert not of_hashing & of_learning


def test_compiling_is_told_as_it_goes_on():
    told = []

    def note(n, n_kernels):
        told.append((n, n_kernels))

    compiling.report_to(note)
    caller = new_kernel(n_called=3)
    assert caller(1) == 8
    compiling.stop_reporting_to(note)
    assert caller(1.0) == 8.0  # compiled again, and reported to no listener
    first = told[0][0]
    assert [n - first for n, _ in told] == sorted(n - first for n, _ in told)
    assert told[-1] == (first + 4, told[0][1])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_display_shows_a_bar_meanwhile():
    stream = Terminal()
    with BarProgress(stream, width=100) as progress:
        progress.begin("train")
        new_kernel(n_called=2)(1)
        assert re.search(r"compiling kernels, once \(\d+ of \d+\)", stream.getvalue())
        assert "the speed leaves it out" in stream.getvalue()
        progress.advance(10, 1000)
    last = stream.getvalue().rpartition("compiling kernels")[2]
    assert "10 rows" in last


def test_lines_tell_of_many_kernels_only():
    stream = io.StringIO()
    with LineProgress(stream) as progress:
        progress.begin("train")
        new_kernel(n_called=1)(1)
        few = stream.getvalue()
        new_kernel(n_called=20)(1)
    assert len(re.findall(r"compiling kernels, once \(\d+ of \d+\)\n", stream.getvalue())) >= 1
    assert len(few) < len(stream.getvalue())


@pytest.mark.parametrize("n_called", [3, 40])
def test_a_process_helps_where_many_kernels_are_to_be_compiled(tmp_path, n_called):
    path = tmp_path / "done"
    with helper_process(f"import torrential; open({str(path)!r}, 'w').close()") as process:
        assert new_kernel(n_called)(0) == 2 * n_called
        process.wait()
        assert path.exists() == (n_called > 30 and count_jobs(-1) > 1)


def test_a_helper_process_ends_with_the_block(tmp_path):
    path = tmp_path / "done"
    with helper_process(
        f"import time; time.sleep(600); open({str(path)!r}, 'w').close()"
    ) as process:
        new_kernel(40)(0)
        with stop_when(lambda: True):
            process.wait()
    with helper_process("raise SystemExit(1)") as process:  # it may fail
        new_kernel(40)(0)
        process.wait()
    assert not path.exists()


def test_a_kernel_whose_compiling_was_stopped_is_compiled_at_the_next_call():
    caller = new_kernel(n_called=2)
    with stop_when(lambda: True), pytest.raises(CompilingStopped):
        caller(1)
    assert caller(1) == 6


def test_a_stream_that_is_closed_stops_the_compiling():
    kernels, begun, ended = [new_kernel(5) for _ in range(200)], threading.Event(), []

    def apply(number):
        if number > 0:
            begun.set()
            for caller in kernels:
                caller(1)
            ended.append("all were compiled")
        return number

    results = stream([lambda: iter(range(2))], apply, 2)
    assert next(results) == 0
    begun.wait()
    results.close()
    assert not ended


def test_a_stream_on_one_thread_stops_the_compiling_at_ctrl_c():
    kernels, begun, ended = [new_kernel(5) for _ in range(200)], threading.Event(), []

    def apply(number):
        begun.set()
        for caller in kernels:
            caller(1)
        ended.append("all were compiled")

    sender = _interrupt_after(begun)
    with pytest.raises(KeyboardInterrupt):
        next(stream([lambda: [1]], apply, 1))
    sender.join()
    assert not ended


def _interrupt_after(begun):
    def interrupt():
        begun.wait()
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt)
    sender.start()
    return sender


def test_tasks_are_stopped_in_their_compiling_by_ctrl_c():
    kernels, begun = [new_kernel(5) for _ in range(200)], threading.Event()
    ended = []

    def task():
        begun.set()
        for caller in kernels:
            caller(1)
        ended.append("all were compiled")

    sender = _interrupt_after(begun)
    with pytest.raises(KeyboardInterrupt), TaskRunner(1) as run:
        run([task])
    sender.join()
    assert not ended


LAST = ("text.documents.hash_words-", "linear.learn.learn-", "linear.one_column.")
"""Kernels of a training that are compiled last, and for longest: one of words, two of learning."""


def keep_others(cache):
    """Put kernels into a cache as a first run does before the last ones, if there are any."""
    folders = object_files._folders()
    (cache / folders[0].name).mkdir(parents=True)
    for path in (path for folder in folders for path in folder.glob("*.object")):
        if not path.name.startswith(LAST):
            shutil.copy(path, cache / folders[0].name)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.timeout(1800)
def test_ctrl_c_in_a_first_run_ends_it_and_the_next_run_compiles_the_rest(tmp_path):
    text = "".join(f"good number{i},1\nbad number{i},0\n" for i in range(50))
    (tmp_path / "reviews.csv").write_text("body,stars\n" + text)
    cache = tmp_path / "cache"
    keep_others(cache)
    options = {
        "cwd": tmp_path,
        "env": os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        "stderr": subprocess.PIPE,
        "text": True,
    }
    command = [sys.executable, "-c", PROGRAM, *WORDS, "-v"]
    with subprocess.Popen(command, **options) as process:
        for line in process.stderr:
            told = re.match(r"compiling kernels, once \(\d+ of (\d+)\)", line)
            if told and int(told[1]) > 50:  # those that read a file are few, and come before
                break
        process.send_signal(signal.SIGINT)
        _, error = process.communicate()
        assert process.returncode == 130
    assert "Traceback" not in error
    assert not list(cache.rglob("*documents.hash_words*.object"))  # it would have been the next
    assert not (tmp_path / "stars.model").exists()
    again = subprocess.run(command, **options, stdout=subprocess.PIPE, check=False)
    assert again.returncode == 0, again.stderr
    assert re.search(r"compiling kernels, once \(\d+ of \d+\)\n", again.stderr)
    assert "Learned 100 rows" in again.stdout
    assert re.search(r"kernels were compiled, once, in \d+ s", again.stdout)
    seconds = float(re.search(r"text, in ([\d.]+) s", again.stdout)[1])
    compiled = float(re.search(r"compiled, once, in (\d+) s", again.stdout)[1])
    assert seconds < compiled  # of so few rows: it is not in it
    assert list(cache.rglob("*documents.hash_words*.object"))
