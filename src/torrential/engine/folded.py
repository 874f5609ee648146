"""Hashed rows that know their folds: one stream for the models of all folds."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np

from torrential.data.folds import Folding
from torrential.engine.hashing import BEGINNING, HashedBatch, Noting, Place, hash_batch
from torrential.engine.labels import Encoded
from torrential.execution import stream
from torrential.features.settings import HashSettings
from torrential.kernels.selection import copy_rows, count_values
from torrential.types import Batch, Csr, Int64, Partition

KEPT_BYTES = 2**29
"""Of hashed rows that stay in memory from training until they are scored: others are hashed again.

That is half a gigabyte, of about as much text.
"""

VALUES_AT_ONCE = 2**20
"""Non-zeros of the batches that the models of all folds learn before the next ones are taken."""


@dataclass(frozen=True, slots=True)
class FoldedBatch:
    """A hashed batch, and the fold of each of its rows."""

    hashed: HashedBatch
    folds: Int64

    def of_fold(self, number: int) -> HashedBatch:
        """Copy the rows of a fold."""
        return select(self.hashed, np.flatnonzero(self.folds == number))

    def without_fold(self, number: int) -> HashedBatch:
        """Copy the rows of all other folds."""
        return select(self.hashed, np.flatnonzero(self.folds != number))


def select(batch: HashedBatch, rows: Int64) -> HashedBatch:
    """Copy some rows of a batch; its counts of odd rows stay those of all."""
    csr, target, weight = batch.rows, batch.target, batch.weight
    n_values = count_values(csr.indptr, rows)
    data, indices = np.empty(n_values, np.float32), np.empty(n_values, np.int32)
    indptr = np.empty(len(rows) + 1, np.int64)
    copy_rows(csr.data, csr.indices, csr.indptr, rows, data, indices, indptr)
    return replace(
        batch,
        rows=Csr(data, indices, indptr, csr.n_features),
        target=None if target is None else Encoded(target.codes[rows], target.values),
        weight=None if weight is None else weight[rows],
        n_bytes=batch.n_bytes * len(rows) // max(1, csr.n_rows),
        terms=None,
        registers=None,
    )


def folded_batches(
    partitions: Sequence[Partition],
    settings: HashSettings,
    folding: Folding,
    n_jobs: int,
    *,
    vocabulary: bool = False,
    start: Place = BEGINNING,
) -> Generator[FoldedBatch, None, None]:
    """Read and hash partitions on threads, in order, without the batches before `start`."""
    noting = Noting(vocabulary=vocabulary)

    def numbered(number: int) -> Iterator[tuple[Place, Batch]]:
        for place, batch in enumerate(partitions[number].batches()):
            yield (number, place), batch

    def apply(item: tuple[Place, Batch]) -> FoldedBatch | None:
        place, batch = item
        if place < start:
            return None
        hashed = replace(hash_batch(batch, settings, noting=noting), place=place)
        return FoldedBatch(hashed, folding.numbers(batch))

    def source(number: int) -> Iterable[tuple[Place, Batch]]:
        return numbered(number)

    numbers = range(start[0], len(partitions))
    sources = [lambda number=number: source(number) for number in numbers]
    with closing(stream(sources, apply, n_jobs)) as batches:
        for batch in batches:
            if batch is not None:
                yield batch


def in_groups(batches: Iterable[FoldedBatch]) -> Iterator[list[FoldedBatch]]:
    """Yield a few batches at once, which are enough work for all threads."""
    group: list[FoldedBatch] = []
    n_values = 0
    for batch in batches:
        group.append(batch)
        n_values += len(batch.hashed.rows.data)
        if n_values >= VALUES_AT_ONCE:
            yield group
            group, n_values = [], 0
    if group:
        yield group


@dataclass(slots=True)
class Kept:
    """The first batches of a pass, which stay in memory as long as there is room for them.

    Attributes
    ----------
    limit : int
        Bytes at most.
    batches : list of FoldedBatch
    n_bytes : int
    start : Place or None
        The first batch that is not kept; None while all are.
    """

    limit: int = KEPT_BYTES
    batches: list[FoldedBatch] = field(default_factory=list)
    n_bytes: int = 0
    start: Place | None = None

    def add(self, batch: FoldedBatch) -> None:
        """Keep a batch if there is room."""
        rows = batch.hashed.rows
        n_bytes = rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes
        if self.start is None and self.n_bytes + n_bytes > self.limit:
            self.start = batch.hashed.place
        if self.start is None:
            hashed = replace(batch.hashed, terms=None, registers=None)
            self.batches.append(replace(batch, hashed=hashed))
            self.n_bytes += n_bytes

    def taken(self) -> Iterator[FoldedBatch]:
        """Yield the batches, and let go of each."""
        self.batches.reverse()
        while self.batches:
            yield self.batches.pop()
