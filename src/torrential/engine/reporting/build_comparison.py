"""Make the comparison of two models from what the pass has found."""

from dataclasses import dataclass
from typing import Any

from torrential.engine.reporting.compare import PairSummary
from torrential.engine.reporting.comparison import ChangedText, ClassChange, Comparison, Figure
from torrential.engine.targets.label_values import plain_label
from torrential.evaluation.findings import intervals
from torrential.evaluation.findings.rows import ChangedRow
from torrential.evaluation.report import EvaluationReport

MOST_CHARACTERS = 500
"""Characters of a text that are shown."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a comparison is of, besides the rows.

    Attributes
    ----------
    names : tuple of str
        Of the first model and of the second.
    fingerprints : tuple of str or None
    seconds : float
    facts : dict of str to object
        ``data``, ``versions``, ``made`` and ``command`` of the comparison.
    """

    names: tuple[str, str]
    fingerprints: tuple[str | None, str | None]
    seconds: float
    facts: dict[str, Any]


def build_comparison(subjects: Subjects, found: PairSummary) -> Comparison:
    """Return the comparison."""
    first: EvaluationReport = found.first.metrics.report()
    second: EvaluationReport = found.second.metrics.report()
    size = found.weight**2 / found.squared_weights  # rows that count as independent
    counts = found.counts
    return Comparison(
        first=subjects.names[0],
        second=subjects.names[1],
        n_rows=first.n_rows,
        n_bytes=found.n_bytes,
        seconds=subjects.seconds,
        difference=intervals.mean(found.change, found.squares, found.weight, size),
        p_value=intervals.mcnemar(int(counts[1, 0]), int(counts[0, 1])),
        both_right=int(counts[1, 1]),
        only_first=int(counts[1, 0]),
        only_second=int(counts[0, 1]),
        both_wrong=int(counts[0, 0]),
        n_same=found.n_same,
        figures=_figures(first, second),
        classes=_classes(first, second),
        better=tuple(map(_text, found.better.rows())),
        worse=tuple(map(_text, found.worse.rows())),
        fingerprints=subjects.fingerprints,
        **subjects.facts,
    )


def _figures(first: EvaluationReport, second: EvaluationReport) -> tuple[Figure, ...]:
    return (
        Figure("accuracy", first.accuracy, second.accuracy, True, False),
        Figure("macro-F1", first.macro_f1, second.macro_f1, True, False),
        Figure("log loss", first.log_loss, second.log_loss, False, True),
        Figure("Brier score", first.brier_score, second.brier_score, False, True),
        Figure(
            "expected calibration error",
            first.calibration_error,
            second.calibration_error,
            True,
            True,
        ),
    )


def _classes(first: EvaluationReport, second: EvaluationReport) -> tuple[ClassChange, ...]:
    ours, theirs = ({each.label: each for each in report.classes} for report in (first, second))
    found = [
        ClassChange(
            plain_label(label),
            max(each[label].support for each in (ours, theirs) if label in each),
            ours[label].f1 if label in ours else 0.0,
            theirs[label].f1 if label in theirs else 0.0,
        )
        for label in {**ours, **theirs}
    ]
    return tuple(sorted(found, key=lambda each: -abs(each.second - each.first)))


def _text(row: ChangedRow) -> ChangedText:
    text = row.text.decode("utf-8", "replace")
    return ChangedText(
        text=text[:MOST_CHARACTERS],
        is_cut=len(text) > MOST_CHARACTERS or row.n_bytes > len(row.text),
        true=plain_label(row.true),
        first=plain_label(row.first),
        second=plain_label(row.second),
        of_first=row.of_first,
        of_second=row.of_second,
        origin=row.origin,
        number=row.number,
    )
