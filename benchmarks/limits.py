"""Limits of the process of a command: it is killed once it takes more seconds or memory.

This module uses the standard library only, as common.py does.
"""

import math
import resource
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SECONDS_BETWEEN_LOOKS = 0.1
BYTES_PER_MEBIBYTE = 2**20


class PastLimit(Exception):  # noqa: N818  # an outcome for a table, not an error
    """A process was killed because it passed a limit."""


@dataclass(frozen=True)
class Limits:
    """Seconds and resident memory in MiB that a process may take, start-up included."""

    seconds: float = math.inf
    rss_mb: float = math.inf

    def passed(self, seconds: float, rss_mb: float) -> str | None:
        """Return which limit is passed, in words; None if neither is."""
        if seconds > self.seconds:
            return f"more than {self.seconds:g} s"
        if rss_mb > self.rss_mb:
            return f"more than {self.rss_mb:g} MiB"
        return None


@contextmanager
def held_to(limits: Limits, process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill the process if it passes a limit while the block runs, and raise PastLimit then."""
    ended, passed = threading.Event(), []

    def watch() -> None:
        start = time.perf_counter()
        while not passed and not ended.wait(SECONDS_BETWEEN_LOOKS):
            seconds = time.perf_counter() - start
            if reason := limits.passed(seconds, resident_mb(process.pid)):
                passed.append(reason)
                process.kill()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    if passed:
        process.wait()
        raise PastLimit(passed[0])


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MiB, or 0 where the system does not report it."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize() / BYTES_PER_MEBIBYTE
