"""What pages and model cards say of a model of one label a row."""

from collections.abc import Iterator, Sequence
from typing import Any

from torrential.engine.reporting.label_report import Report, WrongText
from torrential.escapes import visible
from torrential.evaluation.findings.segments import Segment
from torrential.pages import charts
from torrential.pages.kinds.contract import Cell, Metadata, View
from torrential.pages.kinds.wording import differs, of_learned, relied_on, weakest
from torrential.pages.markdown_text import (
    MOST_CLASSES,
    MOST_ROWS,
    beginning,
    escaped,
    label_cells,
    left_out,
    pair_table,
    share_interval,
    table,
)
from torrential.pages.numbers import amount, percent


class LabelsView(View):
    """The view of one label a row."""

    parts = (
        "overview.html",
        "classes.html",
        "errors.html",
        "terms.html",
        "confidence.html",
        "segments.html",
        "provenance.html",
    )
    tiles = "tiles_labels.html"
    segment_lead = "Accuracy by what rows have in common."
    segment_heads = ("Right", "Interval")

    def sections(self, report: Report) -> list[tuple[str, str]]:
        """Return the sections of the page that are special."""
        found = [("classes", "Classes")]
        found += [("confusions", "Confusions")] if report.confusions else []
        found += [("errors", "Errors")] if report.errors else []
        found += [("label-errors", "Label errors")] if report.label_errors else []
        found += [("terms", "Terms")] if report.top_terms else []
        return [*found, ("confidence", "Confidence")]

    def context(self, report: Report) -> dict[str, Any]:
        """Return the charts."""
        return {
            "reliability": charts.reliability_diagram(report.reliability),
            "coverage": charts.coverage_curve(report.coverage),
        }

    def headline(self, report: Report) -> str:
        """Return accuracy and macro-F1 as one line."""
        accuracy, head = report.head.accuracy, report.head
        return (
            f"accuracy {accuracy.value:.2%} ({accuracy.low:.2%} to {accuracy.high:.2%}), "
            f"macro-F1 {head.macro_f1.value:.2%} on {head.n_rows:,} rows"
        )

    def in_short(self, report: Report) -> list[str]:
        """Return what the figures say, the most important first."""
        head = report.head
        first = (
            f"{percent(head.accuracy.value)} of {amount(head.n_rows)} rows are right; always "
            f"saying {visible(head.majority)} would be right for {percent(head.baseline)}."
        )
        parts = (_weakest, _unseen, _confused, _confident, _calibrated, _learned)
        others = [*(part(report) for part in parts), report.learning.more_data]
        return [first, *filter(None, others)]

    def facts(self, report: Report) -> list[tuple[str, str]]:
        """Return the number of classes."""
        return [("Classes", amount(len(report.classes)))]

    def figures(self, report: Report) -> list[list[str]]:
        """Return the rows of the table of figures."""
        head, loss = report.head, report.head.log_loss
        return [
            ["accuracy", percent(head.accuracy.value), share_interval(head.accuracy)],
            ["macro-F1", percent(head.macro_f1.value), share_interval(head.macro_f1)],
            ["log loss", f"{loss.value:.4f}", f"{loss.low:.4f} to {loss.high:.4f}"],
            ["baseline: the most frequent label", percent(head.baseline), ""],
            ["Brier score", f"{head.brier_score:.4f}", ""],
            ["expected calibration error", percent(head.calibration_error), ""],
        ]

    def metadata(self, report: Report) -> Metadata:
        """Return the task, accuracy and macro-F1."""
        head = report.head
        metrics = {
            "accuracy": ("Accuracy", head.accuracy.value),
            "f1": ("Macro-F1", head.macro_f1.value),
        }
        return Metadata("classification", metrics)

    def lines(self, report: Report) -> Iterator[str]:
        """Yield classes, confusions, errors and confidence."""
        for part in (_classes, _confusions, _errors, _confidence):
            yield from part(report)

    def segment_cells(self, segment: Segment) -> list[Cell]:
        """Return the share of right rows, and its interval."""
        accuracy = segment.accuracy
        return [
            Cell(percent(accuracy.value), accuracy.value),
            Cell(share_interval(accuracy), is_muted=True),
        ]

    def segment_note(self, segment: Segment, report: Report) -> str:
        """Return whether the segment is better or worse than all rows."""
        return differs(segment.accuracy, report.head.accuracy)


def _learned(report: Report) -> str:
    return of_learned(report.segments, lambda others: f"{percent(others.accuracy.value)} are right")


def _weakest(report: Report) -> str:
    return weakest(report.classes, "class")


def _unseen(report: Report) -> str:
    n_rows = [each.support for each in report.classes if not each.seen]
    if not n_rows:
        return ""
    return f"{amount(sum(n_rows))} rows have labels that training has not seen."


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
    way = "too high" if gap > 0 else "too low"
    mostly = "mostly " if abs(gap) / total < 0.8 * error else ""
    wrong = f"Probabilities are {mostly}{way}, by {100 * error:.1f} points on average."
    return relied_on(error) or wrong


def _classes(report: Report) -> Iterator[str]:
    yield "## Classes"
    yield ""
    yield "From the threshold on, 95% of the predictions of a class are right."
    yield ""
    yield from table(
        ["class", "rows", "precision", "recall", "F1", "threshold"],
        [
            [
                *label_cells(each),
                percent(each.threshold.threshold) if each.threshold else "none",
            ]
            for each in report.classes[:MOST_CLASSES]
        ],
    )
    yield from left_out(len(report.classes), "classes")


def _confusions(report: Report) -> Iterator[str]:
    if not report.confusions:
        return
    yield "## Confusions"
    yield ""
    yield from pair_table(
        ["true label", "predicted", "rows", "of the label's rows"],
        report.confusions,
    )


def _errors(report: Report) -> Iterator[str]:
    yield from _wrong("Most confident errors", report.errors)
    yield from _wrong("Probable label errors in the training", report.label_errors or ())


def _wrong(title: str, rows: Sequence[WrongText]) -> Iterator[str]:
    if not rows:
        return
    yield f"## {title}"
    yield ""
    for each in rows[:MOST_ROWS]:
        yield (
            f"- **{escaped(each.true)}**, predicted **{escaped(each.predicted)}** with "
            f"{percent(each.probability)}: {beginning(each.pieces, is_cut=each.is_cut)}"
        )
    yield ""


def _confidence(report: Report) -> Iterator[str]:
    yield "## Confidence"
    yield ""
    yield from table(
        ["most confident rows", "from probability", "right"],
        [
            [percent(each.coverage), percent(each.threshold), percent(each.precision)]
            for each in report.shares
        ],
    )
