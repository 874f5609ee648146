"""Threads of a list of tasks, and the number of threads that n_jobs asks for."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from torrential.errors import ParameterError
from torrential.execution import TaskRunner, count_jobs


@pytest.mark.parametrize("n_jobs", [1, 2, 3, 5])
@pytest.mark.parametrize("n_tasks", [0, 1, 2, 3, 9])
def test_results_in_order(n_jobs, n_tasks):
    with TaskRunner(n_jobs) as run:
        for _ in range(3):
            assert run([lambda i=i: i * i for i in range(n_tasks)]) == [
                i * i for i in range(n_tasks)
            ]


def test_as_many_tasks_as_jobs_run_at_once():
    meeting = threading.Barrier(3, timeout=20)
    with TaskRunner(3) as run:
        assert sorted(run([meeting.wait] * 3)) == [0, 1, 2]


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_error_comes_when_the_others_are_done(n_jobs, place):
    done = []

    def task(i):
        if i == place:
            raise KeyError(place)
        done.append(i)

    with TaskRunner(n_jobs) as run, pytest.raises(KeyError):
        run([lambda i=i: task(i) for i in range(3)])
    if n_jobs > 1:
        assert sorted(done) == [i for i in range(3) if i != place]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_ctrl_c_comes_when_all_tasks_are_done():
    done = []

    def task():
        time.sleep(0.005)
        done.append(1)

    def interrupt():
        os.kill(os.getpid(), signal.SIGINT)

    with TaskRunner(3) as run:
        for _ in range(20):
            with pytest.raises(KeyboardInterrupt):
                run([task, task, interrupt])
            assert len(done) == 2
            done.clear()
        assert run([lambda: "a"]) == ["a"]


def test_threads_end_with_the_block():
    with TaskRunner(4) as run:
        run([threading.active_count] * 4)
    assert not [t for t in threading.enumerate() if t.name.startswith("torrential-task")]


def test_numbers_of_jobs():
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert count_jobs(None) == count_jobs(1) == count_jobs(np.int64(1)) == 1
    assert count_jobs(7) == 7
    assert count_jobs(-1) == n_cores
    assert count_jobs(-2) == max(1, n_cores - 1)
    assert count_jobs(-10_000) == 1


@pytest.mark.parametrize("n_jobs", [0, 1.5, "2"])
def test_what_is_no_number_of_jobs(n_jobs):
    with pytest.raises(ParameterError, match="n_jobs"):
        count_jobs(n_jobs)
