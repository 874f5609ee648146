"""Folds of a dataset: each row's by a hash, and the views of one fold and of all others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns import Shape
from torrential.data.source import SizedPartition, Source, select_rows
from torrential.data.split import hash_column, row_hashes
from torrential.types import Batch, Int64


@dataclass(frozen=True, slots=True)
class Folding:
    """Which fold a row is in: a fact of the row and the seed alone.

    Attributes
    ----------
    n_folds : int
    seed : int
    groups : pa.Field or None
        Column whose rows of the same value stay together; by default those with the same text and
        target do.
    """

    n_folds: int
    seed: int = 0
    groups: pa.Field | None = None

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the fold of each row, shape (n_rows,); batches are of the shape `needed`.

        It does not depend on how many rows of the partition are before the batch.
        """
        if self.groups is None:
            hashes = row_hashes(batch, self.seed)
        else:
            assert batch.rows is not None  # by the shape
            hashes = hash_column(batch.rows.column(self.groups.name), self.seed)
        share = (hashes >> np.uint64(32)) * np.uint64(self.n_folds)
        return (share >> np.uint64(32)).astype(np.int64)

    def needed(self, shape: Shape) -> Shape:
        """Return what batches have to be made of, so that their rows' folds can be told."""
        if self.groups is None:
            return shape
        schema = shape.schema
        if self.groups.name not in schema.names:
            schema = schema.append(self.groups)
        return Shape(shape.columns, schema, keep_rows=True)


@dataclass(frozen=True, slots=True)
class _FoldPartition:
    inner: SizedPartition
    view: "Fold"
    shape: Shape

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def n_rows(self) -> None:
        return None

    def batches(self) -> Iterator[Batch]:
        view = self.view
        for batch in self.inner.batches():
            chosen = (view.folding.numbers(batch) == view.number) == view.is_test
            if chosen.any() or batch.n_skipped:
                yield self._as_asked_for(select_rows(batch, pa.array(chosen), pc.filter))

    def _as_asked_for(self, batch: Batch) -> Batch:
        if batch.rows is None:
            return batch
        rows = batch.rows.select(self.shape.schema.names) if self.shape.keep_rows else None
        return replace(batch, rows=rows)


@dataclass(frozen=True, slots=True)
class Fold:
    """The rows of one fold, or those of all others."""

    inner: Source
    folding: Folding
    number: int
    is_test: bool

    def partitions(self, shape: Shape) -> tuple[SizedPartition, ...]:
        """As those of the source."""
        inner = self.inner.partitions(self.folding.needed(shape))
        return tuple(_FoldPartition(partition, self, shape) for partition in inner)

    @property
    def hashes_rows(self) -> bool:
        """It does, unless groups decide."""
        return self.folding.groups is None or self.inner.hashes_rows

    @property
    def n_bytes(self) -> int | None:
        """The share of the source's."""
        share = 1 / self.folding.n_folds
        share = share if self.is_test else 1 - share
        return None if self.inner.n_bytes is None else int(self.inner.n_bytes * share)

    def __str__(self) -> str:
        part = "fold" if self.is_test else "all but fold"
        by = "" if self.folding.groups is None else f" by {self.folding.groups.name}"
        which = f"{self.number} of {self.folding.n_folds}{by}, seed {self.folding.seed}"
        return f"{self.inner}, {part} {which}"
