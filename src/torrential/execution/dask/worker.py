"""Code that runs on the workers of a Dask cluster: items, merges, and the stop flag."""

from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from functools import partial
from time import monotonic
from typing import Any

from torrential.errors import MissingDataError, enough_memory_to
from torrential.execution.contract import WORK, Function, Merge
from torrential.execution.relay import Report, Watch
from torrential.execution.stopping import is_run_stopped, stop_when
from torrential.tracing import span

Key = tuple[str | int, ...]

LOOK_EVERY = 0.05
"""Seconds between looks at the state of the task: functions may ask after every row."""


class Skipped(Enum):
    """Placeholder for the result of an item that had not begun when the run was stopped."""

    SKIPPED = "skipped"


SKIPPED = Skipped.SKIPPED


@dataclass(frozen=True)
class Call:
    """A task for an item. Dask does not look for tasks and keys inside it, as it does in tuples."""

    function: Function[Any, Any]
    item: Any
    key: Key
    run: str
    watch: Watch

    def __call__(self, shared: Any) -> Any:
        """Apply the function on the worker."""
        from distributed import get_worker

        worker = get_worker()
        is_stopped = _StopCheck(worker, self.key, self.run)
        if is_stopped():
            return SKIPPED
        report = partial(_report, worker, self.run)
        try:
            with stop_when(is_stopped), self.watch.reported(report), enough_memory_to(WORK):
                return self.function(shared, self.item)
        except MissingDataError as error:
            raise MissingDataError(
                f"{error} Worker {worker.address} looked for it: on a cluster, all workers must "
                "see the files under the same paths."
            ) from error
        except Exception:
            if is_run_stopped(self.run):
                return SKIPPED  # others may have something to save
            raise


def topic_of(run: str) -> str:
    """Return the topic of a run's reports on the cluster."""
    return f"torrential-{run}"


def _report(worker: Any, run: str, report: Report) -> None:
    worker.log_event(topic_of(run), report | {"worker": worker.address})


@dataclass(frozen=True)
class MergeGroup:
    """A task that merges results."""

    merge: Merge[Any]
    run: str
    watch: Watch

    def __call__(self, *results: Any) -> Any:
        """Merge from the left.

        Results are Dask's: it may need one again that a merge has changed, when it moves this task
        to another worker. Besides, arrays that came over the network may be read-only.
        """
        from distributed import get_worker

        report = partial(_report, get_worker(), self.run)
        with self.watch.reported(report), span("merge"):
            return self._merged(results)

    def _merged(self, results: tuple[Any, ...]) -> Any:
        kept = [result for result in results if result is not SKIPPED]
        if not kept:
            return SKIPPED
        first = kept[0] if len(kept) == 1 else deepcopy(kept[0])
        for second in kept[1:]:
            first = self.merge(first, second)
        return first


def is_there(data: Any) -> bool:
    """Report that data has arrived."""
    return True


class _StopCheck:
    """Check whether a task is still wanted; it asks this worker, not the scheduler."""

    def __init__(self, worker: Any, key: Key, run: str) -> None:
        self._worker = worker
        self._key = key
        self._run = run
        self._stopped = False
        self._next_look = 0.0

    def __call__(self) -> bool:
        now = monotonic()
        if not self._stopped and now >= self._next_look:
            self._stopped = self._look()
            self._next_look = now + LOOK_EVERY
        return self._stopped

    def _look(self) -> bool:
        if is_run_stopped(self._run):
            return True
        if self._worker.status.name in ("closing", "closed", "failed"):
            return True
        task = self._worker.state.tasks.get(self._key)
        return task is None or task.state == "cancelled"
