"""Threads that the main thread commands and waits for, wherever Ctrl-C strikes it.

An interrupt is raised in the main thread, after any call. Locks that are written in Python
(``Condition``, and with it ``Event``, ``Future``, ``ThreadPoolExecutor`` and ``Thread.start``) can
be taken at that moment, while the block that releases them has not begun: then they stay locked,
and a thread that needs one waits forever. So the main thread uses none of them here, but only what
is one call into C: ``SimpleQueue``, ``start_new_thread``, and setting an attribute.
"""

from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar
from weakref import ref

from torrential.execution.waiting import wait_until
from torrential.tracing import owner, work_for

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

Tasks = SimpleQueue["Callable[[], object] | ref[Crew] | None"]
"""What a crew is to do. None ends one thread; a reference to the crew, which is gone, ends all."""


class Answer(Generic[Result]):
    """The result of a function that a crew runs, or its error."""

    __slots__ = ("_error", "_is_there", "_value", "_wake")

    def __init__(self) -> None:
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._is_there = False
        self._value: Result | None = None
        self._error: BaseException | None = None

    def of(self, function: Callable[[], Result]) -> None:
        """Run the function and keep what it returns or raises."""
        try:
            self._value = function()
        except BaseException as error:
            self._error = error
        self._is_there = True
        self._wake.put(None)

    def result(self) -> Result:
        """Wait for the result and return it, or raise the error; it can be asked for again."""
        wait_until(lambda: self._is_there, self._wake)
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


class Crew:
    """A few threads that run functions in the order in which they are given.

    Threads start when there is work for them. The end of the block waits for all functions that
    were given, also when Ctrl-C comes, and comes again. Threads of a crew that is gone end after
    the work they have: so an interrupt just before that wait leaves none behind.

    Parameters
    ----------
    n_threads : int
    name : str
        Name of the threads; each has a number behind it.

    Examples
    --------
    >>> with Crew(2, "example") as crew:
    ...     answers = [crew.submit(pow, 2, power) for power in range(4)]
    ...     [answer.result() for answer in answers]
    [1, 2, 4, 8]
    """

    def __init__(self, n_threads: int, name: str) -> None:
        self._n_threads = n_threads
        self._name = name
        self._owner = owner()
        self._tasks: Tasks = SimpleQueue()
        self._members: list[_Member] = []

    def submit(
        self,
        function: Callable[Arguments, Result],
        *args: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer[Result]:
        """Have a thread run a function; return where its result will be."""
        answer: Answer[Result] = Answer()
        self._start_one_more()
        self._tasks.put(partial(answer.of, partial(function, *args, **named)))
        return answer

    def wait(self) -> None:
        """Wait until one thread has done all it was given, for crews of one; then raise Ctrl-C.

        Whether a function was given when an interrupt came, only the queue knows; so another one is
        put behind it.
        """
        self._whatever_comes(lambda: self.submit(int).result())

    def end(self, last: Callable[[], object] | None = None) -> None:
        """Wait until the threads have done all they were given and have ended; then raise Ctrl-C.

        Parameters
        ----------
        last : callable, optional
            A function that one of them runs before; it may run more than once.
        """
        self._whatever_comes(partial(self._end, last))

    def _end(self, last: Callable[[], object] | None) -> None:
        if last is not None and not any(member.has_ended for member in self._members):
            self.submit(last)
        for _ in self._members:
            self._tasks.put(None)
        for member in self._members:
            member.wait_for_end()

    def _whatever_comes(self, wait: Callable[[], object]) -> None:
        interrupt: BaseException | None = None
        while True:
            try:
                wait()
                break
            except (KeyboardInterrupt, SystemExit) as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def _start_one_more(self) -> None:
        """Start a thread if there is room for it, or the one that an interrupt left unstarted."""
        if not self._members or (
            self._members[-1].has_started and len(self._members) < self._n_threads
        ):
            # What calls `put` is C: an interrupt that came in code of ours here would be ignored.
            end = ref(self, self._tasks.put)
            name = f"{self._name}_{len(self._members)}"
            self._members.append(_Member(self._tasks, end, self._owner, name))
        member = self._members[-1]
        try:
            member.start()
        except Exception:  # no room for another thread
            self._members.remove(member)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()


def led(
    results: Generator[list[Result], None, None], stop: Callable[[], object]
) -> Generator[Result, None, None]:
    """Yield what a generator gives, which runs in a thread of its own.

    Parameters
    ----------
    results : generator of list
        Each list has one result, and does not keep it.
    stop : callable
        Called when no more is wanted, while the generator may still run.
    """
    with Crew(1, "torrential-lead") as leader:
        try:
            while result := leader.submit(next, results, []).result():
                yield result.pop()
        finally:
            stop()
            leader.end(results.close)


class _Member:
    """A thread of a crew, and whether it has started and ended."""

    def __init__(self, tasks: Tasks, end: "ref[Crew]", owner: int, name: str) -> None:
        self._tasks, self._end, self._owner = tasks, end, owner
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._first = allocate_lock()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._error: BaseException | None = None
        self.has_started = False
        self.has_ended = False

    def start(self) -> None:
        """Wait until the thread runs, or raise what keeps it from starting; again if need be.

        It is started by a thread that no signal reaches, and only once.
        """
        if not self.has_started:
            start_new_thread(self._start, ())
            wait_until(lambda: self.has_started or self._error is not None, self._wake)
            if self._error is not None:
                raise self._error

    def _start(self) -> None:
        if not self._first.acquire(blocking=False):
            return
        try:
            self._thread.start()
            self.has_started = True
        except BaseException as error:
            self._error, self.has_ended = error, True
        self._wake.put(None)

    def wait_for_end(self) -> None:
        """Wait until the thread, which was asked to end, has ended."""
        with suppress(RuntimeError, MemoryError):  # no room for a thread: then there is none
            self.start()  # Ctrl-C may have come just before
        if self.has_started:
            # In Python 3.11 a thread whose `join` was interrupted counts as ended from then on.
            wait_until(lambda: self.has_ended, self._wake)
            self._thread.join()

    def _work(self) -> None:
        work_for(self._owner)
        while (task := self._tasks.get()) is not None:
            if isinstance(task, ref):
                self._tasks.put(task)  # for the other threads
                break
            task()
            del task  # it has the result
        self.has_ended = True
        self._wake.put(None)
