"""Work that an interrupt does not split: it runs as a whole, or does not begin."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

from torrential.execution.waiting import take
from torrential.tracing import owner, work_for

Result = TypeVar("Result")

PAUSE = 1e-3
"""Seconds between two looks at whether what was interrupted has come to its end."""


@dataclass(slots=True)
class _Outcome(Generic[Result]):
    value: Result | None = None
    error: BaseException | None = None


class Whole:
    """Runs functions in a thread of its own, and waits for them also when Ctrl-C comes.

    Signals are raised in the main thread, wherever it is: between two lines that belong together
    too. In another thread none is. So an interrupt that comes while a function runs is raised when
    it has come to its end; one that comes before leaves it undone.

    Examples
    --------
    >>> with Whole() as whole:
    ...     whole(lambda: 6 * 7)
    42

    Notes
    -----
    It waits for no thread to end, and holds no lock while it waits: in Python 3.11 a thread whose
    `join` was interrupted counts as ended from then on.
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._owner = owner()
        self._thread = threading.Thread(target=self._work, name="torrential-whole", daemon=True)

    def _work(self) -> None:
        work_for(self._owner)
        while (task := self._tasks.get()) is not None:
            task()

    def __call__(self, function: Callable[[], Result]) -> Result:
        """Run a function, and return its result or raise its error."""
        outcomes: SimpleQueue[_Outcome[Result]] = SimpleQueue()
        try:
            self._tasks.put(partial(_run, function, outcomes))
            outcome = take(outcomes)
        except BaseException:
            self._wait()
            raise
        if outcome.error is not None:
            raise outcome.error
        return outcome.value  # type: ignore[return-value]

    def _wait(self) -> None:
        """Wait until the thread has finished its work, also when Ctrl-C comes again.

        Whether it was given a task, only the queue knows; so there is another behind it.
        """
        passed: list[bool] = []
        while not passed:
            try:
                self._tasks.put(partial(passed.append, True))
                while not passed:
                    time.sleep(PAUSE)
            except (KeyboardInterrupt, SystemExit):
                continue  # there is one on its way already

    def __enter__(self) -> Self:
        try:
            self._thread.start()
        except BaseException:  # Ctrl-C came when it had started, perhaps
            self._tasks.put(None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tasks.put(None)
        self._thread.join()


def _run(function: Callable[[], Result], outcomes: "SimpleQueue[_Outcome[Result]]") -> None:
    try:
        outcome = _Outcome(function())
    except BaseException as error:
        outcome = _Outcome(error=error)
    outcomes.put(outcome)
