"""One attempt at a call on a Dask cluster: its tasks and their outcomes."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from torrential.errors import ClusterError
from torrential.execution.contract import Function, Merge
from torrential.execution.dask.connection import Connection, LostWorkError, communication
from torrential.execution.dask.shared import send_to_workers
from torrential.execution.dask.worker import Call, MergeGroup, topic_of
from torrential.execution.relay import Watch, take
from torrential.execution.stopping import stop_run
from torrential.execution.waiting import WAKE_EVERY

Node = tuple[int, int]
"""Level in the tree, 0 for items, and place in the level."""

RETRIES = 1
"""Retries of a task, for a file system that fails once; deaths of workers count separately."""

CHECK_EVERY = 1.0
"""Seconds between looks at the workers: they may all be gone, or new ones may not fit."""

MAX_NAMES = 3
"""Most items that a message lists."""

CLOSE_SECONDS = 1.0
"""Most seconds to wait until Dask's thread notices the end; it takes milliseconds."""


class Run:
    """Submits tasks, waits for them, and takes them off the cluster again."""

    def __init__(self, connection: Connection, function: Function[Any, Any], shared: Any) -> None:
        self._connection = connection
        self._function = function
        self._id = uuid4().hex
        self._spans: dict[Node, tuple[str, str]] = {}
        self._unfinished: set[Node] = set()
        self._ended: SimpleQueue[Node] = SimpleQueue()
        self._n_submitted = self._n_called_back = 0
        self._next_check = monotonic() + CHECK_EVERY
        self.futures: dict[Node, Any] = {}
        self._shared: Any = None
        self._watch = Watch.of_now()
        with communication():
            connection.client.subscribe_topic(topic_of(self._id), _take)
        try:
            if shared is not None:
                self._shared = send_to_workers(connection, shared)
        except BaseException:
            self.close()
            raise

    def begin(self, place: int, item: Any) -> Node:
        """Submit an item."""
        node = (0, place)
        name = str(getattr(item, "name", f"item {place}"))
        self._spans[node] = (name, name)
        self._unfinished.add(node)
        key = (f"torrential-item-{self._id}", place)
        self._submit(
            node, key, Call(self._function, item, key, self._id, self._watch), self._shared
        )
        return node

    def merge(self, node: Node, merge: Merge[Any], parts: list[Node]) -> None:
        """Submit a merge of earlier submissions."""
        key = (f"torrential-merge-{self._id}", *node)
        self._spans[node] = (self._spans[parts[0]][0], self._spans[parts[-1]][1])
        self._submit(
            node,
            key,
            MergeGroup(merge, self._id, self._watch),
            *[self.futures[part] for part in parts],
        )

    def wait(self, deadline: float | None = None) -> Node:
        """Wait until a task has ended, successfully or not, and return its node."""
        while True:
            now = monotonic()
            if deadline is not None and now > deadline:
                raise LostWorkError("time is up")
            if now >= self._next_check:
                self._connection.check()
                self._next_check = monotonic() + CHECK_EVERY
            try:
                node = self._ended.get(timeout=WAKE_EVERY)
            except Empty:
                continue
            future = self.futures.get(node)  # None if it was released, which ends it, too
            if future is not None and future.status in ("cancelled", "lost"):
                raise self._loss()
            if future is not None:
                self._unfinished.discard(node)
                return node

    def look_again(self) -> None:
        """Make ``wait`` return all ended tasks again."""
        for node, future in self.futures.items():
            if future.status in ("finished", "error"):
                self._ended.put(node)

    def has_failed(self, node: Node) -> bool:
        """Return whether a task's function raised an exception, or killed workers."""
        return bool(self.futures[node].status == "error")

    def error(self, node: Node) -> Exception:
        """Return the exception of a failed task's function."""
        from distributed import KilledWorker

        with communication():
            error: Exception = self.futures[node].exception()
        self._connection.check()  # a worker that has just come and does not fit explains a lot
        if not isinstance(error, KilledWorker):
            return error
        names = map(self._name, sorted({node, *self._suspects()}))
        return ClusterError(
            f"{error.allowed_failures + 1} workers ended while they had {' or '.join(names)}, "
            f"the last of them {error.last_worker.address}: look into their logs; they may need "
            "more memory."
        )

    def _suspects(self) -> list[Node]:
        """Return items whose workers ended; Dask also counts items that were queued there."""
        from distributed import KilledWorker

        suspects = []
        for node, future in sorted(self.futures.items()):
            if node[0] == 0 and future.status == "error":
                with communication():
                    error = future.exception()
                suspects += [node] if isinstance(error, KilledWorker) else []
        return suspects

    def _loss(self) -> Exception:
        """Return why work is lost: an item that ends its workers, or a loss that allows a retry.

        When all that had the shared data have died, all items are lost at once, and Dask does not
        know which items ran then; the first items are the likely ones.
        """
        suspects = self._suspects()
        if suspects:
            return self.error(suspects[0])
        names = [self._name(node) for node in sorted(self._unfinished)]
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        return LostWorkError(f"not done: {', '.join(names[:MAX_NAMES])}{more}")

    def fetch(self, node: Node) -> Any:
        """Fetch a result from the cluster."""
        with communication():
            return self.futures[node].result()

    def request_stop(self) -> None:
        """Make running functions return their partial results, and others nothing."""
        with communication():
            self._connection.client.run(stop_run, self._id, on_error="ignore")

    def release(self, nodes: Iterable[Node]) -> None:
        """Release results; running tasks that no other task needs see the stop flag."""
        for node in nodes:
            future = self.futures.pop(node, None)
            if future is not None:
                future.release()

    def close(self) -> None:
        """Remove everything of this call from the cluster, and its callbacks for Python's end."""
        self.release(list(self.futures))
        if self._shared is not None:
            self._shared.release()
        deadline = monotonic() + CLOSE_SECONDS
        while self._n_called_back < self._n_submitted and monotonic() < deadline:
            sleep(0.001)
        with suppress(Exception):  # a connection that is gone has nothing to say any more
            self._connection.client.unsubscribe_topic(topic_of(self._id))

    def _submit(self, node: Node, key: Any, task: Callable[..., Any], *needed: Any) -> None:
        with communication():
            future = self._connection.client.submit(
                task, *needed, key=key, pure=False, retries=RETRIES
            )
        self.futures[node] = future
        self._n_submitted += 1
        future.add_done_callback(lambda _: self._call_back(node))

    def _name(self, node: Node) -> str:
        first, last = self._spans[node]
        return first if node[0] == 0 else f"the merge of {first} to {last}"

    def _call_back(self, node: Node) -> None:
        self._ended.put(node)
        self._n_called_back += 1  # Dask has one thread for all callbacks


def _take(event: tuple[float, dict[str, Any]]) -> None:
    """Receive a report of a worker, in Dask's thread."""
    _, report = event
    take(report, report["worker"])
