"""What workers in other processes say and do, brought to the process that waits for them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from torrential import logs, tracing

Report = dict[str, Any]
"""Records and spans, of plain data: ``{"records": [...], "spans": [...]}``."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is wanted of workers; it travels to them.

    Attributes
    ----------
    level : int
        Of records, at least.
    traces : bool
        Whether spans are wanted.
    process : int
        Who wants them: what happens there is known there.
    """

    level: int
    traces: bool
    process: int

    @classmethod
    def of_now(cls) -> Self:
        """Return what is wanted here now."""
        return cls(logs.level(), tracing.is_on(), os.getpid())

    @contextmanager
    def reported(self, report: Callable[[Report], object]) -> Iterator[None]:
        """Report what the thread says and does while the block runs, if it is elsewhere."""
        if self.process == os.getpid():
            yield
            return
        spans = tracing.OfThisThread.new()
        records: list[logs.Told] = []
        try:
            with logs.gathered(self.level) as records:
                if self.traces:
                    with tracing.traced_to(spans), tracing.span("work"):
                        yield
                else:
                    yield
        finally:
            if records or spans.spans:
                report({"records": records, "spans": [list(each) for each in spans.spans]})


def take(report: Report, worker: str | None = None) -> None:
    """Log the records of a report, and add its spans to those of here."""
    for told in report["records"]:
        logs.retold(told, worker)
    tracing.add_spans(report["spans"])
