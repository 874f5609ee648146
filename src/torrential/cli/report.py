"""An evaluation's report for people."""

from typing import TYPE_CHECKING, TypeAlias, cast

from torrential.cli.output import say
from torrential.cli.show import class_count
from torrential.cli.tables import print_table
from torrential.escapes import visible

if TYPE_CHECKING:
    from torrential.evaluation.at_cut import CutReport
    from torrential.evaluation.multilabel_report import MultilabelReport
    from torrential.evaluation.regression import RegressionReport
    from torrential.evaluation.report import ClassScores, EvaluationReport

Report: TypeAlias = "EvaluationReport | MultilabelReport | RegressionReport"


def report_line(report: Report) -> str:
    """Return the most important figures, and the number of rows."""
    if hasattr(report, "r2"):
        return _numbers_line(cast("RegressionReport", report))
    if _is_of_sets(report):
        return _sets_line(cast("MultilabelReport", report))
    return _classes_line(cast("EvaluationReport", report))


def _is_of_sets(report: Report) -> bool:
    return hasattr(report, "hamming_loss")


def _sets_line(report: "MultilabelReport") -> str:
    first = report.precision_at.get(1)
    at_1 = "" if first is None else f", precision at 1 {first:.2%}"
    return (
        f"micro-F1 {report.micro_f1:.2%}, macro-F1 {report.macro_f1:.2%}{at_1}, "
        f"all labels right {report.accuracy:.2%} on {report.n_rows:,} rows"
    )


def _classes_line(report: "EvaluationReport") -> str:
    log_loss = "" if report.log_loss is None else f", log loss {report.log_loss:.4f}"
    return (
        f"accuracy {report.accuracy:.2%}, macro-F1 {report.macro_f1:.2%}{log_loss} "
        f"on {report.n_rows:,} rows{_rejected(report)}"
    )


def _rejected(report: "EvaluationReport") -> str:
    """Return a part of a sentence on rows that thresholds leave without a label, or ''."""
    if not report.rejected:
        return ""
    of_kept = report.accuracy / (1 - report.rejected) if report.rejected < 1 else 0.0
    return (
        f"; {report.rejected:.2%} of them reach no threshold, and {of_kept:.2%} of the others are "
        "right"
    )


def _numbers_line(report: "RegressionReport") -> str:
    r2 = "" if report.r2 is None else f"R2 {report.r2:.4f}, "
    spearman = "" if report.spearman is None else f"Spearman {report.spearman:.4f}, "
    accuracy = "" if report.accuracy is None else f"accuracy {report.accuracy:.2%}, "
    return (
        f"{r2}{spearman}{accuracy}mean absolute error {report.mean_absolute_error:.5g}, "
        f"mean squared error {report.mean_squared_error:.5g} on {report.n_rows:,} rows"
    )


def print_report(report: Report, n_classes: int | None) -> None:
    """Print a report; of classes with the ``n_classes`` largest ones, or all."""
    line = report_line(report)
    say(f"{line[0].upper()}{line[1:]}.")
    if not hasattr(report, "r2"):
        say("")
        _print_classes(report, n_classes)
        return
    cut = cast("RegressionReport", report).at_cut
    if cut is not None:
        _print_cut(cut)


def _print_cut(cut: "CutReport") -> None:
    """Print how well predictions rank and select the rows whose target is at least the cut."""
    auc = "" if cut.roc_auc is None else f"ROC AUC {cut.roc_auc:.2%}, "
    say(
        f"At the cut {cut.cut:g}: {auc}F1 {cut.f1:.2%}, precision {cut.precision:.2%}, recall "
        f"{cut.recall:.2%}; {cut.share:.2%} of the rows have it, and {cut.predicted:.2%} are "
        "predicted."
    )


def _print_classes(report: "EvaluationReport | MultilabelReport", n_classes: int | None) -> None:
    by_size = sorted(report.classes, key=lambda scores: -scores.support)
    shown = by_size[:n_classes]
    print_table(["class", "rows", "precision", "recall", "F1"], [_cells(each) for each in shown])
    sets = cast("MultilabelReport", report) if _is_of_sets(report) else None
    classes = cast("EvaluationReport", report) if sets is None else None
    other = _ranking(sets) if classes is None else most_confused(classes)
    notes = [_rest(by_size[len(shown) :]), other, _unseen(report)]
    if any(notes):
        say("", *filter(None, notes))
    if classes is not None and classes.brier_score is not None:
        _print_probabilities(classes)


def _print_probabilities(report: "EvaluationReport") -> None:
    """Print how good the probabilities of predicted labels are."""
    say(
        "",
        f"Brier score {report.brier_score:.4f}, expected calibration error "
        f"{report.calibration_error:.2%}. Predicted labels by their probability:\n",
    )
    print_table(
        ["probability", "rows", "mean", "right"],
        [
            [
                f"{each.low:.3f}-{each.high:.3f}",
                _amount(each.weight),
                f"{each.mean_probability:.3f}",
                f"{each.accuracy:.3f}",
            ]
            for each in report.reliability
        ],
    )
    say("", "Rows that a threshold leaves:\n")
    print_table(
        ["threshold", "rows", "right"],
        [
            [
                f"{each.threshold:g}",
                f"{each.coverage:.2%}",
                f"{each.precision:.2%}",
            ]
            for each in report.coverage
            if each.precision is not None
        ],
    )


def _ranking(report: "MultilabelReport | None") -> str:
    """Return a sentence on the labels with the highest scores, or ''."""
    if report is None or not report.precision_at:
        return ""
    pairs = [f"{value:.2%} at {k}" for k, value in report.precision_at.items()]
    found = [f"{value:.2%} at {k}" for k, value in report.recall_at.items()]
    return f"Precision {', '.join(pairs)}; recall {', '.join(found)}."


def most_confused(report: "EvaluationReport") -> str:
    """Return a sentence on the class that is most often mistaken for another, or ''."""
    pairs = [
        (weight, true, predicted)
        for true, row in enumerate(report.confusion or ())
        for predicted, weight in enumerate(row)
        if true != predicted and weight > 0
    ]
    if not pairs:
        return ""
    weight, true, predicted = max(pairs, key=lambda pair: pair[0])
    labels = [visible(scores.label) for scores in report.classes]
    return f"Most confused: {labels[true]} taken for {labels[predicted]}, {_amount(weight)} times."


def _cells(scores: "ClassScores") -> list[str]:
    values = (scores.precision, scores.recall, scores.f1)
    return [str(scores.label), _amount(scores.support), *(f"{value:.3f}" for value in values)]


def _amount(weight: float) -> str:
    """Write a number of rows, or a sum of their weights."""
    return f"{weight:,.0f}" if weight == round(weight) else f"{weight:,.2f}"


def _rest(classes: "list[ClassScores]") -> str:
    if not classes:
        return ""
    n_rows = sum(scores.support for scores in classes)
    return f"Not shown: {class_count(classes)} with {_amount(n_rows)} rows."


def _unseen(report: "EvaluationReport | MultilabelReport") -> str:
    unseen = [scores for scores in report.classes if not scores.seen]
    if not unseen:
        return ""
    n_rows = sum(scores.support for scores in unseen)
    return f"Not seen in training: {class_count(unseen)}; {_amount(n_rows)} rows count as wrong."
