"""A Dask cluster of processes on this machine, as in the tests."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import Client

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cluster import running_cluster


@contextmanager
def cluster(n_workers: int) -> Iterator[str]:
    """Yield the address of a scheduler with this many worker processes of one thread."""
    with TemporaryDirectory() as folder, running_cluster(folder, n_workers) as processes:
        yield processes.address


@contextmanager
def cluster_to_kill(n_workers: int) -> Iterator[tuple[str, Callable[[int], None]]]:
    """Yield the address and a function that kills a worker, which a nanny restarts."""
    with (
        TemporaryDirectory() as folder,
        running_cluster(folder, n_workers, nanny=True) as processes,
        Client(scheduler_file=str(processes.scheduler_file), set_as_default=False) as client,
    ):

        def kill(number: int) -> None:
            pids = sorted(client.run(os.getpid, on_error="ignore").values())
            if pids:
                with suppress(ProcessLookupError):
                    os.kill(pids[number % len(pids)], signal.SIGKILL)

        yield processes.address, kill
