"""Prediction of a dataset to a file: its columns, the label and its probability, as a stream."""

import os
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from torrential.data.dataset import Dataset
from torrential.engine.hashing import hash_batch
from torrential.engine.label_values import as_arrow
from torrential.engine.lost_rows import warn_of_lost_rows
from torrential.engine.progress import Progress, SilentProgress
from torrential.engine.route import MeasuredPartition, measured
from torrential.engine.text_model import Counts, TextModel
from torrential.errors import DataError
from torrential.execution import Executor, Threads, count_jobs, stream
from torrential.features.weighting import Weighting
from torrential.persistence.writers import open_writer
from torrential.tracing import span
from torrential.types import Batch, Partition


def predict_file(
    model: TextModel,
    dataset: Dataset,
    path: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    all_probabilities: bool = False,
    format: str | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Write a dataset's columns with the predicted label of each row and its probability.

    Rows are in the order of the input, for any executor, and memory is bounded. The new columns
    are ``label`` and ``probability``, with ``predicted_`` before a name that the input has already.

    Parameters
    ----------
    model : TextModel
    dataset : Dataset
        Its target is not needed.
    path : str or path-like
        Parquet, CSV, JSON Lines or Arrow by its extension; "-" for standard output.
    executor : Executor, default=Threads(1)
        Reads, hashes and scores; the file is written by the driver.
    all_probabilities : bool, default=False
        Whether to add a column ``probability_<label>`` for each class, in the order of labels.
    format : str, default=None
        Format of the file, where its extension does not tell it.
    progress : Progress, default=None

    Returns
    -------
    counts : Counts
        Rows written, and those that were odd or left out.

    Raises
    ------
    DataError
        There is no row, or one that cannot be read.
    OutputError
        The file cannot be written; one that was there before is whole.
    """
    progress = progress or SilentProgress()
    columns = _PredictedColumns.of(model, dataset, all_probabilities)
    model.linear.prepare()
    partitions = measured(dataset.partitions("all"))
    predicted = _predicted(model, partitions, columns, executor or Threads())
    counts = Counts()
    with closing(predicted), progress, open_writer(path, columns.schema, format) as writer:
        progress.begin("predict", partitions)
        for batch in predicted:
            writer.write(batch.rows)
            counts.merge(batch.counts)
            progress.advance(batch.rows.num_rows, batch.counts.n_bytes)
        if counts.n_rows == 0:
            raise DataError(f"There is no row at all in {dataset.source}: give files with rows.")
    n_lost = counts.malformed
    warn_of_lost_rows(n_lost, counts.n_rows + n_lost, dataset.source)
    return counts


@dataclass(frozen=True, slots=True)
class _Predicted:
    rows: pa.RecordBatch
    counts: Counts


@dataclass(frozen=True, slots=True)
class _PredictedColumns:
    """What is added to the columns of the input.

    Attributes
    ----------
    schema : pa.Schema
        All columns of the output.
    labels : pa.Array of shape (n_classes,)
        Label of each code.
    order : int array of shape (n_classes,), or None
        Code of each class whose probability has a column of its own.
    """

    schema: pa.Schema
    labels: pa.Array
    order: Any

    @classmethod
    def of(cls, model: TextModel, dataset: Dataset, all_probabilities: bool) -> "_PredictedColumns":
        labels = as_arrow(model.labels.values)
        classes, order = model.labels.sorted()
        names = ["label", "probability"]
        if all_probabilities:
            names += [f"probability_{label}" for label in classes.tolist()]
        schema = dataset.schema
        for name in names:
            data_type = labels.type if name == "label" else pa.float32()
            schema = schema.append(pa.field(_free_name(name, schema.names), data_type))
        return cls(schema, labels, order if all_probabilities else None)

    def batch(
        self, rows: pa.RecordBatch, codes: np.ndarray[Any, Any], probabilities: Any
    ) -> pa.RecordBatch:
        """Rows of the input with the new columns."""
        chosen = probabilities[np.arange(len(codes)), codes]
        known = self.schema.names[
            : len(self.schema) - 2 - len(() if self.order is None else self.order)
        ]
        passed = [_column(rows, self.schema.field(name)) for name in known]
        arrays = [*passed, self.labels.take(pa.array(codes)), _as_float(chosen)]
        if self.order is not None:
            arrays += [_as_float(probabilities[:, code]) for code in self.order]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _column(rows: pa.RecordBatch, field: pa.Field) -> pa.Array:
    if field.name not in rows.schema.names:
        return pa.nulls(rows.num_rows, field.type)
    return rows.column(field.name).cast(field.type)


def _free_name(name: str, taken: list[str]) -> str:
    while name in taken:
        name = f"predicted_{name}"
    return name


def _as_float(column: Any) -> pa.Array:
    return pa.array(np.ascontiguousarray(column, np.float32))


def _predict(
    batch: Batch, model: TextModel, weighting: Weighting | None, columns: _PredictedColumns
) -> _Predicted:
    hashed = hash_batch(batch, model.hashing, weighting)
    with span("score"):
        scores = model.linear.decision(hashed.rows)
    rows = columns.batch(batch.rows, model.predict_codes(scores), model.probabilities(scores))
    counts = Counts(
        n_rows=rows.num_rows,
        n_bytes=hashed.n_bytes,
        malformed=hashed.n_malformed,
        null_text=hashed.n_null,
        invalid_utf8=hashed.n_invalid,
    )
    return _Predicted(rows, counts)


def _predicted(
    model: TextModel,
    partitions: Sequence[MeasuredPartition],
    columns: _PredictedColumns,
    executor: Executor,
) -> Generator[_Predicted, None, None]:
    """Predict batch by batch on threads, or partition by partition elsewhere, in order."""
    if isinstance(executor, Threads):
        sources = [part.batches for part in partitions]
        weighting = model.terms.weighting()
        predict = partial(_predict, model=model, weighting=weighting, columns=columns)
        yield from stream(sources, predict, count_jobs(executor.n_jobs))
        return
    predict_partition = partial(_predict_partition, columns=columns)
    with closing(executor.map(predict_partition, partitions, model)) as results:
        for batches in results:
            yield from batches


def _predict_partition(
    model: TextModel, partition: Partition, columns: _PredictedColumns
) -> list[_Predicted]:
    weighting = model.terms.weighting()
    return [_predict(batch, model, weighting, columns) for batch in partition.batches()]
