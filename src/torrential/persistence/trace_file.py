"""Traces as files that Perfetto (https://ui.perfetto.dev) and chrome://tracing open.

The format is Trace Event Format: complete events ("X") with times in microseconds, counters ("C"),
and names of processes and threads ("M").
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TextIO

from torrential.persistence.whole_file import whole_file
from torrential.tracing import Span, counters


class TraceFile:
    """A sink that writes spans as they come: memory does not grow with them.

    Parameters
    ----------
    file : text stream
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._zero = time.time_ns()
        self._known: set[tuple[int, int]] = set()
        self._processes: set[int] = set()
        file.write('{"displayTimeUnit":"ms","traceEvents":[\n')
        self._name("process_name", os.getpid(), 0, "torrential")

    def take(self, spans: Sequence[Span]) -> None:
        """Write some spans, and the counters as they are now."""
        for span in spans:
            self._introduce(span)
        self._file.write("".join(map(self._event, spans)))
        for name, value in counters.values().items():
            self._write(
                {"name": name, "ph": "C", "ts": self._time(time.time_ns()), "pid": os.getpid(),
                 "args": {name: value}}
            )  # fmt: skip

    def end(self) -> None:
        """Write the end."""
        self._file.write("{}]}\n")

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
    """Give a sink whose file is complete when the block ends, also by an error.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with ExitStack() as stack:
        temporary = stack.enter_context(whole_file(path))
        sink = TraceFile(stack.enter_context(temporary.open("w")))
        try:
            yield sink
        except BaseException:
            sink.end()
            stack.close()  # as if nothing had happened: it is the failed run that one looks at
            raise
        sink.end()
