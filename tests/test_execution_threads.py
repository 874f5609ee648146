"""Threads: results, errors, bounds, the stop flag, and the end of all threads."""

import copy
import itertools
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

import forks
from cluster_functions import OopsError, level_by_level, pair, times
from own_threads import own_threads
from torrential.errors import ParameterError
from torrential.execution import Executor, Threads, stop_requested

JOBS = st.sampled_from([None, 1, 2, 3, 5])


@given(st.integers(1, 70), JOBS)
def test_the_tree_is_the_same_for_any_number_of_threads(n_items, n_jobs):
    expected = level_by_level([3 * x for x in range(n_items)], pair)
    assert Threads(n_jobs).map_reduce(times, range(n_items), pair, 3) == expected
    assert own_threads() == []


@given(st.integers(0, 70), JOBS)
def test_results_of_map_are_in_order(n_items, n_jobs):
    assert list(Threads(n_jobs).map(times, range(n_items), 3)) == [3 * x for x in range(n_items)]
    assert own_threads() == []


def test_no_items():
    with pytest.raises(ParameterError, match="items is empty"):
        Threads(2).map_reduce(times, [], pair)
    assert own_threads() == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_any_result_comes_back(n_jobs):
    odd = [None, ValueError("not raised"), StopIteration(), 0, []]
    assert list(Threads(n_jobs).map(lambda _, x: x, odd)) == odd
    assert Threads(n_jobs).map_reduce(lambda _, x: None, [1], pair) is None


@given(st.sets(st.integers(0, 30), min_size=1), JOBS)
def test_the_error_of_the_earliest_item_is_raised(bad, n_jobs):
    def function(_, x):
        if x in bad:
            raise OopsError(x)
        return x

    with pytest.raises(OopsError) as caught:
        Threads(n_jobs).map_reduce(function, range(31), pair)
    assert caught.value.args == (min(bad),)
    results = Threads(n_jobs).map(function, range(31))
    assert list(itertools.islice(results, min(bad))) == list(range(min(bad)))
    with pytest.raises(OopsError):
        next(results)
    assert own_threads() == []


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_an_error_of_merge_or_items_or_done(n_jobs):
    def fail(*_):
        raise OopsError

    def items():
        yield 1
        raise OopsError

    threads = Threads(n_jobs)
    for call in (
        lambda: threads.map_reduce(times, range(9), fail, 1),
        lambda: threads.map_reduce(times, items(), pair, 1),
        lambda: threads.map_reduce(times, range(9), pair, 1, done=fail),
    ):
        with pytest.raises(OopsError):
            call()
        assert own_threads() == []


@given(st.integers(1, 40), JOBS)
def test_done_is_called_once_for_each_item_in_the_calling_thread(n_items, n_jobs):
    calls = []

    def done(place):
        calls.append((place, threading.current_thread()))

    Threads(n_jobs).map_reduce(times, range(n_items), pair, 1, done=done)
    assert {thread for _, thread in calls} == {threading.current_thread()}
    assert sorted(place for place, _ in calls) == list(range(n_items))


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_nothing_runs_in_the_calling_thread(n_jobs):
    def whose(*_):
        return [threading.current_thread()]

    threads = Threads(n_jobs).map_reduce(whose, range(9), lambda a, b: a + b + whose())
    assert threading.current_thread() not in threads
    assert threading.current_thread() not in [t for (t,) in Threads(n_jobs).map(whose, range(9))]


@pytest.mark.parametrize("n_jobs", [1, 2, 4])
def test_few_results_are_held(n_jobs):
    class Counted:
        lock = threading.Lock()
        n_alive = most = 0

        def __init__(self):
            with self.lock:
                Counted.n_alive += 1
                Counted.most = max(Counted.most, Counted.n_alive)

        def __del__(self):
            with self.lock:
                Counted.n_alive -= 1

    def slow_merge(first, second):
        time.sleep(0.002)
        return first

    Threads(n_jobs).map_reduce(lambda *_: Counted(), range(60), slow_merge)
    assert Counted.most <= n_jobs + 1 + 4  # 4 are the levels of the tree


def test_all_threads_work_at_once():
    meeting = threading.Barrier(3, timeout=20)
    Threads(3).map_reduce(lambda *_: meeting.wait(), range(6), pair)


def test_closing_map_tells_functions_to_stop():
    stopped = []

    def endless(_, x):
        if x < 2:
            return x
        while not stop_requested():
            time.sleep(0.001)
        stopped.append(x)
        return x

    results = Threads(2).map(endless, itertools.count())
    assert [next(results), next(results)] == [0, 1]
    results.close()
    assert own_threads() == []
    assert set(stopped) <= {2, 3, 4}


def test_an_error_tells_the_other_functions_to_stop():
    started = threading.Event()

    def function(_, x):
        if x == 0:
            started.wait(20)
            raise OopsError
        started.set()
        while not stop_requested():
            time.sleep(0.001)
        return x

    with pytest.raises(OopsError):
        Threads(2).map_reduce(function, range(5), pair)


def test_functions_of_a_run_within_a_run_are_told_too():
    def inner(_, x):
        while not stop_requested():
            time.sleep(0.001)
        return x

    def outer(_, x):
        if x == 0:
            time.sleep(0.02)
            raise OopsError
        return Threads(2).map_reduce(inner, range(2), pair)

    with pytest.raises(OopsError):
        Threads(2).map_reduce(outer, range(2), pair)
    assert not stop_requested()


def test_an_executor_is_a_plain_value():
    threads = Threads(2)
    assert repr(threads) == "Threads(n_jobs=2)"
    assert pickle.loads(pickle.dumps(threads)) == copy.deepcopy(threads) == threads
    assert clone(threads, safe=False) == threads
    assert isinstance(threads, Executor)
    with pytest.raises(ParameterError, match="n_jobs"):
        Threads(0)


INTERRUPTED = """
    import signal, sys, threading, time
    from torrential.execution import Threads, stop_requested

    def terminate(number, frame):
        raise SystemExit(143)

    signal.signal(signal.SIGTERM, terminate)

    def count(shared, item):
        n = 1
        while item > 1 and not stop_requested():
            time.sleep(0.1)  # a batch
            n += 1
        return [(item, n)]

    def done(place):
        if place == 1:
            print("running", flush=True)

    def salvage(result):
        print([item for item, n in result])

    try:
        run = Threads(3).map_reduce
        run(count, range(100), lambda a, b: a + b, done=done, salvage=salvage)
    except (KeyboardInterrupt, SystemExit) as error:
        names = [thread.name for thread in threading.enumerate()]
        print([name for name in names if name.startswith("torrential-")])
        sys.exit(error.code if isinstance(error, SystemExit) else 130)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_salvages_what_there_is_and_leaves_no_thread(number, code):
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED)]
    with forks.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "running\n"
        time.sleep(0.3)
        process.send_signal(number)
        rest, _ = process.communicate(timeout=20)
    assert (rest, process.returncode) == ("[0, 1, 2, 3, 4]\n[]\n", code)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_an_interrupt_before_any_result_salvages_nothing():
    def interrupt(*_):
        os.kill(os.getpid(), signal.SIGINT)
        while not stop_requested():
            time.sleep(0.001)
        raise OopsError

    salvaged = []
    for _ in range(20):
        with pytest.raises(KeyboardInterrupt):
            Threads(2).map_reduce(interrupt, range(2), pair, salvage=salvaged.append)
        assert own_threads() == []
    assert salvaged == []


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_ctrl_c_never_comes_in_the_middle_of_a_merge():
    def merge(first, second):
        for i in range(100):  # a merge of several steps
            first[i] += second[i]
        return first

    def done(place):
        if place == 30:
            os.kill(os.getpid(), signal.SIGINT)

    salvaged = []
    for _ in range(20):
        with pytest.raises(KeyboardInterrupt):
            Threads(2).map_reduce(
                lambda *_: [1] * 100, range(2000), merge, done=done, salvage=salvaged.append
            )
    assert len(salvaged) == 20
    assert all(len(set(sums)) == 1 and sums[0] > 25 for sums in salvaged)
