"""What pages and model cards say of a model of several labels a row."""

from collections.abc import Iterator, Sequence
from typing import Any

from torrential.engine.reporting.set_report import SetError, SetReport
from torrential.escapes import visible
from torrential.evaluation.findings.segments import SetSegment
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
    titled,
)
from torrential.pages.numbers import amount, percent, predicted


class LabelSetsView(View):
    """The view of several labels a row."""

    parts = (
        "overview.html",
        "set_labels.html",
        "set_errors.html",
        "terms.html",
        "set_confidence.html",
        "segments.html",
        "provenance.html",
    )
    tiles = "tiles_label_sets.html"
    segment_lead = "Mean F1 of the rows by what they have in common."
    segment_heads = ("F1", "Interval")

    def sections(self, report: SetReport) -> list[tuple[str, str]]:
        """Return the sections of the page that are special."""
        found = [("classes", "Labels")]
        found += [("confusions", "Pairs")] if report.confusions or report.missed_together else []
        found += [("errors", "Wrong labels")] if report.wrong else []
        found += [("missed", "Missed labels")] if report.missed else []
        found += [("terms", "Terms")] if report.top_terms else []
        return [*found, ("confidence", "Confidence")]

    def context(self, report: SetReport) -> dict[str, Any]:
        """Return the chart."""
        return {"reliability": charts.reliability_diagram(report.reliability)}

    def headline(self, report: SetReport) -> str:
        """Return micro-F1 and macro-F1 as one line."""
        head, f1 = report.head, report.head.micro_f1
        return (
            f"micro-F1 {f1.value:.2%} ({f1.low:.2%} to {f1.high:.2%}), macro-F1 "
            f"{head.macro_f1.value:.2%} on {head.n_rows:,} rows"
        )

    def in_short(self, report: SetReport) -> list[str]:
        """Return what the figures say, the most important first."""
        head = report.head
        first = (
            f"{percent(head.exact.value)} of {amount(head.n_rows)} rows get exactly their labels; "
            f"they have {head.n_labels_per_row:.2f} on average and get "
            f"{head.n_predicted_per_row:.2f}."
        )
        baseline = (
            f"Always giving {visible(head.majority)} would have a micro-F1 of "
            f"{percent(head.baseline)}."
        )
        parts = (_weakest, _unseen, _never_given, _missed_for, _calibrated, _learned)
        others = [*(part(report) for part in parts), report.learning.more_data]
        return [first, baseline, *filter(None, others)]

    def facts(self, report: SetReport) -> list[tuple[str, str]]:
        """Return the number of labels, and how many rows have and get."""
        head = report.head
        return [
            ("Labels", amount(len(report.labels))),
            ("Labels a row", f"{head.n_labels_per_row:.2f}"),
            ("Given a row", f"{head.n_predicted_per_row:.2f}"),
            *((f"P@{k}", percent(value)) for k, value in head.precision_at.items()),
        ]

    def figures(self, report: SetReport) -> list[list[str]]:
        """Return the rows of the table of figures."""
        head = report.head
        intervals = {
            "micro-F1": head.micro_f1,
            "macro-F1": head.macro_f1,
            "exactly right rows": head.exact,
            "mean F1 of the rows": head.mean_f1,
        }
        shares = {
            **{f"precision at {k}": value for k, value in head.precision_at.items()},
            "ranking precision": head.ranking_precision,
            "Hamming loss": head.hamming_loss,
            "baseline: micro-F1 of the most frequent label": head.baseline,
        }
        found = [
            [name, percent(each.value), share_interval(each)] for name, each in intervals.items()
        ]
        return found + [[name, percent(value), ""] for name, value in shares.items()]

    def metadata(self, report: SetReport) -> Metadata:
        """Return the task and the F1s."""
        head = report.head
        metrics = {
            "f1": ("Micro-F1", head.micro_f1.value),
            "accuracy": ("Exactly right rows", head.exact.value),
        }
        return Metadata("classification", metrics)

    def lines(self, report: SetReport) -> Iterator[str]:
        """Yield labels, pairs and errors."""
        yield from titled("Labels", _labels(report))
        if report.confusions:
            yield from titled("Missed for another label", _pairs(report))
        yield from _errors("Wrong labels of the highest probability", report.wrong)
        yield from _errors("Missed labels of the lowest probability", report.missed)

    def segment_cells(self, segment: SetSegment) -> list[Cell]:
        """Return the mean F1, and its interval."""
        f1 = segment.f1
        return [Cell(percent(f1.value), f1.value), Cell(share_interval(f1), is_muted=True)]

    def segment_note(self, segment: SetSegment, report: SetReport) -> str:
        """Return whether the segment is better or worse than all rows."""
        return differs(segment.f1, report.head.mean_f1, segment.weight)


def _weakest(report: SetReport) -> str:
    return weakest(report.labels, "label")


def _unseen(report: SetReport) -> str:
    support = [each.support for each in report.labels if not each.seen]
    if not support:
        return ""
    return f"{amount(sum(support))} labels of rows are ones that training has not seen."


def _never_given(report: SetReport) -> str:
    never = [each for each in report.labels if each.seen and each.support and not each.predicted]
    if not never:
        return ""
    return (
        f"{amount(len(never))} labels of {amount(sum(each.support for each in never))} rows are "
        "never given: choose_thresholds may lower their thresholds."
    )


def _missed_for(report: SetReport) -> str:
    if not report.confusions:
        return ""
    worst = report.confusions[0]
    return (
        f"Most often {visible(worst.true)} is missed and {visible(worst.predicted)} given instead: "
        f"{amount(worst.weight)} times, {percent(worst.share)} of its rows."
    )


def _calibrated(report: SetReport) -> str:
    return relied_on(report.head.calibration_error) if report.reliability else ""


def _learned(report: SetReport) -> str:
    return of_learned(report.segments, lambda others: f"the mean F1 is {percent(others.f1.value)}")


def _labels(report: SetReport) -> Iterator[str]:
    yield "From the threshold for 95% on, 95% of the rows that reach it have the label."
    yield ""
    yield from table(
        ["label", "rows", "precision", "recall", "F1", "threshold", "for 95%"],
        [
            [
                *label_cells(each),
                "never" if each.least is None else percent(each.least),
                percent(each.threshold.threshold) if each.threshold else "none",
            ]
            for each in report.labels[:MOST_CLASSES]
        ],
    )
    yield from left_out(len(report.labels), "labels")


def _pairs(report: SetReport) -> Iterator[str]:
    return pair_table(
        ["missed", "given instead", "rows", "of the missed label's rows"],
        report.confusions,
    )


def _errors(title: str, errors: Sequence[SetError]) -> Iterator[str]:
    if errors:
        yield from titled(title, [*map(_error, errors[:MOST_ROWS]), ""])


def _error(each: SetError) -> str:
    return (
        f"- **{escaped(each.label)}** with {percent(each.probability)}; the labels are "
        f"{escaped(predicted(each.true))}: {beginning(each.pieces, is_cut=each.is_cut)}"
    )
