"""Reports of models as plain data: what their pages show, and what programs read as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from torrential.engine.reporting.history import Learning, Provenance
from torrential.engine.reporting.parts import ClassTerms, Columns, RowFacts, TermLine
from torrential.evaluation.findings.segments import SegmentTable


@dataclass(frozen=True, slots=True)
class AnyReport:
    """What reports of models have, with labeled rows and without.

    Attributes
    ----------
    name : str
        Of the model.
    head : dataclass
        The most important figures.
    learning : Learning
    top_terms : tuple of ClassTerms
    columns : Columns
    provenance : Provenance
    """

    name: str
    head: Any
    learning: Learning
    top_terms: tuple[ClassTerms, ...]
    columns: Columns
    provenance: Provenance

    @property
    def is_table(self) -> bool:
        """Whether the rows are those of a table, and not texts."""
        return self.provenance.kind.startswith("Table")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class MeasuredReport(AnyReport):
    """What reports of all kinds of targets have.

    Attributes
    ----------
    error_terms : tuple of TermLine
        What spoke most for the errors that are shown.
    segments : tuple of SegmentTable
    rows : RowFacts
    """

    error_terms: tuple[TermLine, ...]
    segments: tuple[SegmentTable, ...]
    rows: RowFacts
