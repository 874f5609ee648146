"""Signals that end a command: each raises in the main thread, wherever it strikes.

Python ignores an exception that is raised in a finalizer or a callback of a weak reference, such as
those of threads that have ended, and only tells ``sys.unraisablehook`` about it. A signal that
strikes there is sent again, and so is one that strikes while the hook itself runs. The hook also
gets a signal that struck just before it was ignored, of which nobody needs to hear.
"""

import signal
import sys
import time
from _thread import get_ident, interrupt_main, start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

BY_SIGNAL = 128
"""Added to the number of the signal that ended a command, as shells do."""

INTERRUPTED = BY_SIGNAL + int(signal.SIGINT)

STOPPING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""Signals that end a command like Ctrl-C: Windows has SIGBREAK where others have SIGHUP."""

PAUSE = 0.01
"""Seconds until a signal is sent again, in which the callback that ignored it ends."""


def stop_on_signals() -> None:
    """Let the signals of ``STOPPING`` raise SystemExit, unless they are ignored, as by nohup."""
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminate)


class _Hook:
    """What is called with an exception that Python ignored, or with one that no code raised."""

    def __init__(self) -> None:
        self.before = sys.unraisablehook

    def __call__(self, ignored: "sys.UnraisableHookArgs") -> None:
        number = _number_of(ignored.exc_value)
        if number is not None:
            _send_later(number)
        elif not _is_late(ignored.exc_value):
            self.before(ignored)


@contextmanager
def lost_signals_sent_again() -> Iterator[None]:
    """Send signals again whose exceptions Python ignores, in a block of the main thread."""
    hook = sys.unraisablehook = _Hook()
    try:
        yield
    finally:
        sys.unraisablehook = hook.before


def interrupt_on_ctrl_c(command: CodeType) -> None:
    """Let Ctrl-C raise KeyboardInterrupt while a function runs, unless it is ignored.

    Parameters
    ----------
    command : code
        The code of the function, which has nothing above it that could handle the exception.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        if _runs(_Hook.__call__.__code__, frame):
            _send_later(signal.Signals(number))
        elif _runs(command, frame):
            raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


def ignore_signals() -> None:
    """Ignore a second signal, because the command is about to end."""
    for number in (signal.SIGINT, *STOPPING):
        signal.signal(number, signal.SIG_IGN)


def _terminate(number: int, frame: FrameType | None) -> None:
    """Stop as on Ctrl-C, but with another exit code."""
    if _runs(_Hook.__call__.__code__, frame):
        return _send_later(signal.Signals(number))
    sys.exit(BY_SIGNAL + number)


def _number_of(error: BaseException | None) -> signal.Signals | None:
    """Return the signal whose handler raised an error; None if none did."""
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    if isinstance(error, SystemExit):
        return next((each for each in STOPPING if error.code == BY_SIGNAL + each), None)
    return None


def _is_late(error: BaseException | None) -> bool:
    """Return whether Python says that a signal came while its handler was replaced by none.

    Between the signal and the call of its handler, ``signal.signal`` may end: Python has no other
    error of these words (``Modules/signalmodule.c``).
    """
    return isinstance(error, OSError) and "ignored due to race condition" in str(error)


def _runs(function: CodeType, frame: FrameType | None) -> bool:
    """Return whether a function is among those that a signal has struck."""
    while frame is not None and frame.f_code is not function:
        frame = frame.f_back
    return frame is not None


def _send_later(number: signal.Signals) -> None:
    """Send a signal to the main thread, from which this is called, after a pause."""
    start_new_thread(_send, (number, get_ident()))


def _send(number: signal.Signals, thread: int) -> None:
    """Send a signal to the main thread, after a pause."""
    time.sleep(PAUSE)
    if sys.platform == "win32":
        interrupt_main(number)
    else:  # it also ends a call into the system that waits
        signal.pthread_kill(thread, number)
