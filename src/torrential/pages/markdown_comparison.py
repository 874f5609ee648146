"""The comparison of two models as Markdown."""

from collections.abc import Iterator, Sequence

from torrential.engine.reporting.comparison import ChangedText, Comparison, Figure
from torrential.pages.compared_sentences import compared_in_short, words_of
from torrential.pages.markdown_text import (
    MOST_CLASSES,
    MOST_ROWS,
    beginning,
    code_line,
    escaped,
    table,
    titled,
)
from torrential.pages.numbers import amount, percent, predicted


def comparison_text(found: Comparison) -> str:
    """Return the comparison."""
    return "\n".join(_lines(found)).rstrip() + "\n"


def _lines(found: Comparison) -> Iterator[str]:
    first, second = escaped(found.first), escaped(found.second)
    words = words_of(found)
    yield f"# {second} against {first}"
    yield ""
    yield f"Measured on {amount(found.n_rows)} rows of {escaped(found.data)}."
    yield ""
    yield from (f"- {escaped(sentence)}" for sentence in compared_in_short(found))
    yield ""
    yield from table(["figure", first, second], [_cells(each) for each in found.figures])
    if found.both_right is not None and found.both_wrong is not None:
        rights = [
            [f"{first} right", amount(found.both_right), amount(found.only_first)],
            [f"{first} wrong", amount(found.only_second), amount(found.both_wrong)],
        ]
        yield from table(["rows", f"{second} right", f"{second} wrong"], rights)
    if found.classes:
        yield from titled("F1 of classes, the largest changes first", _classes(found))
    yield from titled(f"Rows that {second} {words.better}", _rows(found.better))
    yield from titled(f"Rows that {second} {words.worse}", _rows(found.worse))
    yield "To make this again:"
    yield ""
    yield code_line(found.command)


def _classes(found: Comparison) -> Iterator[str]:
    return table(
        ["class", "rows", escaped(found.first), escaped(found.second)],
        [
            [escaped(each.label), amount(each.support), percent(each.first), percent(each.second)]
            for each in found.classes[:MOST_CLASSES]
        ],
    )


def _cells(figure: Figure) -> list[str]:
    values = (figure.first, figure.second)
    shown = [percent(v, 2) if figure.is_share or v is None else f"{v:.4f}" for v in values]
    return [figure.name, *shown]


def _rows(rows: Sequence[ChangedText]) -> Iterator[str]:
    for each in rows[:MOST_ROWS]:
        first, second = escaped(predicted(each.first)), escaped(predicted(each.second))
        text = beginning(each.second_pieces, is_cut=each.is_cut)
        yield f"- **{first}**, then **{second}**: {text}"
    yield ""
