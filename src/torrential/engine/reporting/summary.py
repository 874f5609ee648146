"""The summary that a report is made from: metrics, segments, confidence and the worst rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from json import loads
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.scored_texts import ScoredTexts
from torrential.engine.reporting.shown_rows import shown_rows
from torrential.engine.reporting.text_shapes import LENGTH_NAMES, SCRIPTS, VERY_LONG, text_shapes
from torrential.engine.scoring.evaluate import Evaluation
from torrential.engine.scoring.predict import Scored
from torrential.engine.targets.label_casts import LabelCast
from torrential.errors import ParameterError
from torrential.evaluation.classification import log_losses
from torrential.evaluation.findings.confidence import Confidence
from torrential.evaluation.findings.highest_rows import HighestRows
from torrential.evaluation.findings.rows import WrongRow
from torrential.evaluation.findings.segments import Segments
from torrential.features.settings import HashSettings
from torrential.types import Batch, Bool, Float64, Int64, is_json_field

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

MOST_BYTES = 100_000
"""Bytes of a text that are kept to show it."""


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


class ReportSummary(Evaluation):
    """What a report needs of the rows so far, in bounded memory: a summary.

    Parameters
    ----------
    model : HashedModel
    cast : LabelCast
    most_errors : int
        Wrong rows that are kept.
    by : sequence of str, default=()
        Columns of the input whose values are segments.
    has_places : bool, default=True
        Whether rows are at the places that their batches say.
    """

    def __init__(
        self,
        model: HashedModel,
        cast: LabelCast,
        *,
        most_errors: int,
        by: Sequence[str] = (),
        has_places: bool = True,
    ) -> None:
        super().__init__(model, cast, is_full=True)
        self.confidence = Confidence(self._n_classes)
        self.segments = Segments()
        self.worst: HighestRows[WrongRow] = HighestRows(most_errors)
        self.counts = RowCounts()
        self.squared_losses = self.squared_weights = 0.0
        self._by = tuple(by)
        self._has_places = has_places
        self._is_text = isinstance(model.hashing, HashSettings)
        self._batch: Batch | None = None
        self._unknown: Int64 | None = None
        self._learned: Bool | None = None

    def update(self, model: HashedModel, scored: Scored) -> None:
        """Add a batch."""
        assert isinstance(scored, ScoredTexts)  # the pass of a report keeps the texts
        hashed, counts = scored.hashed, self.counts
        self._batch = scored.batch
        counts.n_rows += hashed.rows.n_rows
        counts.n_bytes += hashed.n_bytes
        counts.malformed += hashed.n_malformed
        counts.null += hashed.n_null
        counts.invalid += hashed.n_invalid
        sizes = np.diff(hashed.rows.indptr)
        n_unknown = scored.n_unknown
        counts.no_terms += int(np.count_nonzero(sizes == 0))
        counts.n_values += len(hashed.rows.indices)
        counts.n_unknown += int(n_unknown.sum())
        shares = n_unknown / np.maximum(sizes, 1)
        places = np.searchsorted(UNKNOWN_SHARES, shares, side="right") - 1
        self._unknown = np.where(sizes == 0, len(UNKNOWN_NAMES) - 1, places).astype(np.int64)
        self._learned = scored.is_learned
        n_before = self.metrics.n_rows
        super().update(model, scored)
        counts.unlabeled += hashed.rows.n_rows - (self.metrics.n_rows - n_before)
        self._batch = self._unknown = self._learned = None

    def _note(
        self,
        labeled: Bool,
        true: NDArray[Any],
        places: NDArray[Any],
        probabilities: NDArray[np.floating] | None,
        weight: NDArray[Any] | None,
    ) -> None:
        assert probabilities is not None  # as the evaluation is full
        weights: Float64 = np.ones(len(true)) if weight is None else weight.astype(np.float64)
        losses = log_losses(true, probabilities, self._n_classes)
        self.squared_losses += float(weights @ (losses * losses))
        self.squared_weights += float(weights @ weights)
        of_label, is_right = probabilities[np.arange(len(true)), places], true == places
        self.confidence.update(places, of_label, is_right, weights)
        self._note_segments(labeled, is_right, weights)
        self._note_worst(labeled, true, places, probabilities)

    def _note_segments(self, labeled: Bool, is_right: Bool, weights: Float64) -> None:
        batch, segments = self._batch, self.segments
        assert batch is not None and self._unknown is not None
        rows = np.flatnonzero(labeled)
        if self._is_text:
            shapes = text_shapes(batch.text)
            self.counts.empty += int(np.count_nonzero(shapes.n_characters == 0))
            self.counts.very_long += int(np.count_nonzero(shapes.n_characters >= VERY_LONG))
            segments.update(LENGTH, shapes.buckets[rows], LENGTH_NAMES, is_right, weights)
            segments.update(SCRIPT, shapes.scripts[rows], SCRIPTS, is_right, weights)
        segments.update(UNKNOWN, self._unknown[rows], UNKNOWN_NAMES, is_right, weights)
        if self._learned is not None:
            learned = self._learned[rows].astype(np.int64)
            segments.update(LEARNED, learned, LEARNED_NAMES, is_right, weights)
        of_file = np.zeros(len(rows), np.int64)
        segments.update(FILE, of_file, [_PART.sub("", batch.origin)], is_right, weights)
        for name in self._by:
            assert batch.rows is not None
            places, values = _values(batch.rows, name)
            segments.update(name, places[rows], values, is_right, weights)

    def _note_worst(
        self,
        labeled: Bool,
        true: NDArray[Any],
        places: NDArray[Any],
        probabilities: NDArray[np.floating],
    ) -> None:
        batch = self._batch
        assert batch is not None
        of_label = probabilities[np.arange(len(true)), places].astype(np.float32)
        wanted = self.worst.wanted(of_label, true != places)
        if len(wanted) == 0:
            return
        rows, is_text = np.flatnonzero(labeled)[wanted], self._is_text
        labels, texts = self._labels.values, shown_rows(batch.columns, rows, is_text=is_text)
        self.worst.add(
            [
                WrongRow(
                    text=text[:MOST_BYTES],
                    n_bytes=len(text),
                    true=labels[true[at]],
                    predicted=labels[places[at]],
                    probability=float(of_label[at]),
                    of_true=float(probabilities[at, true[at]])
                    if true[at] < self._n_classes
                    else None,
                    origin=batch.origin,
                    number=batch.first_row + row if self._has_places else None,
                    columns=None if is_text else batch.columns.take(pa.array([row])),
                )
                for text, at, row in zip(texts, wanted.tolist(), rows.tolist(), strict=True)
            ]
        )

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        super().merge(other)
        self.confidence.merge(other.confidence)
        self.segments.merge(other.segments)
        self.worst.merge(other.worst)
        self.counts.merge(other.counts)
        self.squared_losses += other.squared_losses
        self.squared_weights += other.squared_weights
        return self


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
