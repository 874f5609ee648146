"""ComparisonReport: two models on the same rows, and the files that show them."""

from typing import Any

from torrential.engine.reporting.comparison import Comparison
from torrential.pages.compared_sentences import words_of, written
from torrential.pages.saved_report import SavedReport


class ComparisonReport(SavedReport):
    """Whether one model is better than another on labeled rows, and where they differ.

    Made by ``model.compare(other, dataset)`` and by ``torrential report`` of two models.

    Parameters
    ----------
    figures : Comparison

    Attributes
    ----------
    figures : Comparison
        All figures, as plain data.
    """

    def __init__(self, figures: Comparison) -> None:
        self.figures = figures

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        return self.figures.to_dict()

    def to_html(self) -> str:
        """Return the comparison as a page that needs nothing else."""
        from torrential.pages.html import comparison_page

        return comparison_page(self.figures)

    def to_markdown(self) -> str:
        """Return the comparison as Markdown."""
        from torrential.pages.markdown_comparison import comparison_text

        return comparison_text(self.figures)

    def __str__(self) -> str:
        found = self.figures
        value, interval = written(found, found.difference)
        unit = " points" if words_of(found).is_share else ""
        chance = "p < 0.001" if found.p_value < 0.001 else f"p = {found.p_value:.2g}"
        return (
            f"{found.second} against {found.first}: {words_of(found).measure} {value}{unit} "
            f"({interval.removesuffix(unit)}), {chance}, on {found.n_rows:,} rows"
        )
