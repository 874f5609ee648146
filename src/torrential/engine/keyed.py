"""Hashed rows that can be told apart: one stream for models that learn different rows of it."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from torrential.data.row_keys import RowKeys
from torrential.engine.hashing import BEGINNING, HashedBatch, Noting, Place, hash_batch
from torrential.engine.labels import Encoded
from torrential.execution import stream
from torrential.features.settings import HashSettings
from torrential.kernels.selection import copy_rows, count_values
from torrential.types import Batch, Csr, Float32, Int64, Partition

VALUES_AT_ONCE = 2**20
"""Non-zeros of the batches that the models of all folds learn before the next ones are taken."""


@dataclass(frozen=True, slots=True)
class KeyedBatch:
    """A hashed batch, and the key of each of its rows.

    Attributes
    ----------
    hashed : HashedBatch
    keys : int64 array of shape (n_rows,)
    address : int or None
        Where its rows stand in an arena, if they do.
    """

    hashed: HashedBatch
    keys: Int64
    address: int | None = None

    @property
    def place(self) -> Place:
        """Of the batch."""
        return self.hashed.place

    @property
    def memory(self) -> int:
        """Bytes of its rows."""
        rows = self.hashed.rows
        return rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes

    def without_terms(self) -> "KeyedBatch":
        """Return only what is learnt and scored."""
        return replace(self, hashed=replace(self.hashed, terms=None, registers=None))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some rows of a batch.

    Attributes
    ----------
    rows : int64 array of shape (n_chosen,)
    factor : float32 array of shape (n_chosen,), or None
        What their weights are multiplied with.
    """

    rows: Int64
    factor: Float32 | None = None


RowChoice = Callable[[KeyedBatch], Chosen]
"""What a model learns, or is scored on, of a batch."""


@dataclass(frozen=True, slots=True)
class FoldRows:
    """The rows of a fold, or those of all others.

    Attributes
    ----------
    number : int
    is_test : bool
    """

    number: int
    is_test: bool = False

    def __call__(self, batch: KeyedBatch) -> Chosen:
        """Tell the rows."""
        return Chosen(np.flatnonzero((batch.keys == self.number) == self.is_test))


def select(batch: HashedBatch, chosen: Chosen) -> HashedBatch:
    """Copy some rows of a batch; its counts of odd rows stay those of all."""
    csr, rows = batch.rows, chosen.rows
    n_values = count_values(csr.indptr, rows)
    data, indices = np.empty(n_values, np.float32), np.empty(n_values, np.int32)
    indptr = np.empty(len(rows) + 1, np.int64)
    copy_rows(csr.data, csr.indices, csr.indptr, rows, data, indices, indptr)
    target = batch.target
    return replace(
        batch,
        rows=Csr(data, indices, indptr, csr.n_features),
        target=None if target is None else Encoded(target.codes[rows], target.values),
        weight=weight_of(batch, chosen),
        n_bytes=batch.n_bytes * len(rows) // max(1, csr.n_rows),
        terms=None,
        registers=None,
    )


def weight_of(batch: HashedBatch, chosen: Chosen) -> Float32 | None:
    """Return the weights of some rows of a batch; None if all are 1."""
    if batch.weight is None:
        return chosen.factor
    weight = batch.weight[chosen.rows]
    return weight if chosen.factor is None else chosen.factor * weight


def keyed_batches(
    partitions: Sequence[Partition],
    settings: HashSettings,
    row_keys: RowKeys,
    n_jobs: int,
    *,
    vocabulary: bool = False,
    start: Place = BEGINNING,
) -> Generator[KeyedBatch, None, None]:
    """Read and hash partitions on threads, in order, without the batches before `start`."""
    noting = Noting(vocabulary=vocabulary)

    def numbered(number: int) -> Iterator[tuple[Place, int, Batch]]:
        first = 0
        for place, batch in enumerate(partitions[number].batches()):
            yield (number, place), first, batch
            first += batch.n_rows

    def apply(item: tuple[Place, int, Batch]) -> KeyedBatch | None:
        place, first, batch = item
        if place < start:
            return None
        hashed = replace(hash_batch(batch, settings, noting=noting), place=place)
        return KeyedBatch(hashed, row_keys.numbers(batch, first))

    def source(number: int) -> Iterable[tuple[Place, int, Batch]]:
        return numbered(number)

    numbers = range(start[0], len(partitions))
    sources = [lambda number=number: source(number) for number in numbers]
    with closing(stream(sources, apply, n_jobs)) as batches:
        for batch in batches:
            if batch is not None:
                yield batch


def in_groups(batches: Iterable[KeyedBatch]) -> Iterator[list[KeyedBatch]]:
    """Yield a few batches at once, which are enough work for all threads."""
    group: list[KeyedBatch] = []
    n_values = 0
    for batch in batches:
        group.append(batch)
        n_values += len(batch.hashed.rows.data)
        if n_values >= VALUES_AT_ONCE:
            yield group
            group, n_values = [], 0
    if group:
        yield group
