"""The stop flag: how a function learns that the run it belongs to has been interrupted."""

from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from torrential.kernels import compiling

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

Check = Callable[[], bool]


def _never() -> bool:
    return False


_check: ContextVar[Check] = ContextVar("torrential_stop_requested", default=_never)


def stop_requested() -> bool:
    """Return whether the calling function should return now with its partial result.

    It is true when the run of the function was interrupted, or when another of its items failed.
    Functions that engines run ask between batches, every 0.1 s or so. Outside of any run it is
    false. It looks at the thread that it is called in: a function that starts threads asks itself.

    Examples
    --------
    >>> stop_requested()
    False
    """
    return _check.get()()


compiling.stop_when(stop_requested)  # it takes seconds, in which no function asks


@contextmanager
def stop_when(check: Check) -> Generator[None, None, None]:
    """Make ``stop_requested`` also ask ``check`` in this thread, while the block runs."""
    outer = _check.get()
    token = _check.set(lambda: check() or outer())
    try:
        yield
    finally:
        _check.reset(token)


class StopFlag:
    """A flag that is set once; setting it takes no lock, which Ctrl-C could leave locked."""

    __slots__ = ("_is_set",)

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """Set the flag."""
        self._is_set = True

    def is_set(self) -> bool:
        """Return whether the flag is set."""
        return self._is_set


def stoppable(
    function: Callable[Arguments, Result], stopped: StopFlag
) -> Callable[Arguments, Result]:
    """Wrap a function for another thread: ``stop_requested`` asks the flag and this thread."""
    outer = current_check()

    def run(*args: Arguments.args, **named: Arguments.kwargs) -> Result:
        with stop_when(outer), stop_when(stopped.is_set):
            return function(*args, **named)

    return run


def current_check() -> Check:
    """Return the check behind ``stop_requested``, for threads that are started here."""
    return _check.get()


_stopped_runs: deque[str] = deque(maxlen=64)
"""Names of runs that an engine has stopped by name. They end soon: the oldest are forgotten."""


def stop_run(run: str) -> None:
    """Stop a run that has functions in this process."""
    _stopped_runs.append(run)


def is_run_stopped(run: str) -> bool:
    """Return whether ``stop_run`` was called for a run in this process."""
    return run in _stopped_runs
