"""What views of several kinds say in the same words."""

from collections.abc import Callable, Sequence
from typing import Any

from torrential.engine.reporting.label_report import ClassLine
from torrential.engine.reporting.set_report import SetLabelLine
from torrential.engine.reporting.summary import LEARNED
from torrential.escapes import visible
from torrential.evaluation.findings.segments import SegmentTable
from torrential.pages.numbers import amount, percent

LEAST_ROWS = 10
"""Rows from which on a figure, and the interval of a mean, can be relied on."""

NEAR = 0.02
"""Difference of probabilities and shares that does not matter."""


def differs(found: Any, of_all: Any, weight: float = LEAST_ROWS, *, is_loss: bool = False) -> str:
    """Return "worse" or "better" if two intervals do not touch, else nothing."""
    if weight < LEAST_ROWS:
        return ""
    if found.high < of_all.low:
        return "better" if is_loss else "worse"
    if found.low > of_all.high:
        return "worse" if is_loss else "better"
    return ""


def of_learned(tables: Sequence[SegmentTable], on_others: Callable[[Any], str]) -> str:
    """Return a sentence on rows that are also in the training; nothing if that was not asked.

    Parameters
    ----------
    tables : sequence of SegmentTable
    on_others : callable
        Says how good the model is on a segment: that of the other rows.
    """
    table = next((each for each in tables if each.name == LEARNED), None)
    if table is None:
        return ""
    by_value = {each.value: each for each in table.segments}
    learned, others = by_value.get("yes"), by_value.get("no")
    if learned is None:
        return "None of the rows are in the training."
    share = learned.weight / sum(each.weight for each in table.segments)
    begin = f"{amount(learned.weight)} rows, {percent(share)}, are also in the training"
    if others is None:
        return f"{begin}: these figures do not say how good it is on new rows."
    return f"{begin}: on the others, {on_others(others)}."


def weakest(lines: Sequence[ClassLine] | Sequence[SetLabelLine], what: str) -> str:
    """Return a sentence on the line of the lowest F1; nothing if there are only two.

    Parameters
    ----------
    lines : sequence of ClassLine or SetLabelLine
    what : str
        A line: "class" or "label".
    """
    seen = [each for each in lines if each.seen and each.support >= LEAST_ROWS]
    if len(seen) <= 2:
        return ""
    worst = min(seen, key=lambda each: each.f1)
    return f"The weakest {what} is {visible(worst.label)}, with an F1 of {percent(worst.f1)}."


def relied_on(calibration_error: float) -> str:
    """Return a sentence on probabilities if they are close to the shares of right ones."""
    if calibration_error >= NEAR:
        return ""
    return (
        f"Probabilities can be relied on: they are {100 * calibration_error:.1f} points off on "
        "average."
    )
