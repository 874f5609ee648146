"""Tables in reStructuredText and in Markdown; the first row is the header."""

from collections.abc import Iterable, Sequence

Row = Sequence[str]


def rst_table(rows: Iterable[Row]) -> str:
    """Return rows, of which the first is the header, as a table in reStructuredText."""
    cells = [[cell or "\\" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in cells]
    rule = "  ".join("=" * width for width in widths)
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def markdown_table(rows: Iterable[Row]) -> str:
    """Return rows, of which the first is the header, as a table in Markdown."""
    header, *others = (f"| {' | '.join(row)} |" for row in rows)
    n_columns = header.count("|") - 1
    return "\n".join([header, "|" + "---|" * n_columns, *others])


def _aligned(row: Row, widths: Sequence[int]) -> list[str]:
    first, *others = (
        cell.rjust(width) if number else cell.ljust(width)
        for number, (cell, width) in enumerate(zip(row, widths))
    )
    return [first, *others]
