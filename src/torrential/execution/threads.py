"""Threads of this process: the engine that needs nothing, and the default.

::

    calling thread   waits, calls done(place), takes Ctrl-C
         |
    leading thread   begins items, takes their results in order, merges them
         |
    n_jobs threads   function(shared, item)

Signals are raised in the main thread, and a compiled function that is giving arrays back to Python
there may not survive it. So neither functions nor merges run in the calling thread. It also means
that Ctrl-C never comes in the middle of a merge.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, SupportsIndex, TypeVar

from torrential.errors import enough_memory_to
from torrential.execution.by_source import stream_by_source
from torrential.execution.contract import WORK, Executor, Function, Merge, Recipe
from torrential.execution.crew import Answer, Crew, led
from torrential.execution.fold import TreeFold
from torrential.execution.jobs import count_jobs
from torrential.execution.stopping import StopFlag, current_check, stop_when
from torrential.execution.waiting import take

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Threads(Executor):
    """Runs functions in threads of this process; nothing is pickled or copied.

    It suits functions that release Python's lock, as the kernels do. At most ``n_jobs + 1``
    results that are not yet merged are held at a time. On Ctrl-C, ``stop_requested()`` becomes true
    for the functions that run, and all threads have ended when the exception leaves.

    Parameters
    ----------
    n_jobs : int, optional
        Number of threads; None is 1, -1 all cores.

    Raises
    ------
    ParameterError
        If ``n_jobs`` is not a number of threads.

    Examples
    --------
    >>> Threads(2).map_reduce(lambda shared, x: shared * x, [1, 2, 3], lambda a, b: a + b, 10)
    60
    """

    n_jobs: SupportsIndex | None = None

    def __post_init__(self) -> None:
        count_jobs(self.n_jobs)

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
        run = _Run(function, items, shared, count_jobs(self.n_jobs))
        fold = TreeFold(merge)
        try:
            try:
                ended = run.leader.submit(run.fold_into, fold)
                while (place := take(run.finished)) is not None:
                    if done is not None:
                        done(place)
                ended.result()
                return fold.result()
            finally:
                run.end()
        except Exception:
            raise
        except BaseException:
            with suppress(KeyboardInterrupt, SystemExit):
                run.end()  # Ctrl-C may have come again, on the way to the line above
            if salvage is not None and fold:
                salvage(fold.result())
            raise

    def map(
        self, function: Function[Item, Result], items: Iterable[Item], shared: Any = None
    ) -> Generator[Result, None, None]:
        """Return results in the order of the items (see Executor).

        ``n_jobs + 1`` of them are held or in work. Callers close the generator
        (``contextlib.closing``): a stored exception would keep it and its threads alive.
        """
        run = _Run(function, items, shared, count_jobs(self.n_jobs))
        return led(run.results, run.stop)

    def stream(
        self, recipe: Recipe, sources: Iterable[Any], shared: Any = None
    ) -> Generator[Any, None, None]:
        """Return outputs of a recipe over all sources, in order (see Executor).

        All threads work on the items of one source, if there are no more: a single large file keeps
        them busy. Outputs are gathered in the thread that asks for them.
        """
        reads = [partial(recipe.read, shared, source) for source in sources]
        apply = partial(recipe.apply, shared)
        with closing(stream_by_source(reads, apply, count_jobs(self.n_jobs))) as results:
            for of_source in results:
                yield from recipe.gather(shared, of_source)


class _Run(Generic[Item, Result]):
    """One call: its items, its threads and its stop flag."""

    def __init__(
        self,
        function: Function[Item, Result],
        items: Iterable[Item],
        shared: Any,
        n_jobs: int,
    ) -> None:
        self._function = function
        self._items = items
        self._shared = shared
        self._n_jobs = n_jobs
        self._stopped = StopFlag()
        self._outer_check = current_check()
        self.results = self._take_in_order()
        self.leader = Crew(1, "torrential-lead")
        self.finished: SimpleQueue[int | None] = SimpleQueue()
        """Places of the items that are done, and None when the run has ended."""

    def stop(self) -> None:
        """Stop the running functions, and begin no other."""
        self._stopped.set()

    def end(self) -> None:
        """Stop, and wait until the threads have ended; then raise Ctrl-C that came meanwhile."""
        self.stop()
        self.leader.end(self.results.close)

    def fold_into(self, fold: TreeFold[Result]) -> None:
        """Merge all results; when stopped, include the partial results of running functions."""
        try:
            for result in self.results:
                fold.add(result.pop())
            if fold:
                fold.result()  # its merges are done here; who asks again gets what there is
        finally:
            self.results.close()
            self.finished.put(None)

    def _take_in_order(self) -> Generator[list[Result], None, None]:
        with Crew(self._n_jobs, "torrential-run") as crew:
            try:
                yield from self._take_from(crew)
            except BaseException:
                self._stopped.set()
                raise

    def _take_from(self, crew: Crew) -> Generator[list[Result], None, None]:
        unbegun = enumerate(self._items)
        begun: deque[Answer[list[Result]]] = deque()
        while True:
            self._begin(crew, unbegun, begun)
            if not begun:
                return
            try:
                result = begun.popleft().result()
            except BaseException:
                if not self._stopped.is_set():
                    raise
                continue  # others may have something to save
            if result:
                yield result

    def _begin(
        self,
        crew: Crew,
        unbegun: Iterator[tuple[int, Item]],
        begun: deque[Answer[list[Result]]],
    ) -> None:
        while len(begun) <= self._n_jobs and not self._stopped.is_set():
            place_and_item = next(unbegun, None)
            if place_and_item is None:
                return
            begun.append(crew.submit(self._work, *place_and_item))

    def _work(self, place: int, item: Item) -> list[Result]:
        """Return the result in a list; an empty list if the run was stopped before this began."""
        if self._stopped.is_set():
            return []
        with stop_when(self._outer_check), stop_when(self._stopped.is_set), enough_memory_to(WORK):
            result = [self._function(self._shared, item)]
        self.finished.put(place)
        return result
