"""The connection to a Dask cluster: opened when it is needed, and its workers checked."""

import asyncio
import json
import logging
import platform
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from torrential.errors import ClusterError
from torrential.execution.crew import Crew
from torrential.extras import check_installed

LOGGERS = ("distributed", "distributed.client")
"""Loggers to which Dask gives a level and a handler on standard error."""

PACKAGE = "torrential"


def _is_no_cancel(record: logging.LogRecord) -> bool:
    """Drop one log record of Tornado's, which has a traceback.

    If Ctrl-C comes just before Dask has begun a request, it cancels what it does not
    have, in the thread of its event loop.
    """
    return "sync.<locals>.cancel" not in record.getMessage()


class LostWorkError(Exception):
    """The cluster has lost something; what was asked of it can be asked again."""


class Connection:
    """A client of a cluster: our own, by an address, or the user's."""

    def __init__(self, cluster: Any, timeout: float) -> None:
        self._cluster = cluster
        self._timeout = timeout
        self._client: Any = None
        self._checked: set[str] = set()
        self._is_scheduler_checked = False
        self._levels: list[int] = []
        self._without_workers_since: float | None = None

    @property
    def is_own(self) -> bool:
        """Whether this module closes the client."""
        return isinstance(self._cluster, (str, Path))

    @property
    def address(self) -> str:
        """Name of the cluster in messages."""
        if self.is_own:
            return str(self._cluster)
        scheduler = self._cluster.scheduler
        return str(scheduler.address if scheduler is not None else self._cluster)

    @property
    def client(self) -> Any:
        """Client, which is connected on first use."""
        if self._client is None or (self.is_own and self._client.status == "closed"):
            self.close()
            logging.getLogger("tornado.application").addFilter(_is_no_cancel)
            self._client = self._connect() if self.is_own else self._cluster
        return self._client

    def close(self) -> None:
        """Close the client if this connection opened it; it is opened again when needed."""
        client, self._client = self._client, None
        self._checked, self._is_scheduler_checked = set(), False
        if client is not None and self.is_own:
            client.close()
        for name, level in zip(LOGGERS, self._levels):
            logging.getLogger(name).setLevel(level)
        self._levels = []

    def wait_for_workers(self) -> int:
        """Wait until there are suitable workers; return their number of threads."""
        while not (n_threads := self.check()):
            sleep(0.1)
        return n_threads

    def check(self) -> int:
        """Raise ClusterError if the cluster is gone, empty for too long, or has unsuitable workers.

        Returns
        -------
        int
            Number of threads of all workers; 0 as long as there may still come some.
        """
        n_threads = self._ask_for_threads()
        self._checked &= set(n_threads)
        self._refuse_wrong(set(n_threads) - self._checked)
        now = monotonic()
        if n_threads:
            self._without_workers_since = None
        elif self._without_workers_since is None:
            self._without_workers_since = now
        elif now - self._without_workers_since > self._timeout:
            self._without_workers_since = None
            raise ClusterError(
                f"The cluster at {self.address} has no workers: start some, or look into their "
                "logs to see why they ended."
            )
        return sum(n_threads.values())

    def workers(self) -> set[str]:
        """Return the addresses of the current workers."""
        return set(self._ask_for_threads())

    def _connect(self) -> Any:
        import distributed  # when it is needed: this takes half a second

        self._levels = [logging.getLogger(name).level for name in LOGGERS]
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            address = self._read_address()
            _knock(address, self._timeout)
            return distributed.Client(
                address, timeout=self._timeout, set_as_default=False, name="torrential"
            )
        except (OSError, ValueError) as error:
            self.close()
            raise self._unreachable() from error

    def _read_address(self) -> str:
        if not isinstance(self._cluster, Path):
            return str(self._cluster)
        try:
            return str(json.loads(self._cluster.read_text())["address"])
        except (OSError, ValueError, LookupError, TypeError) as error:
            self.close()
            raise ClusterError(
                f"The scheduler file {self._cluster} is not readable: start the scheduler first."
            ) from error

    def _unreachable(self) -> ClusterError:
        return ClusterError(
            f"The cluster at {self.address} does not answer: check the address, and that its "
            "scheduler runs."
        )

    def _ask_for_threads(self) -> dict[str, int]:
        client = self.client
        deadline = monotonic() + self._timeout
        while client.status == "connecting" and monotonic() < deadline:
            sleep(0.05)
        if client.status != "running":
            self.close()
            raise self._unreachable()
        try:
            threads: dict[str, int] = client.sync(
                client.scheduler.ncores, callback_timeout=self._timeout
            )
        except (OSError, TimeoutError) as error:
            self.close()
            raise self._unreachable() from error
        return threads

    def _refuse_wrong(self, workers: set[str]) -> None:
        """Raise ClusterError for unsuitable versions, with Python's own functions on any worker."""
        if not workers:
            return
        self._refuse_wrong_scheduler()
        run = self.client.run
        with communication():
            packages = run(version, PACKAGE, workers=list(workers), on_error="return")
            pythons = run(platform.python_version, workers=list(workers), on_error="return")
        for worker in sorted(workers):
            package, python = packages.get(worker), pythons.get(worker)
            if not isinstance(python, str) or isinstance(package, OSError):
                continue  # it has left in the meantime
            theirs = package if isinstance(package, str) else None
            _compare(f"Worker {worker}", PACKAGE, theirs, version(PACKAGE))
            _compare(f"Worker {worker}", "Python", _minor(python), _own_python())
            self._checked.add(worker)

    def _refuse_wrong_scheduler(self) -> None:
        """Check the scheduler's versions once: it unpickles tasks before it passes them on."""
        if self._is_scheduler_checked:
            return
        run = self.client.run_on_scheduler
        with communication():
            try:
                theirs = run(version, PACKAGE)
            except PackageNotFoundError:
                theirs = None
            python = run(platform.python_version)
        name = f"The scheduler at {self.address}"
        _compare(name, PACKAGE, theirs, version(PACKAGE))
        _compare(name, "Python", _minor(python), _own_python())
        self._is_scheduler_checked = True


def _compare(who: str, name: str, theirs: str | None, ours: str) -> None:
    if theirs != ours:
        has = f"{name} {theirs}" if theirs else f"no {name}"
        raise ClusterError(
            f"{who} has {has}, and this process has {name} {ours}: install the same version on the "
            "scheduler and all workers."
        )


def _knock(address: str, timeout: float) -> None:
    """Raise OSError if no scheduler answers; Dask's client would wait forever for an answer.

    This happens in another thread, because this thread may have an event loop.
    """
    from distributed import Security
    from distributed.comm import connect

    async def knock() -> None:
        async with asyncio.timeout(timeout):
            comm = await connect(address, timeout, **Security().get_connection_args("client"))
            await comm.close()

    try:
        Crew(1, "torrential-knock").submit(lambda: asyncio.run(knock())).result()
    except Exception as error:
        raise OSError(str(error)) from error


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


def _own_python() -> str:
    return _minor(platform.python_version())


def check_distributed() -> None:
    """Raise a ParameterError if Dask, an extra, is not installed; do not load it."""
    check_installed("distributed", "Dask")


@contextmanager
def communication() -> Generator[None, None, None]:
    """Turn a cluster's errors about lost connections or data into LostWorkError."""
    from distributed.client import CancelledError

    try:
        yield
    except (CancelledError, OSError, TimeoutError) as error:
        raise LostWorkError(str(error)) from error
