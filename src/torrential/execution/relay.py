"""Logs, warnings and spans of workers, relayed to the process that waits for them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from torrential import logs, tracing, warned

Report = dict[str, Any]
"""Records, spans and warnings, of plain data, each in a list by that name."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What workers should relay, which is sent to the workers.

    Attributes
    ----------
    level : int
        Lowest level of records.
    traces : bool
        Whether spans are wanted.
    process : int
        Process that wants the records: its own records are not relayed.
    """

    level: int
    traces: bool
    process: int

    @classmethod
    def of_now(cls) -> Self:
        """Return which records and spans this process currently wants."""
        return cls(logs.level(), tracing.is_on(), os.getpid())

    @contextmanager
    def reported(self, report: Callable[[Report], object]) -> Iterator[None]:
        """Report the thread's log records and spans while the block runs, if it is remote."""
        if self.process == os.getpid():
            yield
            return
        spans = tracing.OfThisThread.new()
        records: list[logs.Relayed] = []
        messages: list[str] = []
        try:
            with logs.gathered(self.level) as records, warned.gathered() as messages:
                if self.traces:
                    with tracing.traced_to(spans), tracing.span("work"):
                        yield
                else:
                    yield
        finally:
            if records or spans.spans or messages:
                report(
                    {
                        "records": records,
                        "spans": [list(each) for each in spans.spans],
                        "warnings": messages,
                    }
                )


def take(report: Report, worker: str | None = None) -> None:
    """Log the records of a report, add its spans to the local ones, and raise its warnings."""
    for record in report["records"]:
        logs.handle_relayed(record, worker)
    tracing.add_spans(report["spans"])
    for message in report["warnings"]:
        warned.warn(message)
