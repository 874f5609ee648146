"""Traces as files that Perfetto (https://ui.perfetto.dev) and chrome://tracing open.

The format is Trace Event Format: complete events ("X") with times in microseconds, counters ("C"),
and names of processes and threads ("M").
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TextIO

from torrential.logs import logger_of
from torrential.persistence.whole_file import whole_file
from torrential.tracing import Span, counters

logger = logger_of("train")


class TraceFile:
    """A sink that writes spans as they come: memory does not grow with them.

    Parameters
    ----------
    file : text stream

    Attributes
    ----------
    error : OSError or None
        Why writing stopped; spans are dropped from then on.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._zero = time.time_ns()
        self._known: set[tuple[int, int]] = set()
        self._processes: set[int] = set()
        self.error: OSError | None = None
        file.write('{"displayTimeUnit":"ms","traceEvents":[\n')
        self._name("process_name", os.getpid(), 0, "torrential")

    def take(self, spans: Sequence[Span]) -> None:
        """Write some spans, and the current counters."""
        if self.error is not None:
            return
        try:
            self._take(spans)
        except OSError as error:  # it is not what is traced that failed
            self.error = error

    def end(self) -> None:
        """Write the end, and close the file."""
        if self.error is None:
            self._file.write("{}]}\n")
        self._file.close()

    def _take(self, spans: Sequence[Span]) -> None:
        for span in spans:
            self._introduce(span)
        self._file.write("".join(map(self._event, spans)))
        for name, value in counters.values().items():
            self._write(
                {"name": name, "ph": "C", "ts": self._time(time.time_ns()), "pid": os.getpid(),
                 "args": {name: value}}
            )  # fmt: skip

    def _event(self, span: Span) -> str:
        facts = f',"args":{json.dumps(span.facts)}' if span.facts else ""
        return (
            f'{{"name":"{span.name}","cat":"torrential","ph":"X","ts":{self._time(span.start)},'
            f'"dur":{span.duration / 1000},"pid":{span.process},"tid":{span.thread}{facts}}},\n'
        )

    def _introduce(self, span: Span) -> None:
        if (span.process, span.thread) in self._known:
            return
        self._known.add((span.process, span.thread))
        self._name("thread_name", span.process, span.thread, span.thread_name)
        if span.process != os.getpid() and span.process not in self._processes:
            self._processes.add(span.process)
            self._name("process_name", span.process, 0, f"worker {span.process}")

    def _name(self, kind: str, process: int, thread: int, name: str) -> None:
        self._write(
            {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}
        )

    def _time(self, moment: int) -> float:
        return (moment - self._zero) / 1000

    def _write(self, event: dict[str, object]) -> None:
        self._file.write(json.dumps(event) + ",\n")


@contextmanager
def trace_file(path: str | os.PathLike[str]) -> Iterator[TraceFile]:
    """Yield a sink whose file is complete when the block ends, even by an error.

    If a write fails, there is no file, and a warning is logged.

    Raises
    ------
    OutputError
        Opening the file fails.
    """
    file = whole_file(path)
    temporary = file.__enter__()
    sink = TraceFile(temporary.open("w"))
    try:
        yield sink
    finally:  # also by an error: it is the failed run that one looks at
        _finish(file, sink, path)


def _finish(
    file: AbstractContextManager[Path], sink: TraceFile, path: str | os.PathLike[str]
) -> None:
    """Publish the complete file, or discard it."""
    try:
        try:
            sink.end()
            if sink.error is not None:
                raise sink.error
        except OSError as error:
            file.__exit__(type(error), error, error.__traceback__)
            raise
        file.__exit__(None, None, None)
    except OSError as error:  # OutputErrors are, too, and name the path
        reason = f"{path}: {error.strerror}" if error.strerror else str(error)
        logger.warning("No trace was written, and the work continues: %s", reason)
