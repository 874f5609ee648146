"""How a model learned: its passes, the curve of the first one, and what more data would bring."""

import math
from collections.abc import Sequence

from torrential.engine.reporting.history import CurvePoint, Learning, Passes
from torrential.evaluation.progressive import ProgressiveLine, ProgressiveValidation

FIRST = 64
"""Rows from which on a point of the curve is not mostly chance."""

LITTLE = 0.002
"""Gain of accuracy that is not worth twice the data."""

LITTLE_OF_LOSS = 0.01
"""Part of the loss that is not worth it."""


def learning_of(history: Sequence[ProgressiveValidation]) -> Learning:
    """Return what the passes of a training say.

    Parameters
    ----------
    history : sequence of ProgressiveValidation
    """
    passes = tuple(
        Passes(each.n_rows, _finite(each.average_loss), each.accuracy, each.learned_before)
        for each in history
    )
    first = next((each for each in history if not each.learned_before), None)
    curve = () if first is None else _curve([*first.lines, first.line()])
    return Learning(passes, curve, more_data(curve))


def _curve(lines: Sequence[ProgressiveLine]) -> tuple[CurvePoint, ...]:
    points, n_rows, n_correct = [], 0, 0.0
    for line in lines:
        rows = line.n_rows - n_rows
        if rows <= 0:
            continue
        correct = None if line.accuracy is None else line.accuracy * line.n_rows
        accuracy = None if correct is None else min(1.0, max(0.0, (correct - n_correct) / rows))
        # The end of the data, soon after a line, would be a point of few rows.
        if line.n_rows >= FIRST and 4 * rows >= line.n_rows:
            points.append(CurvePoint(line.n_rows, _finite(line.since_last), accuracy))
        n_rows, n_correct = line.n_rows, correct or 0.0
    return tuple(points) if len(points) > 1 else ()


def more_data(curve: Sequence[CurvePoint]) -> str:
    """Return a sentence on what twice the data would bring.

    The rows between two lines were predicted by a model of about three quarters as many. Each
    doubling is taken to gain the same part of what the one before it gained.

    Examples
    --------
    >>> more_data([CurvePoint(100, 1.0, 0.5), CurvePoint(200, 0.9, 0.7), CurvePoint(400, 0.8, 0.8)])
    'The last doubling of the rows raised the accuracy by 10.0 points; another may bring about 5.0.'
    """
    known = [point.accuracy for point in curve if point.accuracy is not None]
    if len(known) < 3:
        return _more_of_losses([point.loss for point in curve if point.loss is not None])
    before, last = known[-2] - known[-3], known[-1] - known[-2]
    part = min(0.9, last / before) if before > 0 else 0.5
    gained = f"The last doubling of the rows raised the accuracy by {100 * last:.1f} points"
    if last <= LITTLE:
        return (
            "The last doubling of the rows did not raise the accuracy: more of the same data will "
            "hardly help."
        )
    gain = last * max(part, 0.0)
    if gain < LITTLE:
        return f"{gained}; another will hardly bring more."
    return f"{gained}; another may bring about {100 * gain:.1f}."


def _more_of_losses(known: Sequence[float]) -> str:
    """Return the same sentence by the losses, where rows are not right or wrong."""
    if len(known) < 3 or known[-2] <= 0:
        return ""
    before, last = known[-3] - known[-2], known[-2] - known[-1]
    if last <= LITTLE_OF_LOSS * known[-2]:
        return (
            "The last doubling of the rows did not lower the loss: more of the same data will "
            "hardly help."
        )
    part = min(0.9, last / before) if before > 0 else 0.5
    gained = f"The last doubling of the rows lowered the loss by {100 * last / known[-2]:.1f}%"
    gain = part * last / known[-1] if known[-1] > 0 else 0.0
    if gain < LITTLE_OF_LOSS:
        return f"{gained}; another will hardly bring more."
    return f"{gained}; another may bring about {100 * gain:.1f}%."


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
