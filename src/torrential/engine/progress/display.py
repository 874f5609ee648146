"""Displays of progress: a bar on a terminal, lines at doubling numbers of rows elsewhere."""

import os
import sys
import time
from logging import INFO
from typing import TYPE_CHECKING, TextIO, cast

from torrential.engine.progress import throughput
from torrential.engine.progress.notebook import NotebookProgress, notebook_display
from torrential.engine.progress.progress import (
    COMPILING,
    Clock,
    Progress,
    SilentProgress,
    Tally,
    logger,
)
from torrential.engine.progress.sturdy_stream import SturdyStream
from torrential.engine.progress.texts import (
    clock_text,
    facts,
    header_text,
    line_text,
    shows_parts,
    time_text,
)
from torrential.escapes import visible, visible_lines
from torrential.evaluation.progressive import ProgressiveLine
from torrential.kernels.compiling import working_time

# rich takes a while to import, and is not needed in pipes and in libraries: it comes with the bar.
if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

MAX_WIDTH = 100
"""Most columns of a terminal that are used: longer lines are hard to read at a glance."""

REFRESH_SECONDS = 0.1
"""Least seconds between two drawings of the bar."""

# From this width on there is room for rows/s too.
_WIDE = 90


def make_progress(verbose: int | None, stream: TextIO | None = None) -> Progress:
    """Make the display that suits the stream.

    Parameters
    ----------
    verbose : int or None
        None or 0: nothing is shown, only logged ("torrential.train", at INFO). 1: a bar on a
        terminal and in a notebook; elsewhere a line whenever the number of rows has doubled. 2:
        these lines above the bar of a terminal too.
    stream : text stream, default=None
        The stream; standard error by default. If writing to it fails, the work continues.

    Returns
    -------
    Progress
    """
    display = notebook_display() if verbose and stream is None else None
    if display is not None:
        return NotebookProgress(display)
    stream = stream or sys.stderr
    if not verbose or stream is None:  # if the shell closed it
        return SilentProgress()
    stream = cast("TextIO", SturdyStream(stream))
    if stream.isatty() and os.environ.get("TERM") != "dumb":
        return BarProgress(stream, with_lines=verbose >= 2)
    return LineProgress(stream)


def is_seen(verbose: int | None) -> bool:
    """Return whether the figures of a pass reach a display, the log or a subscriber."""
    return bool(verbose) or logger.isEnabledFor(INFO) or throughput.is_taken()


_bars: list["BarProgress"] = []
"""Bars that are currently on the terminal."""


def print_above(line: str, stream: TextIO) -> None:
    """Write a line above the bar, or to the stream without a bar."""
    if _bars:
        _bars[-1]._print(line)
    else:
        stream.write(visible_lines(line) + "\n")
        stream.flush()


class LineProgress(SilentProgress):
    """Lines like Vowpal Wabbit's, one whenever the number of rows has doubled, and one at the end.

    Parameters
    ----------
    stream : text stream
    clock : callable, default=working_time
        Gives the time in seconds.
    """

    def __init__(self, stream: TextIO, clock: Clock = working_time) -> None:
        super().__init__(clock)
        self._stream = stream
        self._header = ""

    def _began(self, tally: Tally) -> None:
        self._header = ""

    def _show_line(self, tally: Tally, line: ProgressiveLine) -> None:
        if shows_parts(tally):
            return
        header = header_text(tally)
        if header != self._header:  # a third class ends the figures of two
            title = "" if self._header else f"{visible(tally.task)}\n"
            self._header = header
            self._stream.write(f"{title}{header}\n")
        self._write(line_text(tally, line))

    def _show_sentence(self, sentence: str) -> None:
        self._write(sentence)

    def _show_compiling(self, sentence: str) -> None:
        self._write(sentence)

    def _write(self, line: str) -> None:
        self._stream.write(visible_lines(line) + "\n")
        self._stream.flush()


class BarProgress(SilentProgress):
    """Two lines at the bottom of a terminal: the bar and the time; rows, speed, loss and accuracy.

    Parameters
    ----------
    stream : text stream
        A terminal.
    with_lines : bool, default=False
        Whether a line for each doubling of the rows is left above.
    clock : callable, default=working_time
        Gives the time in seconds.
    width : int, default=None
        Columns to use; those of the terminal by default, but at most 100.
    """

    def __init__(
        self,
        stream: TextIO,
        with_lines: bool = False,
        clock: Clock = working_time,
        width: int | None = None,
    ) -> None:
        from rich.console import Console

        super().__init__(clock)
        console = Console(file=stream)
        self._console = Console(file=stream, width=width or min(console.width, MAX_WIDTH))
        self._with_lines = with_lines
        self._header = ""
        self._live: Live | None = None
        self._drawn_at = 0.0
        self._drawn_at = 0.0

    def _began(self, tally: Tally) -> None:
        from rich.live import Live

        self._header = ""
        self._drawn_at = self._clock()
        # Drawn from here and not by another thread: only changes are drawn.
        # Standard output is left alone: predictions may go there.
        self._live = Live(
            self._frame(tally),
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
        )
        _bars.append(self)
        self._live.start(refresh=True)

    def _show_line(self, tally: Tally, line: ProgressiveLine) -> None:
        if not self._with_lines or shows_parts(tally):
            return
        header = header_text(tally)
        if header != self._header:
            self._header = header
            self._print(header, style="dim")
        self._print(line_text(tally, line))

    def _show_sentence(self, sentence: str) -> None:
        self._print(sentence)

    def _advanced(self, tally: Tally) -> None:
        now = self._clock()
        if self._live is not None and now - self._drawn_at >= REFRESH_SECONDS:
            self._drawn_at = now
            self._live.update(self._frame(tally), refresh=True)

    def _compiled(self, n: int, n_kernels: int) -> None:
        live, tally, now = self._live, self._tally, time.monotonic()
        is_done = n == n_kernels
        if (
            live is None
            or tally is None
            or (now - self._drawn_at < REFRESH_SECONDS and not is_done)
        ):
            return
        self._drawn_at = now
        live.update(self._frame(tally) if is_done else _compiling_frame(n, n_kernels), refresh=True)

    def _ended(self, tally: Tally, is_complete: bool) -> None:
        live, self._live = self._live, None
        if live is not None:
            if self in _bars:  # not if an interrupt came when it was about to be there
                _bars.remove(self)
            live.update(self._frame(tally, is_complete), refresh=True)
            live.stop()

    def _print(self, text: str, style: str | None = None) -> None:
        self._console.print(
            visible_lines(text),
            style=style,
            markup=False,
            highlight=False,
            no_wrap=True,
            overflow="ellipsis",
        )

    def _frame(self, tally: Tally, is_complete: bool = False) -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        width = self._console.width
        shown = facts(tally, is_wide=width >= _WIDE, is_widest=width >= MAX_WIDTH)
        text = Text(shown, style="dim", no_wrap=True, overflow="ellipsis")
        return Group(self._bar(tally, 1.0 if is_complete else tally.fraction), text)

    def _bar(self, tally: Tally, fraction: float | None) -> "RenderableType":
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(padding=(0, 2, 0, 0), expand=fraction is not None)
        row.add_column(no_wrap=True)
        title = Text(visible(tally.task), style="bold")
        if fraction is None:
            row.add_row(title, Text(clock_text(tally.seconds)))
            return row
        row.add_column(ratio=1)
        row.add_column(justify="right", no_wrap=True)
        row.add_column(justify="right", no_wrap=True)
        bar = ProgressBar(total=1.0, completed=fraction)
        row.add_row(title, bar, f"{int(fraction * 100):3d}%", time_text(tally.seconds, fraction))
        return row


def _compiling_frame(n: int, n_kernels: int) -> "RenderableType":
    """Make a bar for compiling kernels, without times: some kernels take much longer."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(no_wrap=True)
    row.add_column(ratio=1)
    bar = ProgressBar(total=n_kernels, completed=n)
    row.add_row(Text(COMPILING % (n, n_kernels), style="bold"), bar)
    later = "Later runs load them; the speed leaves it out."
    return Group(row, Text(later, style="dim", no_wrap=True, overflow="ellipsis"))
