"""What reports of all kinds have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torrential.engine.explaining.explanation import HIGHER, LOWER, collisions
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.history import Learning, Provenance
from torrential.engine.reporting.label_report import WrongText
from torrential.engine.reporting.parts import ClassTerms, Columns, RowFacts
from torrential.engine.reporting.summary import (
    FILE,
    LEARNED,
    LEARNED_NAMES,
    LENGTH,
    SCRIPT,
    UNKNOWN,
    UNKNOWN_NAMES,
    ReportSummary,
)
from torrential.engine.reporting.terms import heaviest
from torrential.engine.reporting.text_shapes import LENGTH_NAMES, WITHOUT_SPACES
from torrential.evaluation.findings.segments import SegmentTable, Sums
from torrential.evaluation.ratios import ratio
from torrential.features.terms.term_index import TermIndex

N_TERMS = 12
N_ERROR_TERMS = 20
MOST_SEGMENTS = 14

ORDERS = {LENGTH: LENGTH_NAMES, UNKNOWN: list(UNKNOWN_NAMES), LEARNED: list(LEARNED_NAMES)}
"""Natural orders of segments."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is of, besides the rows.

    Attributes
    ----------
    name : str
    model : HashedModel
    model_bytes : int or None
        Of its file; None if it is in memory.
    learning : Learning
    provenance : Provenance
    seconds : float
        Time of the pass.
    label_errors : tuple of WrongText, or None
    """

    name: str
    model: HashedModel
    model_bytes: int | None
    learning: Learning
    provenance: Provenance
    seconds: float
    label_errors: tuple[WrongText, ...] | None = None

    @property
    def size(self) -> int:
        """Bytes of the model: of its file, or of its weights in memory."""
        return collisions(self.model).memory if self.model_bytes is None else self.model_bytes


def common(
    subject: Subject, summary: ReportSummary, segment: Callable[[str, Sums], Any]
) -> dict[str, Any]:
    """Return the fields that reports of all kinds have, besides their head and their terms.

    Parameters
    ----------
    subject : Subject
    summary : ReportSummary
    segment : callable
        Makes a segment from its value and its sums.
    """
    return {
        "name": subject.name,
        "learning": subject.learning,
        "columns": columns_of(subject.model),
        "segments": _segments(summary, segment),
        "rows": _rows(summary),
        "provenance": subject.provenance,
    }


def top_terms(
    model: HashedModel,
    terms: TermIndex | None,
    labels: Sequence[Any],
    wanted: Sequence[int],
    *,
    words_only: bool,
) -> tuple[ClassTerms, ...]:
    """Return the heaviest terms of some classes; none if no terms are known.

    Parameters
    ----------
    model : HashedModel
    terms : TermIndex or None
    labels : sequence
        Of all classes, in ascending order.
    wanted : sequence of int
        Places of classes.
    words_only : bool
    """
    names = model.spec.names(terms)
    if names is None or len(names.columns) == 0:
        return ()
    return heaviest(model, names, labels, wanted, N_TERMS, words_only=words_only)


def number_terms(
    model: HashedModel, terms: TermIndex | None, *, words_only: bool
) -> tuple[ClassTerms, ...]:
    """Return the terms that raise a number most, and those that lower it."""
    return top_terms(model, terms, [LOWER, HIGHER], [1, 0], words_only=words_only)


def has_words(summary: ReportSummary) -> bool:
    """Return whether most rows are of scripts whose words are between spaces."""
    weights = summary.segments.weights(SCRIPT)
    return 2 * sum(weights.get(name, 0.0) for name in WITHOUT_SPACES) <= sum(weights.values())


def columns_of(model: HashedModel) -> Columns:
    """Return what the report says of columns; what collisions cost is known of classes."""
    found = collisions(model)
    enough = found.smallest_n_features
    if enough is None or found.n_features >= enough:
        more = "more columns would not help"
    else:
        more = f"{enough:,} columns would be enough"
    return Columns(
        n_features=found.n_features,
        vocabulary=found.vocabulary,
        occupied=found.occupied,
        shared_mass=found.shared_mass,
        advice=more if model.is_regression else f"{found.cost_sentence()}; {more}",
    )


def _segments(
    summary: ReportSummary, segment: Callable[[str, Sums], Any]
) -> tuple[SegmentTable, ...]:
    tables = []
    for name in summary.segments.names:
        table = summary.segments.table(name, MOST_SEGMENTS, segment, ORDERS.get(name, ()))
        # One file has all rows, and so has one script, most often.
        if len(table.segments) > 1 or name not in (FILE, LENGTH, UNKNOWN, SCRIPT):
            tables.append(table)
    return tuple(tables)


def _rows(summary: ReportSummary) -> RowFacts:
    counts = summary.counts
    return RowFacts(
        malformed=counts.malformed,
        unlabeled=counts.unlabeled,
        null=counts.null,
        empty=counts.empty,
        very_long=counts.very_long,
        invalid=counts.invalid,
        no_terms=counts.no_terms,
        unknown_terms=ratio(counts.n_unknown, counts.n_values),
    )
