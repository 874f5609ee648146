"""Data shared by the items of a call, sent to the workers of a Dask cluster."""

from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any

from torrential.execution.crew import Crew
from torrential.execution.dask.connection import Connection, communication
from torrential.execution.dask.worker import is_there
from torrential.execution.waiting import WAKE_EVERY, take
from torrential.tracing import span

INTERRUPT_SECONDS = 3.0
"""Seconds that Ctrl-C waits for data that is being sent."""

SPREAD_SECONDS = 10.0
"""Seconds to wait until all workers have the data: other users may keep them busy."""

PAUSE = 2e-3
"""Seconds between two checks of that."""

CHECK_EVERY = 1.0
"""Seconds between two checks of the workers."""


def send_to_workers(connection: Connection, shared: Any) -> Any:
    """Send data to all workers: to one, and from there to the others by tasks.

    Dask's own broadcast waits forever for a worker that dies in the meantime, and no other
    broadcast can begin on that cluster. And a client that goes away while something is sent leaves
    it there for ever: the scheduler notes who wants it when it has sent it. So Ctrl-C waits until
    it has.
    """
    outcomes: SimpleQueue[Any] = SimpleQueue()
    sender = Crew(1, "torrential-scatter")  # nobody waits for its end: a cluster may never answer
    try:
        sender.submit(_send, connection.client, shared, outcomes)
        outcome = take(outcomes)
    except BaseException:
        _release_late(outcomes)
        raise
    if isinstance(outcome, BaseException):
        raise outcome
    try:
        _spread(connection, outcome)
    except BaseException:
        outcome.release()
        raise
    return outcome


def _send(client: Any, shared: Any, outcomes: "SimpleQueue[Any]") -> None:
    try:
        with communication(), span("send"):
            # In a list: Dask would split a list or a dict.
            [future] = client.scatter([shared], hash=False)
    except BaseException as error:
        outcomes.put(error)
    else:
        outcomes.put(future)


def _release_late(outcomes: "SimpleQueue[Any]") -> None:
    """Wait for data in transit, for a limited time, and release it; Ctrl-C may come again."""
    deadline = monotonic() + INTERRUPT_SECONDS
    while monotonic() < deadline:
        try:
            outcome = outcomes.get(timeout=WAKE_EVERY)
        except (Empty, KeyboardInterrupt, SystemExit):
            continue
        if not isinstance(outcome, BaseException):
            outcome.release()
        return


def _spread(connection: Connection, future: Any) -> None:
    """Make each worker fetch data; do not wait for workers that leave or are busy."""
    client, copies = connection.client, {}
    next_check = monotonic() + CHECK_EVERY
    deadline = monotonic() + SPREAD_SECONDS
    try:
        with communication():
            for worker in connection.workers():
                copies[worker] = client.submit(is_there, future, workers=[worker], pure=False)
        while any(copy.status == "pending" for copy in copies.values()) and monotonic() < deadline:
            sleep(PAUSE)
            if monotonic() >= next_check:
                there, next_check = connection.workers(), monotonic() + CHECK_EVERY
                for worker in copies.keys() - there:
                    copies.pop(worker).release()
    finally:
        for copy in copies.values():
            copy.release()
