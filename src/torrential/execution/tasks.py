"""A few independent tasks at once, over kernels that release the GIL."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from torrential.execution.crew import Crew
from torrential.execution.stopping import StopFlag, stoppable

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
        self._crew = self._new_crew()

    def __call__(self, tasks: Sequence[Task]) -> list[Any]:
        """Run the tasks and return their results in order.

        None runs in this thread: a signal is raised where the main thread is, and a compiled
        function that is giving its result back to Python then may not survive it.
        """
        stopped = StopFlag()
        try:
            running = [self._crew.submit(stoppable(task, stopped)) for task in tasks]
            return [task.result() for task in running]
        except BaseException:
            stopped.set()
            # The others write to arrays of the caller's. All of them are known to the crew only:
            # Ctrl-C may have come while one was being submitted.
            self._crew.end()
            self._crew = self._new_crew()
            raise

    def _new_crew(self) -> Crew:
        return Crew(self.n_jobs, "torrential-task")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._crew.end()
