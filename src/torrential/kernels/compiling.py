"""The compilation of kernels: its progress, its time, and how it is stopped.

Numba compiles a kernel at its first call, with all that it calls, and keeps it on disk for later
processes. Only one thread compiles at a time; Numba reports it in that thread.
"""

import time
from collections.abc import Callable
from typing import Any

Listener = Callable[[int, int], object]
"""Takes how many kernels are compiled, and how many there are to compile as far as is known."""

PACKAGE = "torrential."


class CompilingStopped(BaseException):
    """Raised in a thread that compiles when its work is no longer wanted.

    Like `KeyboardInterrupt`, it is not an `Exception`: nothing between here and the caller takes it
    for a kernel that fails to compile.
    """


class _Observer:
    """Sees when a kernel, or a kernel that it calls, begins and ends to be compiled."""

    def __init__(self) -> None:
        self.is_stopped: Callable[[], bool] = bool
        self.listeners: list[Listener] = []
        self.time: tuple[float, float | None] = 0.0, None
        """Seconds in all before now, and when the compiling that is under way began."""
        self._running: list[Any] = []
        self._known: set[Any] = set()
        self._done: set[Any] = set()

    def begin(self, kernel: Any) -> None:
        """Begin to compile a kernel, or a step of one if it is None."""
        if kernel is None:
            if self.is_stopped():
                raise CompilingStopped
            return
        if not self._running:
            self.time = self.time[0], time.monotonic()
            self._known |= called_by(kernel)
        self._running.append(kernel)
        self._report(self._running[0])

    def end(self) -> None:
        """End the kernel that was begun last."""
        if not self._running:  # it began before anything was observed
            return
        outermost = self._running[0]
        kernel = self._running.pop()
        if kernel.signatures:  # else it was not compiled (what Numba says of it is wrong)
            self._done.add(kernel.py_func)
        if not self._running:
            if kernel.signatures:
                self._done |= called_by(kernel)  # some may have been on disk
            seconds, began = self.time
            self.time = seconds + time.monotonic() - (began or 0.0), None
        self._report(outermost)

    def _report(self, outermost: Any) -> None:
        if _is_ours(outermost):
            for listener in list(self.listeners):
                listener(len(self._done & self._known), len(self._known))


def called_by(kernel: Any) -> set[Any]:
    """Return the functions of a kernel and of all that it may call, directly or indirectly."""
    found: set[Any] = set()
    ahead = [kernel]
    while ahead:
        function = ahead.pop()
        if not _is_ours(function) or function.py_func in found:
            continue
        found.add(function.py_func)
        names = function.py_func.__globals__
        ahead += [names[name] for name in function.py_func.__code__.co_names if name in names]
    return found


def _is_ours(function: Any) -> bool:
    function = getattr(function, "py_func", None)
    return function is not None and function.__module__.startswith(PACKAGE)


observer = _Observer()
"""What Numba tells of its work; it is imported only where there is something to compile."""


def seconds_compiling() -> float:
    """Return the seconds spent compiling kernels in this process."""
    seconds, began = observer.time
    return seconds if began is None else seconds + time.monotonic() - began


def working_time() -> float:
    """Return the time in seconds on a clock that stops while kernels are compiled.

    Speeds use it: a first run is as fast as a second one, except for compiling.

    Examples
    --------
    >>> start = working_time()
    >>> 0 <= working_time() - start < 60
    True
    """
    seconds, began = observer.time
    return (time.monotonic() if began is None else began) - seconds


def stop_when(is_stopped: Callable[[], bool]) -> None:
    """Set the one function that the compiling thread asks whether to stop."""
    observer.is_stopped = is_stopped


def report_to(listener: Listener) -> None:
    """Report the progress of compiling to a function, in the compiling thread."""
    observer.listeners.append(listener)


def stop_reporting_to(listener: Listener) -> None:
    """Stop reporting."""
    observer.listeners.remove(listener)
