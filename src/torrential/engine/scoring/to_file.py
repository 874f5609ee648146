"""Prediction of a dataset to a file: its columns, the label and its probability, as a stream."""

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.data.sources.known_columns import local_paths
from torrential.engine.batches.lost_rows import warn_of_lost_rows
from torrential.engine.model.hashed_model import Counts, HashedModel
from torrential.engine.progress.display import LineProgress, make_progress
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.scoring.predict import Scorer
from torrential.engine.targets.class_order import ClassOrder
from torrential.engine.targets.label_values import as_arrow
from torrential.errors import DataError, enough_memory_to
from torrential.execution import Executor, Recipe, Threads
from torrential.linear.pieces import pieces_of
from torrential.persistence.outputs import check_is_not_read, is_replaceable, is_standard_output
from torrential.persistence.writers import (
    TEXT_FORMATS,
    check_table,
    open_writer,
)
from torrential.tracing import span
from torrential.types import Batch, Float32, Float64, Int32, Partition, leaf_path, text_field


@enough_memory_to("predict")
def predict_file(
    model: HashedModel,
    dataset: Dataset,
    path: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    all_probabilities: bool = False,
    format: str | None = None,
    columns: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Write a dataset's columns with the predicted label of each row and its probability.

    Rows are in the order of the input, for any executor, and memory is bounded. Columns of the
    input are passed on without a loss, also if files or rows further down have others. The new
    columns are ``label`` and ``probability``, with ``predicted_`` before a name that the input has
    already.

    Parameters
    ----------
    model : HashedModel
    dataset : Dataset
        Its target is not needed.
    path : str or path-like
        Parquet, CSV, JSON Lines or Arrow by its extension; "-" for standard output.
    executor : Executor, default=Threads(1)
        Reads, hashes and scores; the file is written by the driver.
    all_probabilities : bool, default=False
        Whether to add a column ``probability_<label>`` for each class, in the order of labels.
    format : str, default=None
        Format of the file, if its extension does not tell it.
    columns : sequence of str, default=None
        Columns of the input to pass on; an empty one for none. None for all.
    progress : Progress, default=None

    Returns
    -------
    counts : Counts
        Rows written, and rows that were skipped or malformed.

    Raises
    ------
    DataError
        If there is no row, a row is malformed, or no file has a column of ``columns``.
    ParameterError
        If the format is not known, or if the path is one of the files that are read.
    OutputError
        If the file is not writable; an existing file stays whole.
    """
    progress = progress or SilentProgress()
    kind, _ = check_table(path, format)
    check_is_not_read(path, local_paths(dataset.source))
    is_text = kind in TEXT_FORMATS
    is_fixed = kind in ("csv", "tsv") and not is_replaceable(path)
    parts = dataset.partitions("all", columns, ahead=is_fixed)
    known = dataset.known_columns(columns, ahead=is_fixed)
    predicted_columns = _PredictedColumns.of(
        model, known, columns, dataset.text if is_text else (), all_probabilities
    )
    partitions = measured(parts)
    recipe = Recipe(_read, partial(_predict, predicted_columns))
    outputs = (executor or Threads()).stream(recipe, partitions, Scorer(model))
    counts = Counts()
    with (
        closing(outputs) as predicted,
        progress,
        open_writer(path, predicted_columns.schema, kind) as writer,
    ):
        progress.begin("predict", partitions)
        for batch in predicted:
            _check_names(batch, writer.names, path)
            writer.write(batch.rows)
            counts.merge(batch.counts)
            progress.advance(batch.rows.num_rows, batch.counts.n_bytes)
        if counts.n_rows == 0:
            raise DataError(f"{dataset.source} has no rows: give files with rows.")
    n_lost = counts.malformed
    warn_of_lost_rows(n_lost, counts.n_rows + n_lost, dataset.source)
    return counts


def progress_of_file(path: str | os.PathLike[str], verbose: int) -> Progress:
    """Make the display of a prediction to a file.

    Rows that go to the standard output may appear on the same terminal: there is no bar next to
    them, and lines only with ``verbose=2``.
    """
    if not is_standard_output(path):
        return make_progress(verbose)
    if verbose >= 2 and sys.stderr is not None:
        return LineProgress(sys.stderr)
    return SilentProgress()


@dataclass(frozen=True, slots=True)
class _Predicted:
    rows: pa.RecordBatch
    counts: Counts
    origin: str


@dataclass(frozen=True, slots=True)
class _PredictedColumns:
    """The columns that are added to those of the input.

    Attributes
    ----------
    known : pa.Schema
        Columns of the input that are known.
    added : pa.Schema
    chosen : sequence of str or None
        Columns of the input to write; None for all.
    text : tuple of str
        Columns of the input whose bytes are written as text.
    labels : pa.Array of shape (n_classes,)
        Label of each code.
    order : ClassOrder or None
        Columns of the classes, if the probability of each class has a column.
    """

    known: pa.Schema
    added: pa.Schema
    chosen: Sequence[str] | None
    text: tuple[str, ...]
    labels: pa.Array
    order: ClassOrder | None

    @classmethod
    def of(
        cls,
        model: HashedModel,
        known: pa.Schema,
        chosen: Sequence[str] | None,
        text: tuple[str, ...],
        all_probabilities: bool,
    ) -> "_PredictedColumns":
        labels = as_arrow(model.labels.values)
        order = model.labels.order()
        names = ["label", "probability"]
        if all_probabilities:
            names += [f"probability_{label}" for label in order.classes.tolist()]
        fields: list[pa.Field] = []
        for name in names:
            taken = [*known.names, *(field.name for field in fields)]
            data_type = labels.type if name == "label" else pa.float32()
            fields.append(pa.field(_free_name(name, taken), data_type))
        return cls(
            known, pa.schema(fields), chosen, text, labels, order if all_probabilities else None
        )

    @property
    def schema(self) -> pa.Schema:
        """All known columns of the output."""
        return pa.schema([*map(_plain, self.known), *self.added])

    def wanted(self, probabilities: Float64, codes: Int32) -> Float32:
        """Return the probabilities of rows that have columns, that of the chosen class first."""
        chosen = probabilities[np.arange(len(codes)), codes][:, None]
        others = [] if self.order is None else [self.order.by_class(probabilities)]
        return np.hstack([chosen, *others], dtype=np.float32, casting="same_kind")

    def batch(self, batch: Batch, codes: Int32, wanted: Float32) -> pa.RecordBatch:
        """Return rows of the input with the new columns."""
        rows = batch.rows
        assert rows is not None  # by the shape
        if self.chosen is not None:
            rows = rows.select([name for name in rows.schema.names if name in self.chosen])
        else:  # fields within columns are in these
            rows = rows.select([field.name for field in rows.schema if leaf_path(field) is None])
        for name in self.added.names:
            if name in rows.schema.names:
                raise DataError(
                    f"{batch.origin} has a column {name!r}, which the first rows lack, and the "
                    "predictions have a column of this name: leave it out of the columns that are "
                    "passed on."
                )
        arrays = [*rows.columns, self.labels.take(pa.array(codes))]
        arrays += [_as_float(wanted[:, number]) for number in range(wanted.shape[1])]
        fields = [self._field(field) for field in rows.schema]
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([*fields, *self.added]))

    def _field(self, field: pa.Field) -> pa.Field:
        is_bytes = pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
        if field.name in self.text and is_bytes:
            return text_field(field)
        return _plain(field)


def _plain(field: pa.Field) -> pa.Field:
    return field if leaf_path(field) is None else field.remove_metadata()


def _check_names(batch: _Predicted, names: Sequence[str] | None, path: Any) -> None:
    if names is None:
        return
    for name in batch.rows.schema.names:
        if name not in names:
            raise DataError(
                f"{batch.origin} has a column {name!r}, which the first rows lack, and the header "
                f"of {path} is written: write JSON Lines or a file, or choose the columns to pass "
                "on."
            )


def _free_name(name: str, taken: list[str]) -> str:
    while name in taken:
        name = f"predicted_{name}"
    return name


def _as_float(column: Any) -> pa.Array:
    return pa.array(np.ascontiguousarray(column, np.float32))


def _read(scorer: Scorer, partition: Partition) -> Iterable[Batch]:
    return partition.batches()


def _predict(columns: _PredictedColumns, scorer: Scorer, batch: Batch) -> _Predicted:
    model, hashed = scorer.model, scorer.encoder.encode(batch)
    codes, probabilities = [], []
    for piece in pieces_of(hashed.rows, model.linear.n_columns):
        with span("score"):
            scores = model.linear.decision(piece)
        codes.append(model.task(scores).predict(scores))
        probabilities.append(columns.wanted(model.probabilities(scores), codes[-1]))
    rows = columns.batch(batch, np.concatenate(codes), np.concatenate(probabilities))
    counts = Counts(
        n_rows=rows.num_rows,
        n_bytes=hashed.n_bytes,
        malformed=hashed.n_malformed,
        null_text=hashed.n_null,
        invalid_utf8=hashed.n_invalid,
        other_labels=hashed.n_other_labels,
        no_terms=int(np.count_nonzero(np.diff(hashed.rows.indptr) == 0)),
    )
    return _Predicted(rows, counts, batch.origin)
