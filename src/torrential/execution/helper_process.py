"""A second process that compiles kernels: both share the compiled kernels on disk."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

from torrential.execution.jobs import count_jobs
from torrential.execution.stopping import stop_requested
from torrential.execution.waiting import WAKE_EVERY
from torrential.kernels import compiling

WORTH_A_PROCESS = 30
"""Kernels: fewer are compiled in about the time that a process takes to start."""


class HelperProcess:
    """A process that begins when this one has to compile many kernels, if there is a core for it.

    Parameters
    ----------
    statement : str
        What it runs, in Python. What it fails to compile, this process compiles.
    """

    def __init__(self, statement: str) -> None:
        self._statement = statement
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, n: int, n_kernels: int) -> None:
        """Begin, the first time that this many kernels remain to be compiled."""
        can_run = bool(sys.executable) and count_jobs(-1) > 1
        if self._process is None and can_run and n_kernels - n >= WORTH_A_PROCESS:
            with suppress(OSError):  # no room for another process: then this one compiles all
                self._process = subprocess.Popen(
                    [sys.executable, "-c", self._statement],
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )

    def wait(self) -> None:
        """Wait until the process has ended, or the waiting function is asked to stop."""
        while self._process is not None and not stop_requested():
            try:
                self._process.wait(WAKE_EVERY)
            except subprocess.TimeoutExpired:
                continue
            return

    def end(self) -> None:
        """End the process, done or not: its compiled kernels are on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def helper_process(statement: str) -> Generator[HelperProcess, None, None]:
    """Run a statement in a process while this one compiles many kernels in the block."""
    process = HelperProcess(statement)
    compiling.report_to(process.begin)
    try:
        yield process
    finally:
        compiling.stop_reporting_to(process.begin)
        process.end()
