"""A Dask cluster of processes of this machine, for tests."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import forks

TESTS = Path(__file__).parent


def environment(first_on_path=()):
    """Of a process that imports functions of the tests."""
    before = os.environ.get("PYTHONPATH", "")
    folders = [*map(str, first_on_path), str(TESTS), *filter(None, [before])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders), "OMP_NUM_THREADS": "1"}


class Cluster:
    """A scheduler and its workers; processes of our own, to be killed at will."""

    def __init__(self, folder, first_on_path=(), **settings):
        self.folder = Path(folder)
        self.scheduler_file = self.folder / "scheduler.json"
        self.processes = []
        self.settings = settings
        self._is_closed, self._replacer = threading.Event(), None
        self.scheduler = self._start(
            "distributed.cli.dask_scheduler",
            *["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show"],
            first_on_path=first_on_path,
        )
        self._wait_for(self.scheduler_file.exists)
        self.workers = []

    @property
    def address(self):
        from distributed.client import Client

        with Client(scheduler_file=str(self.scheduler_file), set_as_default=False) as client:
            return client.scheduler.address

    def start_worker(self, *, nanny=False, first_on_path=()):
        worker = self._start(
            "distributed.cli.dask_worker",
            *["--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"],
            *["--nanny" if nanny else "--no-nanny", "--local-directory", str(self.folder)],
            *["--death-timeout", "60"],
            first_on_path=first_on_path,
        )
        self.workers.append(worker)
        return worker

    def replace_workers(self):
        """Start a worker in place of each one that ends, until the cluster is closed.

        As a nanny would, but the new one is forked: it begins with all that it imports.
        """

        def replace():
            while not self._is_closed.wait(0.05):
                for place, worker in enumerate(self.workers):
                    if worker.poll() is not None:
                        self.start_worker()
                        self.workers[place] = self.workers.pop()

        self._replacer = threading.Thread(target=replace)
        self._replacer.start()

    def close(self):
        self._is_closed.set()
        if self._replacer is not None:
            self._replacer.join()
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def _start(self, module, *options, first_on_path=()):
        settings = {f"DASK_DISTRIBUTED__{name}": str(v) for name, v in self.settings.items()}
        file = ["--scheduler-file", str(self.scheduler_file)]
        start = subprocess.Popen if first_on_path else forks.Popen  # Python reads it at first
        process = start(
            [sys.executable, "-m", module, *file, *options],
            env={**environment(first_on_path), **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if "CLUSTER_LOG" not in os.environ else None,
        )
        self.processes.append(process)
        return process

    @staticmethod
    def _wait_for(condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "the cluster does not start"
            time.sleep(0.02)


@contextmanager
def running_cluster(folder, n_workers=2, *, nanny=False, replaces=False, **settings):
    """A cluster with its workers there; of those that end, it starts others if it `replaces`."""
    from distributed import Client

    cluster = Cluster(folder, **settings)
    try:
        for _ in range(n_workers):
            cluster.start_worker(nanny=nanny)
        if n_workers:
            file = str(cluster.scheduler_file)
            with Client(scheduler_file=file, set_as_default=False) as client:
                client.wait_for_workers(n_workers, timeout=60)
        if replaces:
            cluster.replace_workers()
        yield cluster
    finally:
        cluster.close()


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


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


class InThread(threading.Thread):
    """A call in a thread, for the test to do harm meanwhile."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self._call = call
        self._result = self._error = None
        self.start()

    def run(self):
        try:
            self._result = self._call()
        except BaseException as error:
            self._error = error

    def result(self):
        self.join(100)
        assert not self.is_alive(), "the call hangs"
        if self._error is not None:
            raise self._error
        return self._result
