"""Progress in a notebook: a bar drawn in place, and the progressive validation at the end."""

import sys
from typing import Any

from torrential.engine.progress.progress import Clock, SilentProgress, Tally
from torrential.engine.progress.texts import facts, time_text
from torrential.escapes import visible
from torrential.kernels.compiling import working_time

REFRESH_SECONDS = 0.25
"""Least seconds between two drawings: each is a message to the browser."""


def notebook_display() -> Any:
    """Return IPython's ``display`` in a kernel of a notebook; else None."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or type(shell).__name__ != "ZMQInteractiveShell":
        return None
    from importlib import import_module

    return import_module("IPython.display").display


class NotebookProgress(SilentProgress):
    """A bar in the output of a cell, without widgets.

    Parameters
    ----------
    display : callable
        IPython's.
    clock : callable, default=working_time
        Gives the time in seconds.
    """

    def __init__(self, display: Any, clock: Clock = working_time) -> None:
        super().__init__(clock)
        self._display = display
        self._handle: Any = None
        self._drawn_at = 0.0

    def _began(self, tally: Tally) -> None:
        self._drawn_at = self._clock()
        self._handle = self._display(_drawn(tally), raw=True, display_id=True)

    def _advanced(self, tally: Tally) -> None:
        now = self._clock()
        if now - self._drawn_at >= REFRESH_SECONDS:
            self._drawn_at = now
            self._update(tally)

    def _ended(self, tally: Tally, is_complete: bool) -> None:
        self._update(tally, is_complete=is_complete, is_end=True)
        self._handle = None

    def _show_sentence(self, sentence: str) -> None:
        self._display(_sentence(sentence), raw=True)

    def _show_compiling(self, sentence: str) -> None:
        self._display(_sentence(sentence), raw=True)

    def _update(self, tally: Tally, *, is_complete: bool = False, is_end: bool = False) -> None:
        if self._handle is not None:
            drawn = _drawn(tally, is_complete=is_complete, is_end=is_end)
            self._handle.update(drawn, raw=True)


def _drawn(tally: Tally, *, is_complete: bool = False, is_end: bool = False) -> dict[str, str]:
    """Return the bar and its figures as text and as HTML; at the end with the curve."""
    from html import escape

    fraction = 1.0 if is_complete else tally.fraction
    figures = " ".join(facts(tally, is_wide=True, is_widest=False).split())
    share = "" if fraction is None else f"{int(fraction * 100)}% "
    line = f"{visible(tally.task)} {share}{time_text(tally.seconds, fraction or 0.0)} {figures}"
    bar = "" if fraction is None else f'<progress max="1" value="{fraction:.3f}"></progress> '
    html = f'<div style="font-variant-numeric:tabular-nums">{bar}{escape(line)}</div>'
    if is_end and tally.validation is not None and tally.validation.n_rows:
        html += tally.validation._repr_html_()
    return {"text/plain": line, "text/html": html}


def _sentence(sentence: str) -> dict[str, str]:
    from html import escape

    text = visible(sentence)
    return {"text/plain": text, "text/html": f"<div>{escape(text)}</div>"}
