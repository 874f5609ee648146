r"""Items of many sources, each passed through a function, on threads, in order.

::

    source 0  --next--> item --function--> result 0.0, 0.1, ...  \
    source 1  --next--> item --function--> result 1.0, 1.1, ...   }-- one after the other
    ...                                                          /

A source (a partition) is read by one thread at a time, but what it gives is worked on by all: so
one large compressed file keeps all cores busy, and so do many small ones.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from torrential.execution.crew import Crew, led
from torrential.execution.stopping import StopFlag, current_check, stop_when, stoppable
from torrential.execution.waiting import WAKE_EVERY
from torrential.tracing import counters, owner, span, work_for

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 4
"""Items that may be ready or in work for each thread, so that a slow item blocks no thread."""


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[Result]):
    """The outcome of an item."""

    value: Result | None = None
    error: BaseException | None = None


class _Source(Generic[Item, Result]):
    """A source that has been opened, and what has come of its items."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = iter(items)
        self.outcomes: dict[int, _Outcome[Result]] = {}
        self.n_read = 0
        self.n_taken = 0
        self.is_being_read = False
        self.is_exhausted = False

    @property
    def n_outstanding(self) -> int:
        return self.n_read - self.n_taken

    @property
    def is_done(self) -> bool:
        return self.is_exhausted and self.n_outstanding == 0


class _Stream(Generic[Item, Result]):
    """The threads' common ground: everything in it is read and written under its lock.

    The main thread takes no part in it, for Ctrl-C would leave the lock locked (see ``crew.py``).
    """

    def __init__(
        self,
        sources: Sequence[Callable[[], Iterable[Item]]],
        function: Callable[[Item], Result],
        n_jobs: int,
    ) -> None:
        self._unopened = iter(sources)
        self._open: list[_Source[Item, Result]] = []
        self._function = function
        self._n_jobs = n_jobs
        self._changed = threading.Condition()
        self._owner = owner()
        self._outer_check = current_check()
        self._stopped = False
        self._all_opened = False
        self._threads = [
            threading.Thread(target=self._work, name=f"torrential-{i}", daemon=True)
            for i in range(n_jobs)
        ]

    def stop(self) -> None:
        """Let the threads end after the items in hand; no lock is needed for it."""
        self._stopped = True

    def results(self) -> Generator[list[Result], None, None]:
        """Start the threads and give each result, in order, in a list that does not keep it."""
        try:
            for thread in self._threads:
                thread.start()
            while True:
                with self._changed:
                    outcome = self._take()
                    if outcome is None:
                        with span("wait"):
                            outcome = self._wait()
                    if outcome is None:
                        return
                    self._changed.notify_all()
                if outcome.error is not None:
                    raise outcome.error
                result = [cast(Result, outcome.value)]
                del outcome
                yield result
        finally:
            self._end()

    def _wait(self) -> _Outcome[Result] | None:
        """Wait for the next result in order; return None when all are taken."""
        while not self._stopped and not (self._all_opened and not self._open):
            self._changed.wait(WAKE_EVERY)
            outcome = self._take()
            if outcome is not None:
                return outcome
        return None

    def _take(self) -> _Outcome[Result] | None:
        """Return the next result in order, if it is ready."""
        while self._open:
            first = self._open[0]
            if first.n_taken in first.outcomes:
                first.n_taken += 1
                ready = sum(len(source.outcomes) for source in self._open)
                counters.set("queue", ready / (AHEAD * self._n_jobs))
                return first.outcomes.pop(first.n_taken - 1)
            if not first.is_done:
                return None
            self._open.pop(0)
            self._changed.notify_all()
        return None

    def _end(self) -> None:
        self.stop()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _is_stopped(self) -> bool:
        return self._stopped

    def _work(self) -> None:
        work_for(self._owner)
        while True:
            with self._changed:
                source = self._pick()
                while source is None:
                    if self._stopped or (self._all_opened and self._all_read()):
                        return
                    with span("wait"):
                        self._changed.wait()
                    source = self._pick()
                if self._stopped:
                    return
                source.is_being_read = True
                number = source.n_read
            with stop_when(self._outer_check), stop_when(self._is_stopped):
                outcome = self._read_and_apply(source)
            if outcome is not None:
                with self._changed:
                    source.outcomes[number] = outcome
                    self._changed.notify_all()

    def _read_and_apply(self, source: _Source[Item, Result]) -> _Outcome[Result] | None:
        try:
            item = next(source.items)
        except StopIteration:
            self._after_reading(source, is_exhausted=True)
            return None
        except BaseException as error:
            self._after_reading(source, n_read=1, is_exhausted=True)
            return _Outcome(error=error)
        self._after_reading(source, n_read=1)
        try:
            return _Outcome(self._function(item))
        except BaseException as error:
            return _Outcome(error=error)

    def _after_reading(
        self, source: _Source[Item, Result], *, n_read: int = 0, is_exhausted: bool = False
    ) -> None:
        with self._changed:
            source.n_read += n_read
            source.is_being_read = False
            source.is_exhausted = is_exhausted
            self._changed.notify_all()

    def _pick(self) -> _Source[Item, Result] | None:
        """Return the earliest source that can be read; the first source is never blocked."""
        is_full = sum(source.n_outstanding for source in self._open) >= AHEAD * self._n_jobs
        for place, source in enumerate(self._open):
            if source.is_being_read or source.is_exhausted:
                continue
            if not is_full or (place == 0 and source.n_outstanding < self._n_jobs):
                return source
        if is_full or len(self._open) > self._n_jobs or self._all_opened:
            return None
        return self._open_next()

    def _open_next(self) -> _Source[Item, Result] | None:
        make = next(self._unopened, None)
        if make is None:
            self._all_opened = True
            self._changed.notify_all()
            return None
        source: _Source[Item, Result] = _Source(_lazily(make))
        self._open.append(source)
        return source

    def _all_read(self) -> bool:
        return all(source.is_exhausted for source in self._open)


def _lazily(make: Callable[[], Iterable[Item]]) -> Iterator[Item]:
    """Open the source when its first item is requested, in the thread that reads it."""
    yield from make()


def _one_by_one(
    sources: Sequence[Callable[[], Iterable[Item]]], function: Callable[[Item], Result]
) -> Generator[Result, None, None]:
    """Apply the function in another thread, and wait for it.

    Signals are raised in the main thread, and a compiled function that is giving arrays back to
    Python there may not survive it.
    """
    stopped = StopFlag()
    function = stoppable(function, stopped)
    with Crew(1, "torrential") as crew:
        try:
            for make in sources:
                for item in make():
                    with span("wait"):
                        result = crew.submit(function, item).result()
                    yield result
        finally:
            stopped.set()


def stream(
    sources: Sequence[Callable[[], Iterable[Item]]],
    function: Callable[[Item], Result],
    n_jobs: int = 1,
) -> Generator[Result, None, None]:
    """Apply ``function`` to all items of all sources, on threads; yield the results in order.

    Results are the same, in the same order, for any ``n_jobs``. At most about ``4 * n_jobs``
    items and ``n_jobs + 1`` open sources are held at a time. An error in a source or in
    ``function`` is raised in its place in the order. When the iterator is closed, or an exception
    such as Ctrl-C goes through its caller, the threads end after the current item. Callers close
    it (``contextlib.closing``): a stored exception would keep it and its threads alive.

    Examples
    --------
    >>> list(stream([lambda: [1, 2], lambda: [3]], lambda x: 10 * x, n_jobs=2))
    [10, 20, 30]
    """
    if n_jobs == 1:
        return _one_by_one(sources, function)
    common = _Stream(sources, function, n_jobs)
    return led(common.results(), common.stop)
