"""What pages and model cards say of a model of numbers."""

from collections.abc import Iterator
from typing import Any

from torrential.engine.reporting.number_report import NumberReport
from torrential.evaluation.findings.intervals import Estimate
from torrential.evaluation.findings.segments import NumberSegment
from torrential.pages import number_charts
from torrential.pages.kinds.contract import Cell, Metadata, View
from torrential.pages.kinds.wording import differs, of_learned
from torrential.pages.markdown_text import MOST_ROWS, beginning, share_interval, table, titled
from torrential.pages.numbers import amount, change, figure, percent

CLEAR = 0.1
"""Part of the mean absolute error from which on a bias matters."""


class NumbersView(View):
    """The view of numbers."""

    parts = (
        "overview.html",
        "fit.html",
        "number_errors.html",
        "terms.html",
        "segments.html",
        "provenance.html",
    )
    tiles = "tiles_numbers.html"
    terms_lead = "The terms that raise the number most, and those that lower it"
    segment_lead = (
        "Errors by what rows have in common. The bias is the mean of the predictions less that of "
        "the targets."
    )
    segment_heads = ("Bias", "Interval", "Mean error", "Interval")

    def sections(self, report: NumberReport) -> list[tuple[str, str]]:
        """Return the sections of the page that are special."""
        found = [("fit", "Predictions")]
        found += [("errors", "Errors")] if report.errors else []
        return found + ([("terms", "Terms")] if report.top_terms else [])

    def context(self, report: NumberReport) -> dict[str, Any]:
        """Return the charts."""
        return {
            "heat_map": number_charts.heat_map_chart(report.heat_map),
            "calibration": number_charts.calibration_chart(report.groups),
        }

    def headline(self, report: NumberReport) -> str:
        """Return the errors and R2 as one line."""
        head, error = report.head, report.head.mean_absolute_error
        r2 = "" if head.r2 is None else f", R2 {head.r2.value:.4f}"
        return (
            f"mean absolute error {figure(error.value)} ({interval(error)}){r2} on "
            f"{head.n_rows:,} rows"
        )

    def in_short(self, report: NumberReport) -> list[str]:
        """Return what the figures say, the most important first."""
        head = report.head
        error = head.mean_absolute_error.value
        first = (
            f"Predictions are {figure(error)} off on average; always saying the median, "
            f"{figure(head.median)}, would be {figure(head.baseline_absolute)} off."
        )
        parts = (_within, _explained, _biased, _by_groups, _quantile, _learned)
        others = [*(part(report) for part in parts), report.learning.more_data]
        return [first, *filter(None, others)]

    def facts(self, report: NumberReport) -> list[tuple[str, str]]:
        """Return the rank correlation, and what only levels and quantiles have."""
        head = report.head
        found = [("Spearman", f"{head.spearman.value:.3f}")] if head.spearman else []
        found += [("Bias", change(head.bias.value))]
        found += [("Right level", percent(head.accuracy.value))] if head.accuracy else []
        return found + ([("Not above", percent(head.not_above.value))] if head.quantile else [])

    def figures(self, report: NumberReport) -> list[list[str]]:
        """Return the rows of the table of figures."""
        head = report.head
        numbers = {
            "mean absolute error": head.mean_absolute_error,
            "root mean squared error": head.root_mean_squared_error,
            "R2": head.r2,
            "Spearman": head.spearman,
            "bias": head.bias,
        }
        found = [
            [name, figure(each.value), interval(each)] for name, each in numbers.items() if each
        ]
        shares = {"right level": head.accuracy}
        if head.quantile is not None:
            shares[f"not above the prediction, asked {percent(head.quantile)}"] = head.not_above
        found += [
            [name, percent(each.value), share_interval(each)]
            for name, each in shares.items()
            if each
        ]
        return [
            *found,
            ["baseline: error of the median", figure(head.baseline_absolute), ""],
            ["baseline: squared error of the mean", figure(head.baseline_squared), ""],
        ]

    def metadata(self, report: NumberReport) -> Metadata:
        """Return the task, and the errors and R2."""
        head = report.head
        metrics = {
            "mae": ("Mean absolute error", head.mean_absolute_error.value),
            "rmse": ("Root mean squared error", head.root_mean_squared_error.value),
        }
        if head.r2 is not None:
            metrics["r_squared"] = ("R2", head.r2.value)
        return Metadata("regression", metrics)

    def lines(self, report: NumberReport) -> Iterator[str]:
        """Yield predictions by groups, and errors."""
        heads = ["predictions", "rows", "mean prediction", "mean target", "bias", "mean error"]
        rows = [
            [
                f"{figure(each.low)} to {figure(each.high)}",
                amount(each.weight),
                figure(each.mean_prediction),
                figure(each.mean_target),
                change(each.bias.value),
                figure(each.mean_absolute_error),
            ]
            for each in report.groups
        ]
        yield from titled("Predictions", table(heads, rows))
        yield from titled("Largest errors", _errors(report))

    def segment_cells(self, segment: NumberSegment) -> list[Cell]:
        """Return the bias and the mean absolute error, with their intervals."""
        found = []
        for each, written in ((segment.bias, change), (segment.mean_absolute_error, figure)):
            found += [Cell(written(each.value)), Cell(interval(each), is_muted=True)]
        return found

    def segment_note(self, segment: NumberSegment, report: NumberReport) -> str:
        """Return whether the errors of the segment are larger or smaller than those of all rows."""
        of_all = report.head.mean_absolute_error
        return differs(segment.mean_absolute_error, of_all, segment.weight, is_loss=True)


def interval(found: Estimate) -> str:
    """Return the interval of a number, or nothing if there is none."""
    if found.low == found.high:
        return ""
    return f"{figure(found.low)} to {figure(found.high)}"


def _within(report: NumberReport) -> str:
    errors = {each.share: each.error for each in report.within}
    return (
        f"Half of them are within {figure(errors[0.5])} of the target, and "
        f"{percent(0.9, 0)} within {figure(errors[0.9])}."
    )


def _explained(report: NumberReport) -> str:
    r2 = report.head.r2
    if r2 is None:
        return ""
    if r2.value <= 0:
        return "By squared error, always saying the mean is as good or better."
    return f"It explains {percent(r2.value)} of the spread of the targets."


def _biased(report: NumberReport) -> str:
    bias, error = report.head.bias, report.head.mean_absolute_error.value
    if bias.low <= 0 <= bias.high or abs(bias.value) < CLEAR * error:
        return ""
    way = "high" if bias.value > 0 else "low"
    return f"Predictions are too {way}, by {figure(abs(bias.value))} on average."


def _by_groups(report: NumberReport) -> str:
    """Return a sentence on the group of predictions that is furthest off on average."""
    if len(report.groups) < 2:
        return ""
    worst = max(report.groups, key=lambda each: abs(each.bias.value))
    is_clear = not worst.bias.low <= 0 <= worst.bias.high
    if not is_clear or abs(worst.bias.value) < 2 * CLEAR * report.head.mean_absolute_error.value:
        return "No group of predictions is clearly too high or too low on average."
    way = "high" if worst.bias.value > 0 else "low"
    ends = f"from {figure(worst.low)} to {figure(worst.high)}"
    which = f"of {figure(worst.low)}" if worst.low == worst.high else ends
    return f"Predictions {which} are too {way}, by {figure(abs(worst.bias.value))} on average."


def _quantile(report: NumberReport) -> str:
    head = report.head
    if head.quantile is None:
        return ""
    return (
        f"{percent(head.not_above.value)} of the targets are not above the prediction, where "
        f"{percent(head.quantile)} were asked for."
    )


def _learned(report: NumberReport) -> str:
    return of_learned(
        report.segments,
        lambda others: f"the error is {figure(others.mean_absolute_error.value)}",
    )


def _errors(report: NumberReport) -> Iterator[str]:
    for each in report.errors[:MOST_ROWS]:
        yield (
            f"- **{figure(each.true)}**, predicted **{figure(each.predicted)}**: "
            f"{beginning(each.pieces, is_cut=each.is_cut)}"
        )
    yield ""
