"""The report of a model as plain data: what its page shows, and what programs read as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from torrential.engine.reporting.history import Learning, Provenance
from torrential.engine.reporting.parts import (
    ClassLine,
    ClassTerms,
    Columns,
    Confusion,
    Head,
    RowFacts,
    TermLine,
    WrongText,
)
from torrential.evaluation.findings.confidence import Kept
from torrential.evaluation.findings.segments import SegmentTable
from torrential.evaluation.reliability import ReliabilityBin


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


@dataclass(frozen=True, slots=True)
class Report(MeasuredReport):
    """The report of a model of one label a row.

    Attributes
    ----------
    head : Head
    classes : tuple of ClassLine
        By the number of their rows.
    matrix : tuple of tuples of float, or None
        Weight by true label and predicted class, both in the order of ``classes``; None of more
        than 30 of them.
    confusions : tuple of Confusion
        The most frequent ones.
    n_confusions : int
        How many there are.
    errors : tuple of WrongText
        Wrong predictions of the highest probability.
    label_errors : tuple of WrongText, or None
        Rows of the training whose labels models contradict that have not learned them; None if
        they were not asked for.
    reliability : tuple of ReliabilityBin
    coverage, shares : tuple of Kept
        A curve, and a table of the most confident rows.
    """

    head: Head
    classes: tuple[ClassLine, ...]
    matrix: tuple[tuple[float, ...], ...] | None
    confusions: tuple[Confusion, ...]
    n_confusions: int
    errors: tuple[WrongText, ...]
    label_errors: tuple[WrongText, ...] | None
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[Kept, ...]
    shares: tuple[Kept, ...]
