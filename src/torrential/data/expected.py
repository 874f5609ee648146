"""The number of rows that a dataset has, or is expected to have by a look at its first rows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow.compute as pc

from torrential.data.dataset import Dataset
from torrential.data.formats.registry import n_nulls
from torrential.data.source import View
from torrential.data.sources.files import FilePartition, FileSource
from torrential.data.sources.memory import TableSource
from torrential.data.views.cached import CachedPartition
from torrential.data.views.downsample import Downsampled

PARTITIONS, SAMPLE = 16, 2**17
"""Partitions and rows in which labels are counted, where only a share of some is taken."""

SHARE, ROWS = 0.01, 1000
"""What is read of a file that is one part: this share of it and as many rows, at least."""


def expected_rows(dataset: Dataset) -> int | None:
    """Return the number of rows where it is known, else an estimate from the first part's bytes.

    Rows without a label count, except in memory and where Parquet files have statistics. It
    depends on the data alone. None if nothing is known, as of a generator or a pipe.
    """
    n_rows = dataset.n_rows
    if n_rows is not None:
        return n_rows - _n_unlabeled(dataset)
    source = dataset.source
    if isinstance(source, View):
        inner, view = replace(dataset, source=source.inner), source
        of_all = expected_rows(inner)
        if of_all is None:
            return None
        return _of_sample(view, inner, of_all) or view.expected_rows(of_all)
    if dataset.is_read_once or not isinstance(source, FileSource) or dataset.n_bytes is None:
        return None
    first = dataset.partitions("target")[0]
    partition = first.inner if isinstance(first, CachedPartition) else first
    assert isinstance(partition, FilePartition)
    return round(_rows_of(partition) * dataset.n_bytes / max(1, _size_of(partition)))


def _of_sample(view: Any, inner: Dataset, n_rows: int) -> int | None:
    """Return the rows that a view of a share of some labels keeps; None for other views.

    Labels are counted in some partitions.
    """
    if not isinstance(view, Downsampled):
        return None
    partitions = inner.partitions("target")
    chosen = partitions[:: -(-len(partitions) // PARTITIONS)]
    kept, n_labeled = 0.0, 0
    for partition in chosen:
        n_read = 0
        for batch in partition.batches():
            rates = view.rates_of(batch)
            if rates is not None and batch.target is not None:
                labeled = np.asarray(batch.target.is_valid())
                kept, n_labeled = kept + rates[labeled].sum(), n_labeled + labeled.sum()
            n_read += batch.n_rows
            if n_read >= SAMPLE // len(chosen):
                break
    return round(n_rows * kept / n_labeled) if n_labeled else n_rows


def _n_unlabeled(dataset: Dataset) -> int:
    """Return the number of rows that are known to have no label."""
    if dataset.target is None:
        return 0
    if isinstance(dataset.source, FileSource):
        files = [file for file, name in dataset.source.files if name == "parquet"]
        return sum(n_nulls(file, dataset.target) for file in files)
    if isinstance(dataset.source, View):
        inner = replace(dataset, source=dataset.source.inner)
        return _n_unlabeled(inner) if inner.n_rows == dataset.n_rows else 0  # in another order
    if not isinstance(dataset.source, TableSource):
        return 0
    found = (
        batch.column(dataset.target)
        for batch in dataset.source.batches
        if dataset.target in batch.schema.names  # not the field of a column
    )
    return sum(pc.sum(labels.is_null(nan_is_null=True)).as_py() or 0 for labels in found)


def _rows_of(partition: FilePartition) -> float:
    """Return how many rows a part has, from its beginning if that tells its share."""
    n_rows = 0
    for batch in partition.batches():
        n_rows += batch.n_rows
        if batch.share is not None and batch.share >= SHARE and n_rows >= ROWS:
            return n_rows / batch.share
    return n_rows


def _size_of(partition: FilePartition) -> int:
    part = partition.part
    return partition.file.size if part.stop is None else part.stop - part.start
