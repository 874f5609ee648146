"""The report as one page of HTML: nothing is fetched, and everything is escaped."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from torrential.engine.reporting.comparison import Comparison
from torrential.engine.reporting.parts import Piece
from torrential.engine.reporting.report import AnyReport, MeasuredReport
from torrential.escapes import visible_lines
from torrential.extras import check_installed
from torrential.pages import charts, numbers
from torrential.pages.compared_sentences import compared_in_short, words_of, written
from torrential.pages.kinds.choice import view_of
from torrential.units import human_size

ODD_ROWS = {
    "empty": "Empty texts",
    "null": "Null texts",
    "very_long": "A million characters",
    "invalid": "Not UTF-8",
    "no_terms": "Without a term",
    "unlabeled": "Without a label",
    "malformed": "Malformed",
}
"""Names of the counts of odd rows."""

MOST_CLASSES = 1000
"""Classes on a page at most; the data has all of them."""

LEVELS = 4
LEAST = 0.12
"""Part of the largest score of a text from which on a word is colored."""

_LINES = re.compile(r"(?:[^\S\n]*\n){3,}")
"""Several empty lines, which say no more than one."""

N_OPEN_CLASSES = 30
N_OPEN_ERRORS = 8
N_OPEN_CHANGES = 6
N_OPEN_TERMS = 24
"""What is not folded."""


def page(report: AnyReport) -> str:
    """Return the page.

    Raises
    ------
    ParameterError
        If the template engine is not installed.
    """
    view, engine = view_of(report), _engine()
    markup = engine.filters["markup"]
    drawn = {
        name: markup(chart) if isinstance(chart, str) else chart
        for name, chart in view.context(report).items()
    }
    return str(
        engine.get_template("report.html").render(
            r=report,
            view=view,
            version=report.provenance.versions["torrential"],
            what="values" if report.is_table else "words",
            odd_rows=_odd_rows(report),
            learning_curve=markup(charts.learning_curve(report.learning.curve)),
            n_open_classes=N_OPEN_CLASSES,
            most_classes=MOST_CLASSES,
            n_open_errors=N_OPEN_ERRORS,
            n_open_terms=N_OPEN_TERMS,
            **drawn,
        )
    )


def _odd_rows(report: AnyReport) -> dict[str, int]:
    if not isinstance(report, MeasuredReport):
        return {}
    return {name: getattr(report.rows, field) for field, name in ODD_ROWS.items()}


def comparison_page(found: Comparison) -> str:
    """Return the page that compares two models."""
    template = _engine().get_template("comparison.html")
    return str(
        template.render(
            r=found,
            version=found.versions["torrential"],
            short=compared_in_short(found),
            words=words_of(found),
            difference=written(found, found.difference),
            other=found.other_difference and written(found, found.other_difference),
            n_open_classes=N_OPEN_CLASSES,
            n_open_changes=N_OPEN_CHANGES,
            most_classes=MOST_CLASSES,
        )
    )


def check_engine() -> None:
    """Raise a ParameterError now, and not after the pass, if a page is not possible."""
    check_installed("jinja2", "A page of HTML")


@cache
def _engine() -> Any:
    check_engine()
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    engine = Environment(
        loader=PackageLoader("torrential.pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible_lines(value) if type(value) is str else value,
    )
    engine.filters |= {
        "markup": Markup,
        "percent": numbers.percent,
        "amount": numbers.amount,
        "size": human_size,
        "seconds": numbers.seconds,
        "signed": numbers.signed,
        "figure": numbers.figure,
        "change": numbers.change,
        "colored": colored,
        "laid_out": laid_out,
    }
    return engine


def laid_out(text: str) -> str:
    r"""Return a text with spaces for tabs, and one empty line for several.

    >>> laid_out("a\tb\r\n\n \n\nc")
    'a    b\n\nc'
    """
    return _LINES.sub("\n\n", text.replace("\r\n", "\n").replace("\t", "    "))


def colored(pieces: Sequence[Piece]) -> list[tuple[str, str]]:
    """Return runs of text with the class of their color: f1 to f4 for, a1 to a4 against, or ''.

    Examples
    --------
    >>> colored([Piece("not", -1.0), Piece(" ", 0.0), Piece("good", 4.0), Piece("!", 0.1)])
    [('not', 'a1'), (' ', ''), ('good', 'f4'), ('!', '')]
    """
    most = max((abs(each.score) for each in pieces), default=0.0)
    runs: list[tuple[str, str]] = []
    for each in pieces:
        part = abs(each.score) / most if most > 0 else 0.0
        level = min(LEVELS, 1 + int(part * LEVELS - 1e-9))
        is_plain = part < LEAST or not each.text.strip()
        kind = "" if is_plain else f"{'f' if each.score > 0 else 'a'}{level}"
        text = laid_out(each.text)
        if runs and runs[-1][1] == kind:
            runs[-1] = (runs[-1][0] + text, kind)
        else:
            runs.append((text, kind))
    return runs
