"""Dask on a scheduler and two workers of this machine: bits, errors, the stop flag, the end."""

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

import numpy as np
import pytest

import forks
from cluster import environment
from cluster_functions import (
    OopsError,
    add_in_place,
    cannot_merge,
    count_after_two,
    fail_at,
    identity,
    level_by_level,
    noise,
    pair,
    read_missing,
    times,
)
from torrential.errors import MissingDataError, ParameterError
from torrential.execution import Executor, Threads, as_executor
from torrential.execution.dask.executor import Dask


@pytest.fixture
def dask(address):
    with Dask(address) as dask:
        yield dask


def keys_on(address):
    """All tasks that the scheduler knows of, as soon as it has heard of what was released."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        end = time.monotonic() + 5
        while True:
            keys = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))
            if not keys or time.monotonic() > end:
                return keys
            time.sleep(0.02)


@pytest.mark.parametrize("n_items", [1, 2, 4, 5, 16, 17, 20, 21, 64, 70])
def test_the_tree_is_that_of_all_engines(dask, address, n_items):
    expected = level_by_level([3 * x for x in range(n_items)], pair)
    assert dask.map_reduce(times, range(n_items), pair, 3) == expected
    assert keys_on(address) == []


def test_the_bits_are_those_of_threads(dask):
    shared = np.float32(0.1)
    here = Threads(2).map_reduce(noise, range(23), add_in_place, shared)
    there = dask.map_reduce(noise, range(23), add_in_place, shared)
    assert there.tobytes() == here.tobytes()
    there += 1  # a result is the caller's: it can be written to


@pytest.mark.parametrize("shared", [[1, 2], {"a": 1}, (1,), "ab"])
def test_shared_data_arrive_as_they_are(dask, shared):
    assert list(dask.map(pair, [0], shared)) == [(shared, 0)]


def test_items_that_dask_would_take_apart(dask):
    items = [(len, "abc"), ["a", "b"], {"a": [1]}, None, "b"]
    assert list(dask.map(identity, items)) == items


def test_results_of_map_are_in_order(dask, address):
    assert list(dask.map(times, range(30), 3)) == [3 * x for x in range(30)]
    results = dask.map(times, itertools.count(), 2)
    assert list(itertools.islice(results, 20)) == list(range(0, 40, 2))
    results.close()
    assert list(dask.map(times, [], 3)) == []
    assert keys_on(address) == []


def test_done_is_called_once_for_each_item(dask):
    places = []
    dask.map_reduce(times, range(21), pair, 1, done=places.append)
    assert sorted(places) == list(range(21))


def test_the_error_of_the_earliest_item_is_raised(dask, address):
    with pytest.raises(OopsError) as caught:
        dask.map_reduce(fail_at, range(30), pair, {7, 8, 29})
    assert caught.value.args == (7,)
    results = dask.map(fail_at, range(30), {7})
    assert list(itertools.islice(results, 7)) == list(range(7))
    with pytest.raises(OopsError):
        next(results)
    assert keys_on(address) == []


def test_an_error_of_merge_or_done(dask, address):
    def fail(place):
        raise OopsError

    with pytest.raises(OopsError, match="merge"):
        dask.map_reduce(times, range(6), cannot_merge, 1)
    with pytest.raises(OopsError):
        dask.map_reduce(times, range(6), pair, 1, done=fail)
    with pytest.raises(ParameterError, match="items is empty"):
        dask.map_reduce(times, [], pair, 1)
    assert keys_on(address) == []


def test_what_cannot_be_sent(dask, address):
    with pytest.raises(Exception, match=r"pickle|serialize"):
        dask.map_reduce(times, [threading.Lock()], pair, 1)
    assert keys_on(address) == []


def test_a_file_that_workers_do_not_see(dask):
    with pytest.raises(MissingDataError, match=r"x\.csv .* Worker tcp://.* same paths") as caught:
        dask.map_reduce(read_missing, ["x.csv", "y.csv"], pair)
    assert "y.csv" not in str(caught.value)


def test_closing_map_stops_its_functions(dask, address, tmp_path):
    results = dask.map(count_after_two, itertools.count(), str(tmp_path))
    assert next(results) == [(0, True)]
    wait_for(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    results.close()
    wait_for(lambda: len(list(tmp_path.glob("stopped-*"))) == 2)
    assert keys_on(address) == []


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


INTERRUPTED = """
    import sys, time
    from pathlib import Path
    from cluster_functions import InterruptWhenSent, count_after_two, extend
    from torrential.execution.dask.executor import Dask

    address, folder, salvages, pause = sys.argv[1:]
    merge = extend if pause else InterruptWhenSent(folder)

    def salvage(result):
        print(result, flush=True)

    try:
        Dask(address).map_reduce(
            count_after_two, range(300), merge, folder, salvage=salvage if salvages else None
        )
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(130)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("pause", ["", "0", "0.1", "0.5"])  # while a merge is submitted, and later
@pytest.mark.parametrize("salvages", ["", "yes"])
def test_ctrl_c_stops_functions_and_leaves_nothing(address, tmp_path, salvages, pause):
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED), address, str(tmp_path)]
    with forks.Popen(
        [*command, salvages, pause],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        wait_for(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
        if pause:
            time.sleep(float(pause))
            process.send_signal(signal.SIGINT)
        printed = process.stdout.read()
        errors = process.stderr.read()
    assert process.wait(20) == 130
    expected = "[(0, True), (1, True), (2, True), (3, True)]\n" if salvages else ""
    assert printed == expected + "interrupted\n"
    assert errors == ""
    wait_for(lambda: len(list(tmp_path.glob("stopped-*"))) == 2)
    assert keys_on(address) == []


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_functions_stop_when_their_driver_is_killed(address, tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED), address, str(tmp_path)]
    with forks.Popen([*command, "", "1"], env=environment()) as process:
        wait_for(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
        process.kill()
    wait_for(lambda: len(list(tmp_path.glob("stopped-*"))) == 2)
    assert keys_on(address) == []


def test_a_client_of_the_user_stays_open(address):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        with Dask(client) as dask:
            assert dask.map_reduce(times, range(5), pair, 1) == ((((0, 1), 2), 3), 4)
            assert copy.deepcopy(dask) is dask
            with pickle.loads(pickle.dumps(dask)) as other:
                assert other.client == address
                assert other.map_reduce(times, [1], pair, 5) == 5
        assert client.status == "running"


def test_a_closed_one_opens_again(address, cluster):
    dask = Dask(address)
    for _ in range(2):
        assert dask.map_reduce(times, [1], pair, 5) == 5
        dask.close()
    with Dask(str(cluster.scheduler_file)) as dask:
        assert dask.map_reduce(times, [1], pair, 5) == 5


def test_executors_by_value(address):
    dask = as_executor(address, None)
    assert isinstance(dask, Dask)
    assert isinstance(dask, Executor)
    assert repr(dask) == f"Dask('{address}')"
    assert as_executor(dask, 3) is dask
    assert as_executor(None, 3) == Threads(3)
    for wrong in ("here", 3, Threads, [1]):
        with pytest.raises(ParameterError, match="executor="):
            as_executor(wrong, None)
    with pytest.raises(ParameterError, match="client=3"):
        Dask(3)


WITHOUT = """
    import sys
    sys.modules["distributed"] = None  # as if it were not there
    from torrential.execution.dask.executor import Dask
    from torrential.errors import ParameterError
    try:
        Dask("tcp://127.0.0.1:1")
    except ParameterError as error:
        print(error)
"""


def test_without_the_extra():
    command = [sys.executable, "-c", textwrap.dedent(WITHOUT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    expected = 'Dask needs the package distributed: pip install "torrential[cluster]".\n'
    assert done.stdout == expected


def test_engines_load_nothing_until_they_are_used():
    check = (
        "import sys, torrential.execution; "
        "print([m for m in ('dask', 'distributed', 'joblib') if m in sys.modules])"
    )
    command = [sys.executable, "-c", check]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
