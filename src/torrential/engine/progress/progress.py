"""Progress of a pass over data: the interface, and the silent class that only logs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from torrential.engine.progress import throughput
from torrential.engine.progress.measured import MeasuredPartition, Route
from torrential.evaluation.progressive import ProgressiveLine, ProgressiveValidation
from torrential.kernels import compiling
from torrential.kernels.compiling import working_time
from torrential.logs import logger_of

logger = logger_of("train")

SHOWN = {"is_shown": True}
"""Extra attributes of log records that displays also show."""

COMPILING = "compiling kernels, once (%d of %d)"

MANY_KERNELS = 10
"""Number of kernels worth a message: fewer are compiled in a second or two."""

Clock = Callable[[], float]


class Progress(Protocol):
    """Receives the progress of a pass. As a context manager it ends what is under way."""

    def begin(self, task: str, partitions: Sequence[MeasuredPartition] = ()) -> None:
        """Begin a task, and end the previous task.

        Parameters
        ----------
        task : str
            What it is called, such as "train".
        partitions : sequence of MeasuredPartition, default=()
            Partitions to process, in order; empty if unknown.
        """
        ...

    def advance(
        self, n_rows: int, n_bytes: int, validation: ProgressiveValidation | None = None
    ) -> None:
        """Report that this many more rows and bytes are done.

        Parameters
        ----------
        n_rows, n_bytes : int
        validation : ProgressiveValidation, default=None
            Validation of the task, which includes these rows; always the same object.
        """
        ...

    def report(self, sentence: str) -> None:
        """Show another message, such as the result of a round."""
        ...

    def end(self) -> None:
        """End the current task, if any, as complete."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


@dataclass(slots=True)
class Tally:
    """Progress of a task.

    Attributes
    ----------
    task : str
    route : Route
        What there is to do.
    clock : callable
        Gives the time in seconds.
    n_rows, n_bytes : int
        Done so far.
    seconds : float
        From the beginning to when the last of them was done.
    validation : ProgressiveValidation or None
    """

    task: str
    route: Route
    clock: Clock
    n_rows: int = 0
    n_bytes: int = 0
    seconds: float = 0.0
    validation: ProgressiveValidation | None = None
    _start: float = field(init=False)
    _n_lines: int = 0
    _last_row: int = 0

    def __post_init__(self) -> None:
        self._start = self.clock()

    @property
    def learned_before(self) -> bool:
        """Whether the rows were learned before, so that the accuracy is training accuracy."""
        return self.validation is not None and self.validation.learned_before

    @property
    def accuracy_name(self) -> str:
        """Name of the accuracy: only unseen rows give an honest one."""
        return "training accuracy" if self.learned_before else "accuracy"

    @property
    def fraction(self) -> float | None:
        """Share that is done, at most 1 and never decreasing; None if unknown."""
        return self.route.fraction(self.n_rows)

    def rate(self, amount: float) -> float:
        """Return an amount done so far per second."""
        return amount / self.seconds if self.seconds > 0 else 0.0

    def add(self, n_rows: int, n_bytes: int, validation: ProgressiveValidation | None) -> None:
        """Add the amounts that were done."""
        self.n_rows += n_rows
        self.n_bytes += n_bytes
        self.seconds = self.clock() - self._start
        self.validation = validation

    def new_lines(self) -> Iterator[ProgressiveLine]:
        """Return the lines at doubling numbers of rows since the last call."""
        if self.validation is not None:
            lines = self.validation.lines[self._n_lines :]
            self._n_lines += len(lines)
        elif self.n_rows >= max(1, 2 * self._last_row):
            lines = [_without_validation(self.n_rows)]
        else:
            lines = []
        for line in lines:
            self._last_row = line.n_rows
            yield line

    def last_lines(self) -> Iterator[ProgressiveLine]:
        """Return a line at the end, unless the last line was just returned."""
        if self.validation is not None and self.validation.n_rows > self._last_row:
            yield self.validation.line()
        elif self.validation is None and self.n_rows > self._last_row:
            yield _without_validation(self.n_rows)


class SilentProgress:
    """Progress that is only logged: a record for each doubling of the rows, at INFO.

    The displays are made from it: they override what happens at a line, a step and the end.

    Parameters
    ----------
    clock : callable, default=working_time
        Gives the time in seconds.
    """

    def __init__(self, clock: Clock = working_time) -> None:
        self._clock = clock
        self._tally: Tally | None = None
        self._n_reported = 0  # kernels that are said to be compiled

    def begin(self, task: str, partitions: Sequence[MeasuredPartition] = ()) -> None:
        """Begin a task, and end the previous task."""
        self.end()
        self._tally = Tally(task, Route(partitions), self._clock)
        compiling.report_to(self._compiling)
        throughput.begin()
        self._began(self._tally)

    def advance(
        self, n_rows: int, n_bytes: int, validation: ProgressiveValidation | None = None
    ) -> None:
        """Report that this many more rows and bytes are done."""
        if self._tally is None:
            return
        self._tally.add(n_rows, n_bytes, validation)
        for line in self._tally.new_lines():
            self._log_line(self._tally, line)
        throughput.note(self._tally)
        self._advanced(self._tally)

    def report(self, sentence: str) -> None:
        """Log a message, and show it."""
        logger.info(sentence, extra=SHOWN)
        self._show_sentence(sentence)

    def end(self) -> None:
        """End the current task, if any, as complete."""
        self._end(is_complete=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(is_complete=kind is None)

    def _end(self, *, is_complete: bool) -> None:
        tally, self._tally = self._tally, None
        if tally is None:
            return
        compiling.stop_reporting_to(self._compiling)
        for line in tally.last_lines():
            self._log_line(tally, line)
        throughput.note(tally, is_end=True)
        self._ended(tally, is_complete)

    def _log_line(self, tally: Tally, line: ProgressiveLine) -> None:
        if tally.validation is None:
            logger.info("%s: %d rows", tally.task, line.n_rows, extra=SHOWN)
        else:
            figures = (
                "" if line.accuracy is None else f", {tally.accuracy_name} {line.accuracy:.4f}"
            )
            if line.log_loss is not None:
                figures += f", log loss {line.log_loss:.4f}"
            if line.roc_auc is not None:
                figures += f", ROC AUC {line.roc_auc:.4f}"
            logger.info(
                "%s: %d rows, average loss %.6g, since last %.6g%s",
                tally.task,
                line.n_rows,
                line.average_loss,
                line.since_last,
                figures,
                extra=SHOWN,
            )
        self._show_line(tally, line)

    def _compiling(self, n: int, n_kernels: int) -> None:
        """Report the progress of compiling kernels, in the compiling thread."""
        if n_kernels - self._n_reported >= MANY_KERNELS:
            self._n_reported = n_kernels
            logger.info(COMPILING, n, n_kernels, extra=SHOWN)
            self._show_compiling(COMPILING % (n, n_kernels))
        self._compiled(n, n_kernels)

    def _show_compiling(self, sentence: str) -> None:
        """Show that kernels are being compiled, or that more kernels are."""

    def _compiled(self, n: int, n_kernels: int) -> None:
        """Show how many kernels are compiled."""

    def _began(self, tally: Tally) -> None:
        """Show that a task has begun."""

    def _show_line(self, tally: Tally, line: ProgressiveLine) -> None:
        """Show a line."""

    def _show_sentence(self, sentence: str) -> None:
        """Show a message."""

    def _advanced(self, tally: Tally) -> None:
        """Show how much of the task is done."""

    def _ended(self, tally: Tally, is_complete: bool) -> None:
        """Show that the task has ended."""


def _without_validation(n_rows: int) -> ProgressiveLine:
    return ProgressiveLine(n_rows, float("nan"), float("nan"), None)
