"""What a comparison says in words, for each kind of targets."""

from dataclasses import dataclass

from torrential.engine.reporting.comparison import Comparison
from torrential.engine.reporting.kinds.choice import LABEL_SETS, LABELS, NUMBERS
from torrential.escapes import visible
from torrential.evaluation.findings.intervals import Estimate
from torrential.pages.numbers import amount, change, figure, percent, signed

LIKELY = 0.05
"""Chance from which on a difference may well be one."""


@dataclass(frozen=True, slots=True)
class Words:
    """Names of what two models are compared by.

    Attributes
    ----------
    measure : str
        What the difference is of.
    other : str
        What the other difference is of, if there is one.
    test : str
    better, worse : str
        What the second model does with rows that it predicts better, and with the others.
    is_share : bool
        Whether people read the measure as a percentage.
    """

    measure: str
    other: str
    test: str
    better: str
    worse: str
    is_share: bool = True


WORDS = {
    LABELS: Words("accuracy", "", "McNemar's test", "gets right", "gets wrong"),
    LABEL_SETS: Words(
        "mean F1 of the rows", "exactly right rows", "Sign test", "gets better", "gets worse"
    ),
    NUMBERS: Words(
        "mean absolute error",
        "mean squared error",
        "Sign test",
        "is closer at",
        "is further off at",
        is_share=False,
    ),
}


def words_of(found: Comparison) -> Words:
    """Return the words for the targets of a comparison."""
    return WORDS[found.kind]


def written(found: Comparison, difference: Estimate) -> tuple[str, str]:
    """Return a difference and its interval as people read them: shares in points."""
    ends = (difference.value, difference.low, difference.high)
    if words_of(found).is_share:
        value, low, high = (signed(100 * each) for each in ends)
        return value, f"{low} to {high} points"
    value, low, high = map(change, ends)
    return value, f"{low} to {high}"


def compared_in_short(found: Comparison) -> list[str]:
    """Return what the comparison of two models says, the most important first."""
    return [_meaning(found), _rows(found), _same(found)]


def _meaning(found: Comparison) -> str:
    first, second = visible(found.first), visible(found.second)
    chance = "less than 0.001" if found.p_value < 0.001 else f"{found.p_value:.3f}"
    size = abs(found.difference.value)
    by = f"{100 * size:.2f} points" if words_of(found).is_share else figure(size)
    if found.p_value >= LIKELY:
        return (
            f"Neither is clearly better: they differ by {by}, and if both were equally good, the "
            f"chance of this or more would be {chance}."
        )
    way = "more" if found.difference.value > 0 else "less"
    if found.kind == LABELS:
        share = percent(found.figures[0].second, 2)
        way = "more" if found.difference.value > 0 else "fewer"
        begin = f"{second} is right for {share} of the rows, {by} {way} than {first}"
    else:
        begin = f"The {words_of(found).measure} of {second} is {by} {way} than that of {first}"
    return f"{begin}; if both were equally good, the chance would be {chance}."


def _rows(found: Comparison) -> str:
    first, second = visible(found.first), visible(found.second)
    better, worse = amount(found.only_second), amount(found.only_first)
    if found.kind == NUMBERS:
        return f"{second} is closer at {better} rows, and {first} at {worse}."
    if found.kind == LABEL_SETS:
        return f"{second} gets the labels of {better} rows better, and {first} those of {worse}."
    return (
        f"{second} is right for {better} rows that {first} gets wrong, and wrong for {worse} that "
        f"{first} gets right."
    )


def _same(found: Comparison) -> str:
    what = {LABELS: "label", LABEL_SETS: "labels", NUMBERS: "number"}[found.kind]
    changed = amount(found.only_first + found.only_second)
    return (
        f"They give {percent(found.n_same / found.n_rows)} of the rows the same {what}; "
        f"{changed} rows decide which is better."
    )
