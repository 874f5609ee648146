"""The number of rows that a dataset has, or is expected to have by a look at its first rows."""

from dataclasses import replace

import pyarrow.compute as pc

from torrential.data.dataset import Dataset
from torrential.data.formats import parquet
from torrential.data.source import View
from torrential.data.sources.files import FilePartition, FileSource
from torrential.data.sources.memory import TableSource
from torrential.data.views.cached import CachedPartition

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
        of_all = expected_rows(replace(dataset, source=source.inner))
        return None if of_all is None else source.expected_rows(of_all)
    if dataset.is_read_once or not isinstance(source, FileSource) or dataset.n_bytes is None:
        return None
    first = dataset.partitions("target")[0]
    partition = first.inner if isinstance(first, CachedPartition) else first
    assert isinstance(partition, FilePartition)
    return round(_rows_of(partition) * dataset.n_bytes / max(1, _size_of(partition)))


def _n_unlabeled(dataset: Dataset) -> int:
    """Return the number of rows that are known to have no label."""
    if dataset.target is None:
        return 0
    if isinstance(dataset.source, FileSource):
        files = [file for file, name in dataset.source.files if name == "parquet"]
        return sum(parquet.n_nulls(file, dataset.target) for file in files)
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
