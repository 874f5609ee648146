"""ModelReport: the report of a model, and the files that show it."""

from typing import Any

from torrential.pages.kinds.choice import view_of
from torrential.pages.saved_report import SavedReport


class ModelReport(SavedReport):
    """How good a model is on labeled rows, and why: figures, and the page that shows them.

    Made by ``model.report(dataset)`` and by ``torrential report``.

    Parameters
    ----------
    figures : Report, SetReport, NumberReport or TrainingReport

    Attributes
    ----------
    figures : Report, SetReport, NumberReport or TrainingReport
        All figures, as plain data: of one label a row, of several, of numbers, or of a model by
        itself.

    Examples
    --------
    >>> from torrential import TextClassifier
    >>> texts, labels = ["good film", "bad film"] * 50, ["yes", "no"] * 50
    >>> report = TextClassifier().fit(texts, labels).report(texts, labels)
    >>> report.figures.head.accuracy.value
    1.0
    >>> print(report)
    TextClassifier: accuracy 100.00% (96.30% to 100.00%), macro-F1 100.00% on 100 rows
    """

    def __init__(self, figures: Any) -> None:
        self.figures = figures

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        facts: dict[str, Any] = self.figures.to_dict()
        return facts

    def to_html(self) -> str:
        """Return the report as a page that needs nothing else."""
        from torrential.pages.html import page

        return page(self.figures)

    def to_markdown(self) -> str:
        """Return the report as a model card."""
        from torrential.pages.markdown_card import card

        return card(self.figures)

    def __str__(self) -> str:
        return f"{self.figures.name}: {view_of(self.figures).headline(self.figures)}"
