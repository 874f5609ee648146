"""What a cluster does to us: workers and schedulers that die, do not fit, or are not there."""

import os
import shutil
import signal
import socket
from importlib.metadata import distribution, version

import pytest

from cluster import InThread, running_cluster, wait_for
from cluster_functions import (
    Part,
    count_until_stopped,
    extend,
    identity,
    kill_worker_always,
    kill_worker_once,
    pair,
    sleep_then,
    wait_for_mark,
)
from torrential import errors
from torrential.errors import ClusterError
from torrential.execution.dask.executor import Dask

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
]


def test_a_worker_that_dies_in_the_middle(tmp_path):
    """No nanny brings it back: the other one does all."""
    with running_cluster(tmp_path, 2) as cluster, Dask(str(cluster.scheduler_file)) as dask:
        assert dask.map_reduce(kill_worker_once, range(12), extend, str(tmp_path)) == [*range(12)]
        assert [worker.poll() for worker in cluster.workers].count(None) == 1
        (tmp_path / "killed").unlink()
        cluster.start_worker()
        assert list(dask.map(kill_worker_once, range(12), str(tmp_path))) == [
            [i] for i in range(12)
        ]


def test_all_workers_die_one_after_the_other(tmp_path):
    """All copies of the shared data are lost, so the call has to be made again."""
    shared = {"folder": str(tmp_path), "add": 100}
    with (
        running_cluster(tmp_path, 2, nanny=True) as cluster,
        Dask(str(cluster.scheduler_file), timeout=30) as dask,
    ):
        done = []
        call = InThread(
            lambda: dask.map_reduce(wait_for_mark, range(9), extend, shared, done=done.append)
        )
        killed = set()
        for _ in range(2):
            wait_for(lambda: workers_that_began(tmp_path) - killed)
            victim = (workers_that_began(tmp_path) - killed).pop()
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
        (tmp_path / "go").touch()
        assert call.result() == [100 + i for i in range(9)]
        assert sorted(done) == [*range(9)]


def workers_that_began(folder):
    return {int(path.name.split("-")[2]) for path in folder.glob("begun-*")}


def test_an_item_that_always_kills_its_worker(tmp_path):
    parts = [Part(f"part-{i}.csv", i) for i in range(6)]
    with (
        running_cluster(tmp_path, 2, replaces=True, SCHEDULER__ALLOWED_FAILURES=1) as cluster,
        Dask(str(cluster.scheduler_file), timeout=30) as dask,
    ):
        with pytest.raises(ClusterError, match=r"2 workers ended while they had part-2\.csv"):
            dask.map_reduce(kill_worker_always, parts, extend)
        assert dask.map_reduce(identity, [1, 2], pair) == (1, 2)


def test_a_scheduler_that_dies(tmp_path):
    with running_cluster(tmp_path, 1) as cluster:
        address = cluster.address
        with Dask(address, timeout=2) as dask:
            call = InThread(
                lambda: dask.map_reduce(count_until_stopped, range(5), extend, str(tmp_path))
            )
            wait_for(lambda: (tmp_path / "begun-0").exists())
            cluster.scheduler.kill()
            with pytest.raises(ClusterError, match=address):
                call.result()
            with pytest.raises(ClusterError, match=address):
                dask.map_reduce(identity, [1, 2], pair)


def test_an_address_that_does_not_answer():
    with socket.socket() as silent:  # takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with Dask(f"tcp://127.0.0.1:{port}", timeout=1) as dask:
            for _ in range(2):
                with pytest.raises(ClusterError, match=rf"127\.0\.0\.1:{port} does not answer"):
                    dask.map_reduce(identity, [1], pair)
        silent.listen()
        with (
            Dask(f"tcp://127.0.0.1:{port}", timeout=1) as dask,
            pytest.raises(ClusterError, match=rf"127\.0\.0\.1:{port} does not answer"),
        ):
            dask.map_reduce(identity, [1], pair)


@pytest.mark.parametrize("address", ["tcp://", "nonsense://here:1", "tcp://127.0.0.1:x"])
def test_an_address_that_is_none(address):
    with pytest.raises(ClusterError, match="does not answer"):
        Dask(address, timeout=1).map_reduce(identity, [1], pair)


def test_a_scheduler_file_that_is_not_there(tmp_path):
    with pytest.raises(ClusterError, match=r"scheduler file .*none\.json"):
        Dask(tmp_path / "none.json", timeout=1).map_reduce(identity, [1], pair)


def test_workers_that_do_not_fit(tmp_path):
    """None; one without the package; one with another version; and then one that fits."""
    with (
        running_cluster(tmp_path, 0) as cluster,
        Dask(str(cluster.scheduler_file), timeout=20) as dask,
    ):
        with (
            Dask(str(cluster.scheduler_file), timeout=1) as impatient,
            pytest.raises(ClusterError, match="no workers"),
        ):
            impatient.map_reduce(identity, [1], pair)

        other = tmp_path / "other"
        shutil.copytree(distribution("torrential")._path, other / "torrential-9.9.9.dist-info")
        metadata = other / "torrential-9.9.9.dist-info" / "METADATA"
        own = f"Version: {version('torrential')}"
        metadata.write_text(metadata.read_text().replace(own, "Version: 9.9.9", 1))
        worker = cluster.start_worker(first_on_path=[other])
        ours = version("torrential")
        expected = rf"Worker tcp://\S+ has torrential 9\.9\.9, .* torrential {ours}"
        with pytest.raises(ClusterError, match=expected):
            dask.map_reduce(identity, [1], pair)
        end(worker, cluster)

        without = tmp_path / "without"
        without.mkdir()
        (without / "sitecustomize.py").write_text(
            "from importlib.metadata import Distribution\n"
            "discover = Distribution.discover\n"
            "def others(**by):\n"
            "    return (d for d in discover(**by) if d.metadata['Name'] != 'torrential')\n"
            "Distribution.discover = staticmethod(others)\n"
        )
        worker = cluster.start_worker(first_on_path=[without])
        wait_for(lambda: n_workers(cluster) == 1)
        with pytest.raises(ClusterError, match=r"Worker tcp://\S+ has no torrential"):
            dask.map_reduce(identity, [1], pair)
        end(worker, cluster)

        cluster.start_worker()
        assert dask.map_reduce(identity, [1, 2], pair) == (1, 2)

        cluster.start_worker(first_on_path=[other])  # comes in the middle of a call
        with pytest.raises(ClusterError, match=expected):
            dask.map_reduce(sleep_then, [*range(100)], extend, 0.3)


def end(worker, cluster):
    worker.kill()
    wait_for(lambda: n_workers(cluster) == 0)


def n_workers(cluster):
    from distributed import Client

    with Client(scheduler_file=str(cluster.scheduler_file), set_as_default=False) as client:
        return len(client.nthreads())


ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.TorrentialError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_all_errors_travel(kind):
    """Dask copies an error with its traceback, and hands over another one if it cannot."""
    from distributed.core import clean_exception, error_message

    try:
        raise kind("what is wrong")
    except kind as error:
        message = error_message(error)
    _, copy, _ = clean_exception(message["exception"].data)
    assert type(copy) is kind
    assert str(copy) == "what is wrong"
