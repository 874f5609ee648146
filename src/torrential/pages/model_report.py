"""ModelReport: the report of a model, and the files that show it."""

import json
import math
import os
from html import escape
from pathlib import Path
from typing import Any

from torrential.engine.reporting.report import Report
from torrential.errors import ParameterError
from torrential.escapes import safe_json
from torrential.persistence.outputs import check_file
from torrential.persistence.whole_file import whole_file

KINDS = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}
"""What a report is written as, by the end of the file's name."""


class ModelReport:
    """How good a model is on labeled rows, and why: figures, and the page that shows them.

    Made by ``model.report(dataset)`` and by ``torrential report``.

    Parameters
    ----------
    figures : Report

    Attributes
    ----------
    figures : Report
        All figures, as plain data.

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

    def __init__(self, figures: Report) -> None:
        self.figures = figures

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        return self.figures.to_dict()

    def to_json(self) -> str:
        """Return all figures as JSON; numbers that JSON lacks are null."""
        return safe_json(json.dumps(_finite(self.to_dict()), ensure_ascii=False, default=str))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report to a file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            ``.html`` for a page, ``.md`` for a model card in Markdown, or ``.json``.

        Raises
        ------
        ParameterError
            If the name ends in something else, or a page needs a package that is not installed.
        OutputError
            If the file is not writable.
        """
        check_output(path)
        text = self._written(kind_of(path))
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def to_html(self) -> str:
        """Return the report as a page that needs nothing else.

        Raises
        ------
        ParameterError
            If jinja2 is not installed, which the extra ``report`` has.
        """
        from torrential.pages.html import page

        return page(self.figures)

    def to_markdown(self) -> str:
        """Return the report as a model card in Markdown."""
        from torrential.pages.markdown import card

        return card(self.figures)

    def _written(self, kind: str) -> str:
        if kind == "html":
            return self.to_html()
        return self.to_markdown() if kind == "markdown" else self.to_json() + "\n"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, whose style is not that of the notebook."""
        content = escape(self.to_html())
        return f'<iframe srcdoc="{content}" style="width:100%;height:40rem;border:0"></iframe>'

    def __str__(self) -> str:
        head = self.figures.head
        accuracy = head.accuracy
        return (
            f"{self.figures.name}: accuracy {accuracy.value:.2%} ({accuracy.low:.2%} to "
            f"{accuracy.high:.2%}), macro-F1 {head.macro_f1.value:.2%} on {head.n_rows:,} rows"
        )


def check_output(path: str | os.PathLike[str]) -> None:
    """Raise an error now, and not after a pass, if a report could not be written to a file.

    Raises
    ------
    ParameterError, OutputError
        As `ModelReport.save`.
    """
    from torrential.pages.html import check_engine

    if kind_of(path) == "html":
        check_engine()
    check_file(path, "a report")


def kind_of(path: str | os.PathLike[str]) -> str:
    """Return what a report is written as: 'html', 'markdown' or 'json'.

    Raises
    ------
    ParameterError
        If the name of the file does not say.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in KINDS:
        raise ParameterError(
            f"{os.fspath(path)!r} is not the name of a report: end it in .html, .md or .json."
        )
    return KINDS[suffix]


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
