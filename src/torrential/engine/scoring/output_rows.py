"""The rows of a file of predictions: columns of the input, and those of the models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.engine.scoring.application import Applied, Outcome
from torrential.engine.scoring.prediction_columns import PredictionColumns, with_nulls
from torrential.errors import DataError
from torrential.types import Batch, Bool, leaf_path, text_field


@dataclass(frozen=True, slots=True)
class OutputRows:
    """Makes the rows that are written.

    Attributes
    ----------
    known : pa.Schema
        Columns of the input that are known.
    added : tuple of PredictionColumns
        Those of each model, under their final names; empty if only rows of the input are written.
    chosen : sequence of str or None
        Columns of the input to write; None for all.
    text : tuple of str
        Columns of the input whose bytes are written as text.
    """

    known: pa.Schema
    added: tuple[PredictionColumns, ...]
    chosen: Sequence[str] | None
    text: tuple[str, ...]

    @classmethod
    def of(
        cls,
        columns: Sequence[PredictionColumns],
        known: pa.Schema,
        chosen: Sequence[str] | None,
        text: tuple[str, ...],
    ) -> "OutputRows":
        """Return the maker of rows.

        Names of a single model's columns that the input has get ``predicted_`` before them.

        Raises
        ------
        DataError
            If the input has a column with the name of one of several models.
        """
        if len(columns) == 1:
            columns = [_with_free_names(columns[0], known.names)]
        for each in columns:
            for field in each.fields:
                if field.name in known.names:
                    raise DataError(
                        f"The input has a column {field.name!r}, and predictions have a column of "
                        "this name: rename the file of the model, or choose the columns to pass on."
                    )
        return cls(known, tuple(columns), chosen, text)

    @property
    def schema(self) -> pa.Schema:
        """All known columns of the output."""
        return pa.schema([*map(_plain, self.known), *self.added_fields])

    @property
    def added_fields(self) -> list[pa.Field]:
        """Columns of the predictions."""
        return [field for each in self.added for field in each.fields]

    def rows(self, batch: Batch, applied: Applied) -> pa.RecordBatch:
        """Return the rows of a batch that the filter keeps, with the new columns."""
        rows = batch.rows
        assert rows is not None  # by the shape
        if self.chosen is not None:
            rows = rows.select([name for name in rows.schema.names if name in self.chosen])
        else:  # fields within columns are in these
            rows = rows.select([field.name for field in rows.schema if leaf_path(field) is None])
        for field in self.added_fields:
            if field.name in rows.schema.names:
                raise DataError(
                    f"{batch.origin} has a column {field.name!r}, which the first rows lack, and "
                    "the predictions have a column of this name: leave it out of the columns that "
                    "are passed on."
                )
        kept = applied.kept
        arrays = list(rows.columns) if kept is None else _filtered(rows, kept)
        for columns, outcome in zip(self.added, applied.outcomes, strict=False):
            arrays += _arrays(columns, outcome, kept)
        fields = [*map(self._field, rows.schema), *self.added_fields]
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    def added_rows(self, applied: Applied) -> pa.RecordBatch:
        """Return the columns of the predictions only, of all rows of a batch."""
        arrays: list[pa.Array] = []
        for columns, outcome in zip(self.added, applied.outcomes, strict=True):
            arrays += _arrays(columns, outcome, None)
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(self.added_fields))

    def _field(self, field: pa.Field) -> pa.Field:
        is_bytes = pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
        if field.name in self.text and is_bytes:
            return text_field(field)
        return _plain(field)


def check_header(rows: pa.RecordBatch, origin: str, names: Sequence[str] | None, path: Any) -> None:
    """Raise a DataError if rows have a column that a header, which is written, lacks."""
    if names is None:
        return
    for name in rows.schema.names:
        if name not in names:
            raise DataError(
                f"{origin} has a column {name!r}, which the first rows lack, and the header of "
                f"{path} is written: write JSON Lines or a file, or choose the columns to pass on."
            )


def _arrays(columns: PredictionColumns, outcome: Outcome, kept: Bool | None) -> list[pa.Array]:
    predictions, seen = outcome
    if kept is not None:
        predictions = predictions.of_rows(kept)
        seen = None if seen is None else seen[kept]
    is_null = None if seen is None else pa.array(~seen)
    return with_nulls(columns.arrays(predictions), is_null)


def _filtered(rows: pa.RecordBatch, kept: Bool) -> list[pa.Array]:
    """Return the columns of some rows: by their numbers, which works for every type."""
    if not kept.any():
        return [column.slice(0, 0) for column in rows.columns]
    numbers = pa.array(np.flatnonzero(kept))
    return [column.take(numbers) for column in rows.columns]


def _plain(field: pa.Field) -> pa.Field:
    return field if leaf_path(field) is None else field.remove_metadata()


def _with_free_names(columns: PredictionColumns, taken: Sequence[str]) -> PredictionColumns:
    names = list(taken)
    fields = []
    for field in columns.fields:
        name = field.name
        while name in names:
            name = f"predicted_{name}"
        names.append(name)
        fields.append(field.with_name(name))
    return PredictionColumns(tuple(fields), columns.labels, columns.wanted)
