"""Pieces of Markdown that show values as they are."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from torrential.engine.reporting.parts import Confusion, Piece
from torrential.escapes import visible
from torrential.evaluation.findings.intervals import Estimate
from torrential.pages.numbers import amount, percent

MOST_CLASSES = 50
MOST_PAIRS = 10
MOST_ROWS = 5
"""What Markdown shows of classes, of pairs of them, and of rows."""

MOST_CHARACTERS = 300
"""Characters of a row."""

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])|^(?=[-+#=])|(?<=^\d)(?=[.)])")
"""What Markdown may take for its own, anywhere or at the beginning."""


def escaped(value: object) -> str:
    r"""Return a value as Markdown that shows it as it is, on one line.

    >>> print(escaped("<b>*a|b*</b>"))
    &lt;b&gt;\*a\|b\*&lt;/b&gt;
    """
    text = " ".join(visible(" ".join(str(value).split())).split())
    text = _SPECIAL.sub(lambda found: f"\\{found[1] or ''}", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code_line(text: str) -> str:
    """Return a text as a line of code, which shows it as it is."""
    return f"    {visible(text)}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty one."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join(' --- ' for _ in header)}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def left_out(n: int, what: str) -> Iterator[str]:
    """Yield a line on those that a table of classes leaves out, if there are any."""
    if n > MOST_CLASSES:
        yield f"{amount(n - MOST_CLASSES)} other {what} have fewer rows."
        yield ""


def pair_table(header: Sequence[str], pairs: Sequence[Confusion]) -> Iterator[str]:
    """Yield the lines of a table of the most frequent pairs of labels."""
    return table(
        header,
        [
            [escaped(each.true), escaped(each.predicted), amount(each.weight), percent(each.share)]
            for each in pairs[:MOST_PAIRS]
        ],
    )


def label_cells(line: Any) -> list[str]:
    """Return the cells of a label: its name, its rows, precision, recall and F1."""
    shares = map(percent, (line.precision, line.recall, line.f1))
    return [escaped(line.label), amount(line.support), *shares]


def beginning(pieces: Sequence[Piece], *, is_cut: bool) -> str:
    """Return the beginning of a row."""
    text = "".join(piece.text for piece in pieces)
    cut = "..." if is_cut or len(text) > MOST_CHARACTERS else ""
    return f"{escaped(text[:MOST_CHARACTERS])}{cut}"


def share_interval(found: Estimate) -> str:
    """Return the interval of a share, or nothing if there is none."""
    return f"{percent(found.low)} to {percent(found.high)}" if found.low < found.high else ""


def titled(title: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """Yield a section, with its title and an empty line."""
    yield f"## {title}"
    yield ""
    yield from lines
