"""joblib: functions wherever its back ends run them; results are merged here.

It is for functions that hold Python's lock, such as most estimators of others: processes help them.
"""

import os
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Lock, current_thread, main_thread
from time import sleep
from typing import Any, SupportsIndex, TypeVar
from uuid import uuid4

from torrential.errors import enough_memory_to
from torrential.execution.contract import WORK, Executor, Function, Merge
from torrential.execution.crew import Crew
from torrential.execution.fold import TreeFold
from torrential.execution.relay import Report, Watch, take
from torrential.execution.stopping import is_run_stopped, stop_run, stop_when

Item = TypeVar("Item")
Result = TypeVar("Result")

WINDOW = 8
"""Items for each worker that joblib gets at a time. It hands out items while results that no one
has taken pile up; when a window ends, workers wait for the last of it."""

PAUSE = 1e-3
"""Seconds between two looks at whether functions that were interrupted have ended."""


@dataclass(frozen=True)
class Joblib(Executor):
    """Runs functions through ``joblib.Parallel``.

    All results pass through this process. Functions in other processes do not see
    ``stop_requested()``; they are ended. ``done`` is called in the order of the items.

    Parameters
    ----------
    n_jobs : int, optional
        Number of workers, as joblib has it; None takes what ``joblib.parallel_config`` says, or 1.
    backend : str, optional
        Name of a back end, as "loky" or "threading"; None takes what ``joblib.parallel_config``
        says, or joblib's default.

    Examples
    --------
    >>> Joblib(2, "threading").map_reduce(lambda _, x: 2 * x, [1, 2, 3], lambda a, b: a + b)
    12
    """

    n_jobs: SupportsIndex | None = None
    backend: str | None = None

    def map_reduce(
        self,
        function: Function[Item, Result],
        items: Iterable[Item],
        merge: Merge[Result],
        shared: Any = None,
        *,
        done: Callable[[int], object] | None = None,
        salvage: Callable[[Result], object] | None = None,
    ) -> Result:
        """Apply ``function`` to all items; merge the results in one fixed tree (see Executor)."""
        fold = TreeFold(merge)
        with Crew(1, "torrential-fold") as crew:  # no interrupt divides a merge
            results = self.map(function, items, shared)
            try:
                for place, result in enumerate(results):
                    crew.submit(fold.add, result).result()
                    del result
                    if done is not None:
                        done(place)
            except Exception:
                raise
            except BaseException:
                results.close()
                if salvage is not None and crew.submit(fold.__bool__).result():
                    salvage(crew.submit(fold.result).result())
                raise
            finally:
                results.close()
            return crew.submit(fold.result).result()

    def map(
        self, function: Function[Item, Result], items: Iterable[Item], shared: Any = None
    ) -> Generator[Result, None, None]:
        """Return results in the order of the items (see Executor); callers close the generator."""
        from joblib import delayed

        task = _Task(function, uuid4().hex, os.getpid(), Watch.of_now())
        unbegun = iter(items)
        try:
            with self._parallel() as parallel:
                while window := list(islice(unbegun, WINDOW * self._count_workers())):
                    outcomes = iter(parallel(delayed(task)(shared, item) for item in window))
                    with _closing_early(outcomes, task.run):
                        for outcome in outcomes:
                            for report in outcome.reports:
                                take(report)
                            if outcome.error is not None:
                                raise outcome.error
                            yield outcome.value
                            del outcome
        finally:
            stop_run(task.run)
            _active.wait_for_end(task.run)

    def _parallel(self) -> Any:
        from joblib import Parallel

        try:
            return Parallel(n_jobs=self.n_jobs, backend=self.backend, return_as="generator")
        except ValueError:  # the back ends for multiprocessing, Ray and Spark have no generators
            return Parallel(n_jobs=self.n_jobs, backend=self.backend)

    def _count_workers(self) -> int:
        from joblib import effective_n_jobs, parallel_config

        if self.backend is None:
            return int(effective_n_jobs(self.n_jobs))
        with parallel_config(self.backend):
            return int(effective_n_jobs(self.n_jobs))


@contextmanager
def _closing_early(outcomes: Iterator[Any], run: str) -> Generator[None, None, None]:
    """Stop the run and close joblib's generator when the block is left early."""
    try:
        yield
    except BaseException:
        stop_run(run)
        if isinstance(outcomes, Generator):
            with warnings.catch_warnings():
                # joblib says that results were not used: it is what closing early means.
                warnings.simplefilter("ignore")
                outcomes.close()
        raise


@dataclass(frozen=True)
class _Outcome:
    """The outcome of an item. An error is returned, because joblib raises any of several."""

    value: Any = None
    error: Exception | None = None
    reports: list[Report] = field(default_factory=list)


@dataclass(frozen=True)
class _Task:
    """The function that joblib calls for an item, in any worker."""

    function: Function[Any, Any]
    run: str
    driver: int
    watch: Watch

    def __call__(self, shared: Any, item: Any) -> _Outcome:
        """Apply the function, never in a main thread (see ``threads.py``)."""
        if current_thread() is not main_thread():
            return self._apply(shared, item)
        with Crew(1, "torrential-run") as crew:
            try:
                return crew.submit(self._apply, shared, item).result()
            except BaseException:
                stop_run(self.run)
                raise

    def _apply(self, shared: Any, item: Any) -> _Outcome:
        outcome = _Outcome()
        with _active.one_more(self.run), stop_when(lambda: is_run_stopped(self.run)):
            try:
                with self.watch.reported(outcome.reports.append), enough_memory_to(WORK):
                    value = self.function(shared, item)
                return replace(outcome, value=value)
            except Exception as error:
                if os.getpid() != self.driver:  # the traceback is not sent
                    error.add_note(traceback.format_exc())
                return replace(outcome, error=error)


class _Active:
    """Counts the functions that run in this process, for each run.

    joblib's threads continue after an interrupted call, and joblib does not wait for them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    @contextmanager
    def one_more(self, run: str) -> Generator[None, None, None]:
        with self._lock:
            self._counts[run] += 1
        try:
            yield
        finally:
            with self._lock:
                self._counts[run] -= 1
                if not self._counts[run]:
                    del self._counts[run]

    def wait_for_end(self, run: str) -> None:
        while run in self._counts:
            sleep(PAUSE)


_active = _Active()
