"""Objects for people: one line of text, and in notebooks a small table and a small curve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, log2

from torrential.escapes import visible

MOST_ROWS = 12
"""Rows of a table; the others are counted."""

MOST_LETTERS = 200
"""Letters of a cell; a label can be a whole text."""

WIDTH, HEIGHT, SIDE, BOTTOM = 260, 130, 8, 30

_LEFT = "text-align:left;padding:0 .8em 0 0"
_RIGHT = "text-align:right;padding:0 .8em 0 0;font-variant-numeric:tabular-nums"


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve through points.

    Attributes
    ----------
    points : sequence of (x, y)
    name : str
        What is drawn, as "accuracy by rows".
    is_log : bool, default=False
        Whether equal steps are doublings of x.
    is_share : bool, default=True
        Whether y is a share, from 0 to 1, and shown in percent.
    """

    points: Sequence[tuple[float, float]]
    name: str
    is_log: bool = False
    is_share: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of an object.

    Attributes
    ----------
    title : str
    facts : sequence of str
    header : sequence of str
        Names of the columns of the table.
    rows : sequence of sequences of str
    curve : Curve or None
    n_rows : int or None
        Rows of the whole table, if ``rows`` are only the first.
    """

    title: str
    facts: Sequence[str] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    curve: Curve | None = None
    n_rows: int | None = None

    def text(self) -> str:
        """Return one line.

        Examples
        --------
        >>> Shown("Counts", ["100 rows", "2 malformed"]).text()
        'Counts(100 rows, 2 malformed)'
        """
        return f"{visible(self.title)}({', '.join(map(visible, self.facts))})"

    def html(self) -> str:
        """Return HTML without scripts or styles of a page; all text is escaped.

        Examples
        --------
        >>> Shown("Counts", ["<b>"]).html()
        '<div><strong>Counts</strong> &lt;b&gt;</div>'
        """
        facts = " · ".join(_escaped(fact) for fact in self.facts)
        parts = [f"<strong>{_escaped(self.title)}</strong> {facts}"]
        shown = [part for part in (self._table(), _svg(self.curve)) if part]
        if shown:
            parts.append(
                '<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start">'
                f"{''.join(shown)}</div>"
            )
        return f"<div>{''.join(parts)}</div>"

    def _table(self) -> str:
        if not self.rows:
            return ""
        head = "".join(
            f'<th style="{_side(cell)}">{_escaped(name)}</th>'
            for name, cell in zip(self.header, self.rows[0])
        )
        body = "".join(f"<tr>{_cells(row)}</tr>" for row in self.rows[:MOST_ROWS])
        n_more = (self.n_rows or len(self.rows)) - min(len(self.rows), MOST_ROWS)
        caption = f"<caption>and {n_more:,} more</caption>" if n_more > 0 else ""
        style = "border-collapse:collapse;caption-side:bottom;font-size:90%"
        head = f"<thead><tr>{head}</tr></thead>" if head else ""
        return f'<table style="{style}">{caption}{head}<tbody>{body}</tbody></table>'


class ForPeople:
    """Base of objects that show themselves: ``_shown`` says what, and nothing else is needed."""

    __slots__ = ()

    def _shown(self) -> Shown:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._shown().text()

    def _repr_html_(self) -> str:
        return self._shown().html()


def percent(share: float | None, digits: int = 2) -> str:
    """Return a share in percent, or a dash.

    Examples
    --------
    >>> percent(0.12345), percent(None)
    ('12.35%', '-')
    """
    return "-" if share is None else f"{share:.{digits}%}"


def number(value: float | None) -> str:
    """Return a number with four digits, or a dash.

    Examples
    --------
    >>> number(0.123456), number(None)
    ('0.1235', '-')
    """
    return "-" if value is None else f"{value:.4g}"


def counted(n: float, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(2000, "class", "classes")
    ('1 row', '2,000 classes')
    """
    return f"{n:,.0f} {noun if n == 1 else plural or noun + 's'}"


def _cells(row: Iterable[object]) -> str:
    return "".join(f'<td style="{_side(cell)}">{_escaped(cell)}</td>' for cell in row)


def _side(cell: object) -> str:
    """Return where a cell is aligned: numbers on the right."""
    is_number = str(cell)[:2].strip("+-")[:1].isdigit()
    return _RIGHT if is_number else _LEFT


def _escaped(value: object) -> str:
    from html import escape  # light commands show nothing

    text = visible(value)
    return escape(text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…")


def _svg(curve: Curve | None) -> str:
    """Return a curve in the color of the text around it, with its ends as numbers."""
    if curve is None:
        return ""
    points = [(x, y) for x, y in curve.points if isfinite(x) and isfinite(y)]
    if len(points) < 2:
        return ""
    across = [log2(max(x, 1.0)) if curve.is_log else x for x, _ in points]
    heights = [y for _, y in points]
    left, width = across[0], (across[-1] - across[0]) or 1.0
    low, high = min(heights), max(heights)
    room = (high - low) or 1.0
    places = " ".join(
        f"{SIDE + (x - left) / width * (WIDTH - 2 * SIDE):.1f},"
        f"{HEIGHT - BOTTOM - (y - low) / room * (HEIGHT - BOTTOM - 18):.1f}"
        for x, y in zip(across, heights)
    )
    show = percent if curve.is_share else number
    label = f"{curve.name}: from {show(heights[0])} to {show(heights[-1])}"
    return (
        f'<svg role="img" aria-label="{_escaped(label)}" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-size="11" fill="currentColor">'
        f'<path d="M{SIDE} {HEIGHT - BOTTOM + 4}H{WIDTH - SIDE}" stroke="currentColor" '
        'opacity="0.3"/>'
        f'<polyline points="{places}" fill="none" stroke="#3b82d6" stroke-width="2"/>'
        f'<text x="{SIDE}" y="11">{show(high)}</text>'
        f'<text x="{SIDE}" y="{HEIGHT - BOTTOM + 17}">{_short(points[0][0])}</text>'
        f'<text x="{WIDTH - SIDE}" y="{HEIGHT - BOTTOM + 17}" text-anchor="end">'
        f"{_short(points[-1][0])}</text>"
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 3}" text-anchor="middle">'
        f"{_escaped(curve.name)} (lowest {show(low)})</text></svg>"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.3g}"
