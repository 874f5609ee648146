"""The standard streams of the command line: closed, full, not UTF-8 or a terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TextIO, cast

from torrential.errors import OutputError
from torrential.escapes import visible_lines

CLOSED = "The standard output is closed: open it, or redirect it to a file."


@dataclass(slots=True)
class _State:
    """State of the standard output of the running command."""

    is_closed: bool = False


_state = _State()


@contextmanager
def standard_streams() -> Iterator[None]:
    """Prepare the standard streams for use while a command runs.

    A closed one goes nowhere: else the next file to be opened would take its place, and have in it
    what libraries print. Characters that the encoding lacks appear as escapes. Where the standard
    error fails, the command continues; for the standard output see `say`.
    """
    from torrential.engine.progress.sturdy_stream import SturdyStream

    before = sys.stdout, sys.stderr
    _plug_descriptors()
    _state.is_closed = sys.stdout is None
    out = _ResultStream(sys.stdout if sys.stdout is not None else _nowhere())
    error = SturdyStream(sys.stderr if sys.stderr is not None else _nowhere())
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", error)
    try:
        yield
    finally:
        try:
            out.flush()
        except (OSError, ValueError):  # that was said
            discard(out)
        error.flush()
        if error.has_failed:
            discard(error)
        sys.stdout, sys.stderr = before


class _ResultStream:
    """The standard output; what the system says of it becomes an OutputError.

    A BrokenPipeError, for a reader that has left, is passed on.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with _output_errors():
            return self._stream.write(text)

    def flush(self) -> None:
        with _output_errors():
            self._stream.flush()


def say(*lines: object, is_error: bool = False) -> None:
    """Print lines for people; characters that would control a terminal are escaped.

    Raises
    ------
    OutputError
        Writing to standard output fails.
    """
    text = "".join(f"{visible_lines(line)}\n" for line in lines)
    if is_error:
        sys.stderr.write(text)
        sys.stderr.flush()
    else:
        sys.stdout.write(text)


def has_characters(text: str) -> bool:
    """Return whether the encoding of standard output has all characters of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def _output_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"Cannot write to the standard output: {error.strerror or error}; write elsewhere."
        ) from error


def check_open() -> None:
    """Raise an OutputError now, not after the work, if the standard output is closed."""
    if _state.is_closed:
        raise OutputError(CLOSED)


@contextmanager
def side_output(where: str | None) -> Iterator[None]:
    """Print output other than the result in the block; warn if that fails.

    Parameters
    ----------
    where : str or None
        The file of the result; None if the printed text is the result, and a failure an
        error.
    """
    if where is None:
        yield
        return
    try:
        yield
        sys.stdout.flush()
        check_open()
    except OutputError as error:
        reason = str(error).rpartition(";")[0] or str(error).partition(":")[0]
        discard(sys.stdout)
        say(f"torrential: warning: {reason}; the result is in {where}.", is_error=True)


def finish() -> None:
    """Flush all printed text, or raise an error that says why that fails."""
    sys.stdout.flush()


def discard(stream: Any) -> None:
    """Discard the rest of a stream, which Python would write at its end."""
    with suppress(OSError, ValueError, AttributeError):  # it is not a file, but a test's
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


def _plug_descriptors() -> None:
    """Open the closed descriptors of the standard streams on the null device."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest that is free
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
