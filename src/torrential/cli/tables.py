"""Tables: drawn on a terminal, plain aligned text in pipes."""

import sys
from collections.abc import Sequence

from torrential.cli.output import say
from torrential.escapes import visible


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of words; columns whose words all begin with a digit are numbers."""
    header, rows = [visible(word) for word in header], [list(map(visible, row)) for row in rows]
    numbers = [all(row[i][:1].isdigit() for row in rows) for i in range(len(header))]
    if sys.stdout.isatty():
        _draw(header, rows, numbers)
    else:
        _align([header, *rows], numbers)


def _draw(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, is_number in zip(header, numbers):
        table.add_column(name, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*map(Text, row))  # words from the data are no markup
    Console().print(table)


def _align(rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        words = [
            word.rjust(width) if is_number else word.ljust(width)
            for word, width, is_number in zip(row, widths, numbers)
        ]
        say("  ".join(words).rstrip())
