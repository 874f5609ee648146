"""A few independent tasks at once, over kernels that release the GIL."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Any, Self

from torrential.execution.stopping import stoppable
from torrential.execution.waiting import result_of
from torrential.tracing import owner, work_for

Task = Callable[[], Any]


class TaskRunner:
    """Runs lists of tasks on threads that it keeps; returns when all of a list are done.

    Examples
    --------
    >>> with TaskRunner(2) as run:
    ...     run([lambda: "a", lambda: "b"])
    ['a', 'b']
    """

    def __init__(self, n_jobs: int) -> None:
        self.n_jobs = n_jobs
        self._owner = owner()
        self._pool = self._new_pool()

    def __call__(self, tasks: Sequence[Task]) -> list[Any]:
        """Run the tasks and return their results in order.

        None runs in this thread: a signal is raised where the main thread is, and a compiled
        function that is giving its result back to Python then may not survive it.
        """
        stopped = Event()
        try:
            running = [self._pool.submit(stoppable(task, stopped)) for task in tasks]
            return [result_of(task) for task in running]
        except BaseException:
            stopped.set()
            # The others write to arrays of the caller's. All of them are known to the pool only:
            # Ctrl-C may have come while one was being submitted.
            self._pool.shutdown()
            self._pool = self._new_pool()
            raise

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.n_jobs, "torrential-task", work_for, (self._owner,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown()
