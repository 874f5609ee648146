"""What pages and model cards say of a model by itself, without labeled rows."""

from collections.abc import Iterator
from typing import Any

from torrential.engine.reporting.training_report import KeptLabel, TrainingReport
from torrential.pages.kinds.contract import Metadata, View
from torrential.pages.markdown_text import (
    MOST_CLASSES,
    label_cells,
    left_out,
    share_interval,
    table,
    titled,
)
from torrential.pages.numbers import amount, figure, percent


class TrainingView(View):
    """The view of a model without labeled rows."""

    parts = ("training_overview.html", "kept_labels.html", "terms.html", "provenance.html")

    def nav(self, report: TrainingReport) -> list[tuple[str, str]]:
        """Return the sections of the page: their ids and titles."""
        found = [("overview", "Overview")]
        found += [("classes", "Labels")] if report.labels else []
        found += [("terms", "Terms")] if report.top_terms else []
        return [*found, ("training", "Training"), ("provenance", "Provenance")]

    def subtitle(self, report: TrainingReport) -> str:
        """Return what the report is of."""
        found = report.provenance
        return f"{found.kind}, trained on {amount(found.learned_rows)} rows, {found.made[:10]}"

    def context(self, report: TrainingReport) -> dict[str, Any]:
        """Return nothing: it has no charts of its own."""
        return {}

    def headline(self, report: TrainingReport) -> str:
        """Return how good the training was as one line."""
        return "trained on " + "; ".join(
            [f"{report.provenance.learned_rows:,} rows", *filter(None, [_progress(report)])]
        )

    def in_short(self, report: TrainingReport) -> list[str]:
        """Return what the model knows of itself, and what labeled rows would add."""
        return [*filter(None, [_learned(report), report.learning.more_data]), _missing(report)]

    def facts(self, report: TrainingReport) -> list[tuple[str, str]]:
        """Return the number of labels."""
        n_labels = report.head.n_labels
        found = [] if n_labels is None else [("Classes", amount(n_labels))]
        return [*found, ("Different terms", amount(report.columns.vocabulary))]

    def figures(self, report: TrainingReport) -> list[list[str]]:
        """Return the figures of rows before they were learned."""
        head, found = report.head, []
        if head.accuracy is not None:
            interval = share_interval(head.accuracy)
            found.append(["right before they were learned", percent(head.accuracy.value), interval])
        losses = {"loss": head.loss, "log loss": head.log_loss, "ROC AUC": head.roc_auc}
        shown = {name: each for name, each in losses.items() if each is not None}
        return found + [[name, figure(each), ""] for name, each in shown.items()]

    def metadata(self, report: TrainingReport) -> Metadata:
        """Return the task; figures of the training are not those of a test."""
        return Metadata("regression" if report.head.n_labels is None else "classification", {})

    def lines(self, report: TrainingReport) -> Iterator[str]:
        """Yield the labels by the predictions that the training has kept."""
        if report.labels:
            yield from titled("Labels", _labels(report))


def _progress(report: TrainingReport) -> str:
    accuracy, loss = report.head.accuracy, report.head.loss
    if accuracy is not None:
        return f"{percent(accuracy.value)} were right before they were learned"
    return "" if loss is None else f"loss {figure(loss)} before they were learned"


def _learned(report: TrainingReport) -> str:
    accuracy, loss = report.head.accuracy, report.head.loss
    if accuracy is None and loss is None:
        return ""
    begin = f"{percent(accuracy.value)} of the" if accuracy is not None else "The"
    end = "were right" if accuracy is not None else f"had a loss of {figure(loss)}"
    return (
        f"{begin} rows of the first pass {end} before they were learned, which is an honest figure "
        "if no rows are in it twice."
    )


def _missing(report: TrainingReport) -> str:
    """Return what a report on labeled rows would have besides."""
    what = "bias and largest errors" if report.head.n_labels is None else "confusions and errors"
    terms = "" if report.has_terms else ", and terms, which this model has not kept"
    return (
        f"No rows were measured: with labeled files this report has figures with intervals, {what} "
        f"to read with what each word adds, calibration and segments{terms}."
    )


def _labels(report: TrainingReport) -> Iterator[str]:
    yield (
        f"By the predictions of {amount(report.n_sampled)} rows before they were learned, each "
        "label at its threshold of the best F1."
    )
    yield ""
    heads = ["label", "rows", "precision", "recall", "F1", "threshold", "for 95%", "chosen"]
    yield from table(heads, [_cells(each) for each in report.labels[:MOST_CLASSES]])
    yield from left_out(len(report.labels), "labels")


def _cells(each: KeptLabel) -> list[str]:
    return [
        *label_cells(each),
        *map(percent, (each.least, each.for_precision, each.chosen)),
    ]
