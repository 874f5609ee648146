"""Reports as files: what a page, Markdown and JSON have in common."""

import os
from html import escape
from pathlib import Path
from typing import Any

from torrential.errors import ParameterError
from torrential.escapes import plain_json
from torrential.persistence.outputs import check_file
from torrential.persistence.whole_file import whole_file

KINDS = {".html": "html", ".htm": "html", ".md": "markdown", ".json": "json"}
"""What a report is written as, by the end of the file's name."""


class SavedReport:
    """Base of reports: the files that show them."""

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain values for JSON."""
        raise NotImplementedError

    def to_html(self) -> str:
        """Return the report as a page that needs nothing else.

        Raises
        ------
        ParameterError
            If jinja2 is not installed, which the extra ``report`` has.
        """
        raise NotImplementedError

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        raise NotImplementedError

    def to_json(self) -> str:
        """Return all figures as JSON; numbers that JSON lacks are null."""
        return plain_json(self.to_dict())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report to a file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            ``.html`` for a page, ``.md`` for Markdown (of a model, a model card), or ``.json``.

        Raises
        ------
        ParameterError
            If the name ends in something else, or a page needs a package that is not installed.
        OutputError
            If the file is not writable.
        """
        check_output(path)
        kind = kind_of(path)
        if kind == "html":
            text = self.to_html()
        else:
            text = self.to_markdown() if kind == "markdown" else self.to_json() + "\n"
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, whose style is not that of the notebook."""
        content = escape(self.to_html())
        return f'<iframe srcdoc="{content}" style="width:100%;height:40rem;border:0"></iframe>'


def check_output(path: str | os.PathLike[str]) -> None:
    """Raise an error now, and not after a pass, if a report could not be written to a file.

    Raises
    ------
    ParameterError, OutputError
        As `SavedReport.save`.
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
