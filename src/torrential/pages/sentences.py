"""The report in a few sentences, for those who read no further."""

from torrential.engine.reporting.comparison import Comparison
from torrential.engine.reporting.report import Report
from torrential.engine.reporting.summary import LEARNED
from torrential.escapes import visible
from torrential.pages.numbers import amount, percent

LIKELY = 0.05
"""Chance from which on a difference may well be one."""

NEAR = 0.02
"""Difference of probabilities and shares that does not matter."""


def in_short(report: Report) -> list[str]:
    """Return what the figures say, the most important first."""
    head = report.head
    first = (
        f"{percent(head.accuracy.value)} of {amount(head.n_rows)} rows are right; always saying "
        f"{visible(head.majority)} would be right for {percent(head.baseline)}."
    )
    parts = (_worst_class, _confused, _confident, _calibrated, _learned)
    others = [*(part(report) for part in parts), report.learning.more_data]
    return [first, *filter(None, others)]


def _learned(report: Report) -> str:
    """Return a sentence on rows that are also in the training, if that was asked."""
    table = next((each for each in report.segments if each.name == LEARNED), None)
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
    return f"{begin}: on the others, {percent(others.accuracy.value)} are right."


def _worst_class(report: Report) -> str:
    seen = [each for each in report.classes if each.seen and each.support >= 10]
    unseen = [each for each in report.classes if not each.seen]
    words = ""
    if len(seen) > 2:
        worst = min(seen, key=lambda each: each.f1)
        words = f"The weakest class is {visible(worst.label)}, with an F1 of {percent(worst.f1)}."
    if unseen:
        n_rows = sum(each.support for each in unseen)
        words += f" {amount(n_rows)} rows have labels that training has not seen."
    return words.strip()


def _confused(report: Report) -> str:
    if not report.confusions:
        return ""
    worst = report.confusions[0]
    return (
        f"Most often {visible(worst.true)} is taken for {visible(worst.predicted)}: "
        f"{amount(worst.weight)} times, {percent(worst.share)} of its rows."
    )


def _confident(report: Report) -> str:
    half = next((each for each in report.shares if each.coverage >= 0.5), None)
    if half is None or half.coverage > 0.9:
        return ""
    return (
        f"Of the most confident {percent(half.coverage, 0)}, those with a probability of "
        f"{percent(half.threshold)} or more, {percent(half.precision)} are right."
    )


def _calibrated(report: Report) -> str:
    total = sum(each.weight for each in report.reliability)
    if not total:
        return ""
    gap = sum(each.weight * (each.mean_probability - each.accuracy) for each in report.reliability)
    error = report.head.calibration_error
    if error < NEAR:
        return f"Probabilities can be relied on: they are {100 * error:.1f} points off on average."
    way = "too high" if gap > 0 else "too low"
    mostly = "mostly " if abs(gap) / total < 0.8 * error else ""
    return f"Probabilities are {mostly}{way}, by {100 * error:.1f} points on average."


def compared_in_short(found: Comparison) -> list[str]:
    """Return what the comparison of two models says, the most important first."""
    first, second = visible(found.first), visible(found.second)
    points = 100 * found.difference.value
    way = "more" if points > 0 else "fewer"
    chance = "less than 0.001" if found.p_value < 0.001 else f"{found.p_value:.3f}"
    if found.p_value < LIKELY:
        share = percent(found.figures[0].second, 2)
        begin = f"{second} is right for {share} of the rows, {abs(points):.2f} points {way} than"
        meaning = f"{begin} {first}; if both were equally good, the chance would be {chance}."
    else:
        meaning = (
            f"Neither is clearly better: they differ by {abs(points):.2f} points, and if both were "
            f"equally good, the chance of this or more would be {chance}."
        )
    changed = found.only_first + found.only_second
    return [
        meaning,
        f"{second} is right for {amount(found.only_second)} rows that {first} gets wrong, and "
        f"wrong for {amount(found.only_first)} that {first} gets right.",
        f"They give {percent(found.n_same / found.n_rows)} of the rows the same label; "
        f"{amount(changed)} rows decide which is better.",
    ]
