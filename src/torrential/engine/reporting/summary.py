"""The summary that a report is made from: findings of its kind, segments and odd rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from json import loads
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.kinds.contract import Findings, Judged
from torrential.engine.reporting.scored_texts import ScoredTexts
from torrential.engine.reporting.text_shapes import LENGTH_NAMES, SCRIPTS, VERY_LONG, text_shapes
from torrential.errors import ParameterError
from torrential.evaluation.findings.segments import Segments
from torrential.types import Int64, is_json_field

LENGTH, SCRIPT, UNKNOWN, FILE = "length in characters", "script", "unknown terms", "file"
LEARNED, LEARNED_NAMES = "row of the training", ("no", "yes")
"""Names of the segments that every report of texts has."""

UNKNOWN_SHARES = (0.0, 1e-9, 0.05, 0.1, 0.2, 0.35, 0.5)
UNKNOWN_NAMES = (
    "none", "up to 5%", "5% to 10%", "10% to 20%", "20% to 35%", "35% to 50%", "50% and more",
    "no terms",
)  # fmt: skip
"""Shares of a row's terms that the model gives no weight, and their names."""

_PART = re.compile(r", [a-z ]+ \d+(-\d+)?$")
"""The part of a file, in the name of where rows come from."""


@dataclass
class RowCounts:
    """Numbers of rows that are odd, and sums over all rows.

    Attributes
    ----------
    n_rows, n_bytes : int
        Rows that were scored, and bytes of their inputs.
    malformed, unlabeled, null, empty, very_long, invalid, no_terms : int
    n_values, n_unknown : int
        Different terms of the rows, and those of them without a weight in the model.
    """

    n_rows: int = 0
    n_bytes: int = 0
    malformed: int = 0
    unlabeled: int = 0
    null: int = 0
    empty: int = 0
    very_long: int = 0
    invalid: int = 0
    no_terms: int = 0
    n_values: int = 0
    n_unknown: int = 0

    def merge(self, other: Self) -> None:
        """Add the counts of other rows."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class ReportSummary:
    """What a report needs of the rows so far, in bounded memory: a summary.

    Parameters
    ----------
    findings : Findings
        Empty ones.
    by : sequence of str, default=()
        Columns of the input whose values are segments.
    is_text : bool, default=True
        Whether rows are texts, and not of tables.
    """

    def __init__(self, findings: Findings, *, by: Sequence[str] = (), is_text: bool = True) -> None:
        self.findings: Any = findings
        self.segments = Segments()
        self.counts = RowCounts()
        self.weight = self.squared_weights = 0.0
        self._by, self._is_text = tuple(by), is_text

    @property
    def size(self) -> float:
        """Rows that count as independent (Kish 1965)."""
        return self.weight * self.weight / self.squared_weights if self.squared_weights else 0.0

    def update(self, model: HashedModel, scored: ScoredTexts) -> None:
        """Add a batch."""
        found = self.findings.update(model, scored)
        self._count(scored, 0 if found is None else len(found.rows))
        if found is None:
            return
        self.weight += float(found.weights.sum())
        self.squared_weights += float(found.weights @ found.weights)
        self._add_segments(scored, found)

    def _count(self, scored: ScoredTexts, n_labeled: int) -> None:
        hashed, counts = scored.hashed, self.counts
        counts.n_rows += hashed.rows.n_rows
        counts.n_bytes += hashed.n_bytes
        counts.malformed += hashed.n_malformed
        counts.unlabeled += hashed.rows.n_rows - n_labeled
        counts.null += hashed.n_null
        counts.invalid += hashed.n_invalid
        counts.no_terms += int(np.count_nonzero(np.diff(hashed.rows.indptr) == 0))
        counts.n_values += len(hashed.rows.indices)
        counts.n_unknown += int(scored.n_unknown.sum())

    def _add_segments(self, scored: ScoredTexts, found: Judged) -> None:
        batch = scored.batch

        def add(name: str, places: Int64, values: Sequence[str]) -> None:
            self.segments.update(name, places[found.rows], values, found.measures, found.weights)

        if self._is_text:
            shapes = text_shapes(batch.text)
            self.counts.empty += int(np.count_nonzero(shapes.n_characters == 0))
            self.counts.very_long += int(np.count_nonzero(shapes.n_characters >= VERY_LONG))
            add(LENGTH, shapes.buckets, LENGTH_NAMES)
            add(SCRIPT, shapes.scripts, SCRIPTS)
        add(UNKNOWN, _unknown_places(scored), UNKNOWN_NAMES)
        if scored.is_learned is not None:
            add(LEARNED, scored.is_learned.astype(np.int64), LEARNED_NAMES)
        add(FILE, np.zeros(batch.n_rows, np.int64), [_PART.sub("", batch.origin)])
        for name in self._by:
            assert batch.rows is not None
            add(name, *_values(batch.rows, name))

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self.findings.merge(other.findings)
        self.segments.merge(other.segments)
        self.counts.merge(other.counts)
        self.weight += other.weight
        self.squared_weights += other.squared_weights
        return self


def _unknown_places(scored: ScoredTexts) -> Int64:
    """Return the place of each row in `UNKNOWN_NAMES`."""
    sizes = np.diff(scored.hashed.rows.indptr)
    shares = scored.n_unknown / np.maximum(sizes, 1)
    places = np.searchsorted(UNKNOWN_SHARES, shares, side="right") - 1
    return np.where(sizes == 0, len(UNKNOWN_NAMES) - 1, places).astype(np.int64)


def _values(rows: pa.RecordBatch, name: str) -> tuple[Int64, list[str]]:
    """Return the place of each row's value among the values, and these as texts."""
    place = rows.schema.get_field_index(name)
    column, field = rows.column(place), rows.schema.field(place)
    if pa.types.is_nested(column.type):
        raise ParameterError(
            f"by={name!r} names a column of {column.type}: name one of single values."
        )
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column, null_encoding="encode")
    values = column.dictionary.to_pylist()
    if is_json_field(field):
        values = [None if value is None else loads(value) for value in values]
    names = ["(none)" if value is None else str(value) for value in [*values, None]]
    codes = pc.fill_null(column.indices, len(values)).to_numpy(zero_copy_only=False)
    return codes.astype(np.int64), names
