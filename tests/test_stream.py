"""Items of many sources on threads: order, errors, bounds, and the end of the threads."""

import itertools
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forks
from own_threads import own_threads
from torrential.execution import stream
from torrential.execution.stream import AHEAD

JOBS = st.sampled_from([1, 2, 3, 5])
SOURCES = st.lists(st.lists(st.integers(), max_size=12), max_size=8)


class OopsError(Exception):
    pass


def sources_of(lists):
    return [lambda items=items: items for items in lists]


def take_all(results):
    """Results until the first error, and whether there was one."""
    taken = []
    try:
        taken.extend(results)
    except OopsError:
        return taken, True
    return taken, False


@given(SOURCES, JOBS)
def test_all_results_in_order(lists, n_jobs):
    results = list(stream(sources_of(lists), lambda x: x + 1, n_jobs))
    assert results == [x + 1 for items in lists for x in items]
    assert own_threads() == []


@given(SOURCES, JOBS, st.data())
def test_an_error_of_the_function_is_raised_in_its_place(lists, n_jobs, data):
    items = [x for items in lists for x in items]
    bad = data.draw(st.sampled_from(items)) if items else 0

    def function(x):
        if x == bad:
            raise OopsError
        return x

    expected = list(itertools.takewhile(lambda x: x != bad, items))
    assert take_all(stream(sources_of(lists), function, n_jobs)) == (expected, bad in items)
    assert own_threads() == []


@given(SOURCES.filter(bool), JOBS, st.data())
def test_an_error_of_a_source_is_raised_in_its_place(lists, n_jobs, data):
    place = data.draw(st.integers(0, len(lists) - 1))

    def broken():
        yield from lists[place]
        raise OopsError

    sources = sources_of(lists)
    sources[place] = broken
    expected = [x for items in lists[: place + 1] for x in items]
    assert take_all(stream(sources, lambda x: x, n_jobs)) == (expected, True)
    assert own_threads() == []


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_an_opener_that_fails(n_jobs):
    def cannot_open():
        raise OopsError

    results = stream([lambda: [1, 2], cannot_open, lambda: [3]], lambda x: x, n_jobs)
    assert take_all(results) == ([1, 2], True)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_any_result_comes_back(n_jobs):
    """None and exceptions are results like others, if they are returned."""
    odd = [None, ValueError("not raised"), StopIteration(), 0, None]
    assert list(stream([lambda: odd], lambda x: x, n_jobs)) == odd


@given(st.integers(0, 20), JOBS)
def test_closing_early_ends_the_threads(n_taken, n_jobs):
    results = stream([itertools.count, itertools.count], lambda x: x, n_jobs)
    assert list(itertools.islice(results, n_taken)) == list(range(n_taken))
    results.close()
    assert own_threads() == []


def test_an_exception_of_the_consumer_ends_the_threads():
    def consume():
        for result in stream([itertools.count], lambda x: x, 3):
            if result == 5:
                raise OopsError

    with pytest.raises(OopsError):
        consume()
    assert own_threads() == []


@pytest.mark.parametrize("n_jobs", [2, 3, 5])
@pytest.mark.parametrize("n_sources", [1, 3, 20])
def test_items_that_are_outstanding_are_bounded(n_jobs, n_sources):
    read = itertools.count()
    n_read = 0

    def source():
        nonlocal n_read
        for _ in range(400):
            n_read = next(read) + 1
            yield n_read

    most = 0
    for n_taken, _ in enumerate(stream([source] * n_sources, lambda x: x, n_jobs)):
        if n_taken % 40 == 0:
            time.sleep(0.002)  # a slow consumer: let the threads run ahead as far as they will
        most = max(most, n_read - n_taken)
    assert most <= (AHEAD + 2) * n_jobs + 1


def test_an_endless_source_waits_for_a_slow_consumer():
    n_read = itertools.count()
    results = stream([lambda: n_read], lambda x: x, 2)
    assert next(results) == 0
    time.sleep(0.1)
    assert next(n_read) <= 2 * (AHEAD + 2) + 1
    results.close()


@pytest.mark.parametrize("n_jobs", [2, 4])
def test_few_sources_are_open_at_once(n_jobs):
    n_open = most = 0
    lock = threading.Lock()

    def source():
        nonlocal n_open, most
        with lock:
            n_open += 1
            most = max(most, n_open)
        yield from range(3)
        with lock:
            n_open -= 1

    assert len(list(stream([source] * 50, lambda x: x, n_jobs))) == 150
    assert most <= n_jobs + 1


def test_one_source_is_worked_on_by_all_threads():
    meeting = threading.Barrier(3, timeout=20)
    results = stream([lambda: range(3)], lambda x: meeting.wait() >= 0, 3)
    assert list(results) == [True] * 3


def test_a_source_is_read_by_one_thread_at_a_time():
    """A generator raises ValueError when two threads enter it."""

    def source():
        for i in range(200):
            time.sleep(0)
            yield i

    results = list(stream([source, source], lambda x: x, 5))
    assert results == [*range(200), *range(200)]


INTERRUPTED = """
    import itertools, sys, threading, time
    from torrential.execution import stream

    def slow(x):
        time.sleep(0.02)
        return x

    try:
        for result in stream([itertools.count] * 3, slow, 3):
            if result == 3:
                print("running", flush=True)
    except KeyboardInterrupt:
        names = [thread.name for thread in threading.enumerate()]
        print([name for name in names if name.startswith("torrential-")])
        sys.exit(130)
"""


def test_ctrl_c_ends_endless_sources_and_leaves_no_thread():
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED)]
    with forks.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert (rest, process.returncode) == ("[]\n", 130)
