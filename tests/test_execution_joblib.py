"""joblib: the same results from its back ends, errors, and the end of what it started."""

import itertools
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time

import joblib
import numpy as np
import pytest

import forks
from cluster import environment
from cluster_functions import (
    OopsError,
    add_in_place,
    cannot_merge,
    count_until_stopped,
    fail_at,
    level_by_level,
    noise,
    pair,
    read_missing,
    times,
)
from torrential.errors import MissingDataError, ParameterError
from torrential.execution import Executor, Threads
from torrential.execution.joblib import Joblib

BACKENDS = ["loky", "threading", "multiprocessing", None]


@pytest.fixture(params=BACKENDS)
def executor(request):
    return Joblib(2 if request.param else None, request.param)


@pytest.mark.parametrize("n_items", [1, 4, 5, 21, 70])
def test_the_tree_is_that_of_all_engines(executor, n_items):
    expected = level_by_level([3 * x for x in range(n_items)], pair)
    places = []
    assert executor.map_reduce(times, range(n_items), pair, 3, done=places.append) == expected
    assert places == list(range(n_items))


def test_the_bits_are_those_of_threads(executor):
    shared = np.full(10_000, 0.1, dtype=np.float32)
    here = Threads(2).map_reduce(noise, range(23), add_in_place, shared)
    there = executor.map_reduce(noise, range(23), add_in_place, shared)
    assert there.tobytes() == here.tobytes()


def test_results_of_map_are_in_order(executor):
    assert list(executor.map(times, range(40), 3)) == [3 * x for x in range(40)]
    assert list(executor.map(times, [], 3)) == []
    results = executor.map(times, itertools.count(), 2)
    assert list(itertools.islice(results, 20)) == list(range(0, 40, 2))
    results.close()


def test_the_error_of_the_earliest_item_is_raised(executor):
    with pytest.raises(OopsError) as caught:
        executor.map_reduce(fail_at, range(30), pair, {7, 8, 29})
    assert caught.value.args == (7,)
    with pytest.raises(MissingDataError, match=r"x\.csv"):
        executor.map_reduce(read_missing, ["x.csv"], pair)


def test_an_error_of_merge_or_done(executor):
    def fail(place):
        raise OopsError

    with pytest.raises(OopsError):
        executor.map_reduce(times, range(9), cannot_merge, 1)
    with pytest.raises(OopsError):
        executor.map_reduce(times, range(9), pair, 1, done=fail)
    with pytest.raises(ParameterError, match="items is empty"):
        executor.map_reduce(times, [], pair, 1)


def where(shared, x):
    return {(os.getpid(), threading.current_thread() is threading.main_thread())}


def test_where_functions_run():
    def places(executor):
        return executor.map_reduce(where, range(8), set.union)

    assert places(Joblib()) == places(Joblib(2, "threading")) == {(os.getpid(), False)}
    assert os.getpid() not in {pid for pid, _ in places(Joblib(2, "loky"))}
    with joblib.parallel_config("loky", n_jobs=2):
        assert os.getpid() not in {pid for pid, _ in places(Joblib())}


def grow(size, x):
    KEPT.append(np.full(size, x, dtype=np.float64))
    time.sleep(0.6)
    return [(x, os.getpid())]


KEPT = []


def test_a_process_that_has_grown_is_replaced_by_joblib():
    results = Joblib(2, "loky").map_reduce(grow, range(12), list.__add__, 25_000_000)
    assert [x for x, _ in results] == list(range(12))
    assert len({pid for _, pid in results}) > 2


def test_an_error_from_a_process_says_where_it_was():
    with pytest.raises(OopsError) as caught:
        Joblib(2, "loky").map_reduce(fail_at, range(3), pair, {1})
    assert "in fail_at" in caught.value.__notes__[0]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_closing_map_stops_functions_of_this_process(n_jobs, tmp_path):
    results = Joblib(n_jobs, "threading").map(after_one, itertools.count(), str(tmp_path))
    assert next(results) == 0
    results.close()
    begun, stopped = (len(list(tmp_path.glob(f"{word}-*"))) for word in ("begun", "stopped"))
    assert begun == stopped


def after_one(folder, x):
    return 0 if x == 0 else count_until_stopped(folder, x)


def test_an_executor_is_a_plain_value():
    executor = Joblib(2, "loky")
    assert repr(executor) == "Joblib(n_jobs=2, backend='loky')"
    assert pickle.loads(pickle.dumps(executor)) == executor
    assert isinstance(executor, Executor)


INTERRUPTED = """
    import sys
    from cluster_functions import count_after_two, extend
    from torrential.execution.joblib import Joblib

    folder, backend, n_jobs = sys.argv[1:]
    try:
        Joblib(int(n_jobs), backend).map_reduce(
            count_after_two, range(40), extend, folder, salvage=lambda result: print(result[:2])
        )
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(130)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize(("backend", "n_jobs"), [("loky", 2), ("threading", 2), ("threading", 1)])
def test_ctrl_c_keeps_what_is_merged(tmp_path, backend, n_jobs):
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED)]
    arguments = [str(tmp_path), backend, str(n_jobs)]
    with forks.Popen(
        [*command, *arguments], env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        while len(list(tmp_path.glob("begun-*"))) < n_jobs:
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=30)[0]
    assert printed == "[(0, True), (1, True)]\ninterrupted\n"
    assert process.returncode == 130
