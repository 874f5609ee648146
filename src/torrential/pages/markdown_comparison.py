"""The comparison of two models as Markdown."""

from collections.abc import Iterator, Sequence

from torrential.engine.reporting.comparison import ChangedText, Comparison, Figure
from torrential.pages.markdown import (
    MOST_CHARACTERS,
    MOST_CLASSES,
    MOST_ERRORS,
    code_line,
    escaped,
    table,
)
from torrential.pages.numbers import amount, percent
from torrential.pages.sentences import compared_in_short


def comparison_text(found: Comparison) -> str:
    """Return the comparison."""
    return "\n".join(_lines(found)).rstrip() + "\n"


def _lines(found: Comparison) -> Iterator[str]:
    first, second = escaped(found.first), escaped(found.second)
    yield f"# {second} against {first}"
    yield ""
    yield f"Measured on {amount(found.n_rows)} rows of {escaped(found.data)}."
    yield ""
    yield from (f"- {escaped(sentence)}" for sentence in compared_in_short(found))
    yield ""
    yield from table(["figure", first, second], [_cells(each) for each in found.figures])
    rights = [
        [f"{first} right", amount(found.both_right), amount(found.only_first)],
        [f"{first} wrong", amount(found.only_second), amount(found.both_wrong)],
    ]
    yield from table(["rows", f"{second} right", f"{second} wrong"], rights)
    yield "## F1 of classes, the largest changes first"
    yield ""
    yield from table(
        ["class", "rows", first, second],
        [
            [escaped(each.label), amount(each.support), percent(each.first), percent(each.second)]
            for each in found.classes[:MOST_CLASSES]
        ],
    )
    yield from _rows(f"Rows that only {second} gets right", found.better)
    yield from _rows(f"Rows that only {first} gets right", found.worse)
    yield "To make this again:"
    yield ""
    yield code_line(found.command)


def _cells(figure: Figure) -> list[str]:
    values = (figure.first, figure.second)
    shown = [percent(v, 2) if figure.is_share or v is None else f"{v:.4f}" for v in values]
    return [figure.name, *shown]


def _rows(title: str, rows: Sequence[ChangedText]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    for each in rows[:MOST_ERRORS]:
        yield (
            f"- **{escaped(each.first)}**, then **{escaped(each.second)}**: "
            f"{escaped(each.text[:MOST_CHARACTERS])}"
        )
    yield ""
