"""A few independent tasks at once, over kernels that release the GIL."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Self

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
        self._pool = ThreadPoolExecutor(n_jobs - 1, "torrential-task") if n_jobs > 1 else None

    def __call__(self, tasks: Sequence[Task]) -> list[Any]:
        """Run the tasks, the first one in this thread, and return their results in order."""
        if self._pool is None or len(tasks) < 2:
            return [task() for task in tasks]
        others = [self._pool.submit(task) for task in tasks[1:]]
        try:
            first = tasks[0]()
        finally:
            wait(others)  # they write to arrays of the caller's
        return [first, *(other.result() for other in others)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()
