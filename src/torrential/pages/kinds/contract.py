"""What a page and a model card ask of each kind of report."""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

from torrential.pages.numbers import amount


class Cell(NamedTuple):
    """A cell of a table.

    Attributes
    ----------
    text : str
    share : float or None
        Length of a bar behind it.
    is_muted : bool
    """

    text: str
    share: float | None = None
    is_muted: bool = False


class Metadata(NamedTuple):
    """Metadata of a model card, as hubs of models read it.

    Attributes
    ----------
    task : str
    metrics : dict of str to (str, float)
        Name and value by type.
    """

    task: str
    metrics: dict[str, tuple[str, float]]


class View:
    """Base of the views of reports.

    Attributes
    ----------
    parts : tuple of str
        Templates of the page, in their order.
    tiles : str
        Template of the most important figures.
    terms_lead : str
        What the terms are.
    segment_lead : str
        What segments show.
    segment_heads : tuple of str
        Heads of their columns.
    """

    parts: ClassVar[tuple[str, ...]] = ()
    tiles: ClassVar[str] = ""
    terms_lead: ClassVar[str] = "The heaviest terms of each label"
    segment_lead: ClassVar[str] = ""
    segment_heads: ClassVar[tuple[str, ...]] = ()

    def nav(self, report: Any) -> list[tuple[str, str]]:
        """Return the sections of the page: their ids and titles."""
        last = [("segments", "Segments"), ("training", "Training"), ("provenance", "Provenance")]
        return [("overview", "Overview"), *self.sections(report), *last]

    def sections(self, report: Any) -> list[tuple[str, str]]:
        """Return the sections of the page that are special: their ids and titles."""
        raise NotImplementedError

    def subtitle(self, report: Any) -> str:
        """Return what the report is of."""
        found = report.provenance
        n_rows = amount(report.head.n_rows)
        return f"{found.kind} on {n_rows} rows of {found.data}, {found.made[:10]}"

    def context(self, report: Any) -> dict[str, Any]:
        """Return what the templates need besides the report, such as charts."""
        raise NotImplementedError

    def headline(self, report: Any) -> str:
        """Return the most important figures as one line."""
        raise NotImplementedError

    def in_short(self, report: Any) -> list[str]:
        """Return what the figures say, the most important first."""
        raise NotImplementedError

    def facts(self, report: Any) -> list[tuple[str, str]]:
        """Return names and values of further figures."""
        raise NotImplementedError

    def figures(self, report: Any) -> list[list[str]]:
        """Return the rows of the table of figures: name, value and interval."""
        raise NotImplementedError

    def metadata(self, report: Any) -> Metadata:
        """Return the metadata of a model card."""
        raise NotImplementedError

    def lines(self, report: Any) -> Iterator[str]:
        """Yield the sections of a model card that are special, in Markdown."""
        raise NotImplementedError

    def segment_cells(self, segment: Any) -> list[Cell]:
        """Return the cells of a segment, besides its value and its rows."""
        raise NotImplementedError

    def segment_note(self, segment: Any, report: Any) -> str:
        """Return "worse" or "better" if chance alone hardly explains how a segment differs."""
        raise NotImplementedError
