"""Metrics of a pass while it runs: speeds, memory and scores, for all subscribers."""

import datetime
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torrential.tracing import counters

if TYPE_CHECKING:
    from torrential.engine.progress.progress import Tally

Metrics = dict[str, Any]
"""Metrics as JSON values."""

PAGES = Path("/proc/self/statm")


class _Taker:
    """Gives metrics to a function, now and then.

    Parameters
    ----------
    give : callable
    every : float
        Seconds between two, at least.
    """

    def __init__(self, give: Callable[[Metrics], object], every: float) -> None:
        self._give, self._every = give, every
        self.begin()

    def begin(self) -> None:
        """Start counting now."""
        self._seconds = self._rows = self._bytes = 0.0
        self._terms = self._terms_before = counters.values().get("terms", 0.0)

    def note(self, tally: "Tally", *, is_end: bool) -> None:
        """Send the metrics if they are due, or at the end."""
        if not is_end and tally.seconds - self._seconds < self._every:
            return
        if is_end:  # there may be nothing since the last time: speeds are those of the task
            self._seconds, self._rows, self._bytes, self._terms = 0.0, 0.0, 0.0, self._terms_before
        values = counters.values()
        seconds = max(tally.seconds - self._seconds, 1e-9)
        terms = values.get("terms", 0.0)
        validation = tally.validation if tally.validation and tally.validation.n_rows else None
        accuracy = None if validation is None else validation.accuracy
        figures = None if validation is None else validation.probabilities
        self._give(
            {
                "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
                "task": tally.task,
                "is_end": is_end,
                "seconds": round(tally.seconds, 3),
                "share": tally.fraction,
                "rows": tally.n_rows,
                "bytes": tally.n_bytes,
                "rows_per_second": round((tally.n_rows - self._rows) / seconds, 1),
                "mb_per_second": round((tally.n_bytes - self._bytes) / 1e6 / seconds, 3),
                "terms_per_second": round((terms - self._terms) / seconds, 1),
                "queue": values.get("queue"),
                "memory_mb": round(resident_bytes() / 1e6, 1),
                "loss": None if validation is None else validation.average_loss,
                "accuracy": None if tally.learned_before else accuracy,
                "training_accuracy": accuracy if tally.learned_before else None,
                "log_loss": None if figures is None else figures.log_loss,
                "roc_auc": None if figures is None else figures.roc_auc,
            }
        )
        self._seconds, self._terms = tally.seconds, terms
        self._rows, self._bytes = tally.n_rows, tally.n_bytes


_takers: list[_Taker] = []


def is_taken() -> bool:
    """Return whether there is a subscriber."""
    return bool(_takers)


def begin() -> None:
    """Notify all subscribers that a task begins."""
    for taker in _takers:
        taker.begin()


def note(tally: "Tally", *, is_end: bool = False) -> None:
    """Send the metrics of a task to all subscribers."""
    for taker in _takers:
        taker.note(tally, is_end=is_end)


@contextmanager
def metrics_to(give: Callable[[Metrics], object], every: float = 1.0) -> Iterator[None]:
    """Send the metrics of all tasks to a function, until the block ends.

    Parameters
    ----------
    give : callable
        Takes a dict; in the thread that does the task.
    every : float, default=1.0
        Least seconds between two reports of a task; its end is always reported.
    """
    taker = _Taker(give, every)
    _takers.append(taker)
    try:
        yield
    finally:
        _takers.remove(taker)


def resident_bytes() -> int:
    """Return the current memory of the process, or its maximum if only that is known."""
    if PAGES.exists():
        return int(PAGES.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
