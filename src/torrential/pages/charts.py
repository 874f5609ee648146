"""Charts as SVG, which needs no network, and no more than a few kilobytes each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from torrential.engine.reporting.history import CurvePoint
from torrential.evaluation.findings.confidence import Kept
from torrential.evaluation.reliability import ReliabilityBin
from torrential.pages.numbers import amount, figure, percent, short, ticks

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 16, 12, 40
"""Room around the plot."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot of a chart, and where numbers are on it.

    Attributes
    ----------
    x, y : tuple of float
        Least and largest number of each axis.
    scale : callable
        Applied to the numbers of the first axis.
    height : float
        Of the chart.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    scale: Callable[[float], float] = float
    height: float = HEIGHT

    def at(self, x: float, y: float) -> Point:
        """Return the place of a point."""
        low, high = self.scale(self.x[0]), self.scale(self.x[1])
        across = (self.scale(x) - low) / ((high - low) or 1.0)
        up = (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1.0)
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            self.height - BOTTOM - up * (self.height - TOP - BOTTOM),
        )

    def path(self, points: Sequence[Point], kind: str = "line") -> str:
        """Return a line through points."""
        places = " L".join("{:.1f} {:.1f}".format(*self.at(*point)) for point in points)
        return f'<path class="{kind}" d="M{places}"/>'

    def dots(self, points: Sequence[Point], titles: Sequence[str], size: float = 3) -> str:
        """Return a dot at each point, with a title that appears on it."""
        places = [self.at(*point) for point in points]
        return "".join(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{size:g}">'
            f"<title>{escape(title)}</title></circle>"
            for (x, y), title in zip(places, titles, strict=True)
        )

    def axes(self, across: Sequence[tuple[float, str]], names: tuple[str, str]) -> str:
        """Return the grid with its numbers, and the names of the axes."""
        parts = []
        for tick in ticks(*self.y, 5):
            _, y = self.at(self.x[0], tick)
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            name = short(tick)
            parts.append(f'<text class="end" x="{LEFT - 7}" y="{y + 4:.1f}">{name}</text>')
        for value, name in across:
            x, y = self.at(value, self.y[0])
            parts.append(f'<text class="middle" x="{x:.1f}" y="{y + 17:.1f}">{escape(name)}</text>')
        middle, below = (LEFT + WIDTH - RIGHT) / 2, self.height - 4
        parts.append(f'<text class="middle name" x="{middle}" y="{below}">{names[0]}</text>')
        up = (TOP + self.height - BOTTOM) / 2
        parts.append(
            f'<text class="middle name" transform="rotate(-90 11 {up})" x="11" y="{up}">'
            f"{names[1]}</text>"
        )
        return "".join(parts)


def svg(label: str, *parts: str, height: float = HEIGHT) -> str:
    """Return a chart of its parts."""
    return (
        f'<svg class="chart" role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {WIDTH} {height}">{"".join(parts)}</svg>'
    )


def learning_curve(curve: Sequence[CurvePoint]) -> str:
    """Draw the accuracy of rows before they were learned, or their loss, by the number of rows.

    Returns
    -------
    svg : str
        Empty without points.
    """
    from math import log2

    shares = [(each.n_rows, 100 * each.accuracy) for each in curve if each.accuracy is not None]
    losses = [(each.n_rows, each.loss) for each in curve if each.loss is not None]
    points: list[Point] = [(float(n_rows), y) for n_rows, y in shares or losses]
    if len(points) < 2:
        return ""
    values = [y for _, y in points]
    what, unit = ("accuracy", "% right") if shares else ("loss", "loss")
    room = 0.12 * (max(values) - min(values)) or 1.0
    extent = _range(values) if shares else (max(0.0, min(values) - room), max(values) + room)
    frame = Frame((points[0][0], points[-1][0]), extent, log2)
    step = max(1, -(-len(points) // 6))
    across = [(x, short(x)) for x, _ in points[::-1][::step]]
    said = [f"{percent(y / 100)} right" if shares else f"loss {figure(y)}" for y in values]
    titles = [f"up to {amount(x)} rows: {text}" for (x, _), text in zip(points, said, strict=True)]
    return svg(
        f"Learning curve: {what} on rows before they were learned, by the number of rows",
        frame.axes(across, ("rows learned", unit)),
        frame.path(points),
        frame.dots(points, titles),
    )


def reliability_diagram(bins: Sequence[ReliabilityBin]) -> str:
    """Draw the share of right ones by predicted probability, with the number of rows below."""
    if not bins:
        return ""
    frame = Frame((0.0, 100.0), (0.0, 100.0))
    shown = [(100 * each.mean_probability, 100 * each.accuracy) for each in bins]
    titles = [
        f"{percent(each.low)} to {percent(each.high)}: {percent(each.accuracy)} of "
        f"{amount(each.weight)} rows are right"
        for each in bins
    ]
    most = max(each.weight for each in bins)
    bars = []
    for each in bins:
        left, base = frame.at(100 * each.low, 0.0)
        right, top = frame.at(100 * each.high, 22 * each.weight / most)
        bars.append(
            f'<rect class="bar" x="{left + 1:.1f}" y="{top:.1f}" '
            f'width="{right - left - 2:.1f}" height="{base - top:.1f}"/>'
        )
    ideal = frame.path([(0.0, 0.0), (100.0, 100.0)], "ideal")
    return svg(
        "Reliability: share of right predictions by their probability",
        frame.axes(
            [(each, f"{each}") for each in range(0, 101, 20)], ("probability, %", "% right")
        ),
        *bars,
        ideal,
        frame.path(shown),
        frame.dots(shown, titles),
    )


def coverage_curve(curve: Sequence[Kept]) -> str:
    """Draw the share of right ones among the most confident rows, by how many these are."""
    # The first few rows are chance, and would set the scale.
    some = [each for each in curve if each.coverage >= 0.01] or list(curve)
    if not some:
        return ""
    shown = [(100 * each.coverage, 100 * each.precision) for each in some]
    frame = Frame((0.0, 100.0), _range([y for _, y in shown]))
    marked = some[:: max(1, len(some) // 12)]
    titles = [
        f"from {percent(each.threshold)} on: {percent(each.coverage)} of the rows, "
        f"{percent(each.precision)} right"
        for each in marked
    ]
    dots = [(100 * each.coverage, 100 * each.precision) for each in marked]
    return svg(
        "Precision by coverage: share of right predictions among the most confident rows",
        frame.axes(
            [(each, f"{each}") for each in range(0, 101, 20)], ("most confident rows, %", "% right")
        ),
        frame.path(shown),
        frame.dots(dots, titles, 2.5),
    )


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Return an axis of percentages that shows how values differ."""
    low, high = min(values), max(values)
    room = max(2.0, 0.12 * (high - low))
    return max(0.0, low - room), min(100.0, high + room)
