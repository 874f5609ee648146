"""Hashed rows of a batch that some models learn: chosen by their keys, and copied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from torrential.data.views.foldings import Folding
from torrential.engine.batches.hashed_batch import HashedBatch, Place, joined_weights
from torrential.engine.targets.labels import Encoded, joined
from torrential.kernels.rows.selection import copy_rows, count_values
from torrential.types import Csr, Float32, Int64


@dataclass(frozen=True, slots=True)
class KeyedBatch:
    """A hashed batch, and the key of each of its rows.

    Attributes
    ----------
    hashed : HashedBatch
    keys : int64 array of shape (n_rows,)
    address : int or None
        The address of its rows in an arena, if any.
    """

    hashed: HashedBatch
    keys: Int64
    address: int | None = None

    @property
    def place(self) -> Place:
        """Place of the batch."""
        return self.hashed.place

    @property
    def memory(self) -> int:
        """Bytes of the rows."""
        rows = self.hashed.rows
        return rows.data.nbytes + rows.indices.nbytes + rows.indptr.nbytes

    def without_terms(self) -> "KeyedBatch":
        """Return the rows without the counted terms."""
        return replace(self, hashed=replace(self.hashed, terms=None, registers=None))


@dataclass(frozen=True, slots=True)
class Views:
    """One batch of rows, hashed in several ways.

    Attributes
    ----------
    batches : list of KeyedBatch
        By the number of the way.
    """

    batches: list[KeyedBatch]

    @property
    def place(self) -> Place:
        """Place of the batch."""
        return self.batches[0].place

    @property
    def memory(self) -> int:
        """Bytes of the rows."""
        return sum(batch.memory for batch in self.batches)

    @property
    def n_rows(self) -> int:
        """Number of rows that were read."""
        return self.batches[0].hashed.rows.n_rows

    @property
    def n_bytes(self) -> int:
        """Bytes of text."""
        return self.batches[0].hashed.n_bytes

    def without_terms(self) -> "Views":
        """Return the rows without the counted terms."""
        return Views([batch.without_terms() for batch in self.batches])

    def split(self, n: int) -> "tuple[Views, Views]":
        """Return the first n rows, with all statistics of the batch, and the other rows."""
        pairs = [split_batch(batch, n) for batch in self.batches]
        return Views([first for first, _ in pairs]), Views([rest for _, rest in pairs])


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
"""Rows of a batch that a model learns, or is scored on."""


@dataclass(frozen=True, slots=True)
class FoldRows:
    """The rows that the models of a fold learn, or are scored on.

    Attributes
    ----------
    folding : Folding
    number : int
    is_test : bool
    """

    folding: Folding
    number: int
    is_test: bool = False

    def __call__(self, batch: KeyedBatch) -> Chosen:
        """Return the chosen rows."""
        mask = self.folding.mask(batch.keys, self.number, is_test=self.is_test)
        return Chosen(np.flatnonzero(mask))


def all_rows(batch: KeyedBatch) -> Chosen:
    """Choose all rows of a batch."""
    return Chosen(np.arange(len(batch.keys)))


def select(batch: HashedBatch, chosen: Chosen) -> HashedBatch:
    """Copy some rows of a batch; its counts of skipped rows still refer to all rows."""
    return replace(
        batch,
        rows=_copied([(batch, chosen)]),
        target=_target_of(batch, chosen),
        weight=weight_of(batch, chosen),
        n_bytes=batch.n_bytes * len(chosen.rows) // max(1, batch.rows.n_rows),
        terms=None,
        registers=None,
    )


def select_from(parts: Sequence[tuple[HashedBatch, Chosen]]) -> HashedBatch:
    """Copy some rows of several batches into one, to score them at once."""
    weights = [weight_of(*each) for each in parts]
    targets = [_target_of(*each) for each in parts]
    return HashedBatch(
        rows=_copied(parts),
        target=_joined([target for target in targets if target is not None]),
        weight=joined_weights(weights, [len(chosen.rows) for _, chosen in parts]),
        n_bytes=0,
        n_malformed=0,
        n_invalid=0,
        n_null=0,
        place=parts[0][0].place,
    )


def _copied(parts: Sequence[tuple[HashedBatch, Chosen]]) -> Csr:
    n_values = [count_values(batch.rows.indptr, chosen.rows) for batch, chosen in parts]
    n_rows = [len(chosen.rows) for _, chosen in parts]
    data, indices = np.empty(sum(n_values), np.float32), np.empty(sum(n_values), np.int32)
    indptr = np.empty(sum(n_rows) + 1, np.int64)
    row = value = 0
    for (batch, chosen), n, m in zip(parts, n_rows, n_values, strict=True):
        csr, ends = batch.rows, indptr[row : row + n + 1]
        out = data[value : value + m], indices[value : value + m]
        copy_rows(csr.data, csr.indices, csr.indptr, chosen.rows, *out, ends)
        ends += value
        row, value = row + n, value + m
    return Csr(data, indices, indptr, parts[0][0].rows.n_features)


def _target_of(batch: HashedBatch, chosen: Chosen) -> Encoded | None:
    target = batch.target
    return None if target is None else Encoded(target.codes[chosen.rows], target.values)


def _joined(targets: Sequence[Encoded]) -> Encoded | None:
    return joined(targets) if targets else None


def split_batch(batch: KeyedBatch, n: int) -> tuple[KeyedBatch, KeyedBatch]:
    """Cut a batch in two, the first with ``n`` rows."""
    hashed, numbers = batch.hashed, np.arange(len(batch.keys))
    first, rest = (select(hashed, Chosen(part)) for part in (numbers[:n], numbers[n:]))
    return (
        KeyedBatch(replace(first, registers=hashed.registers), batch.keys[:n]),
        KeyedBatch(
            replace(rest, n_malformed=0, n_invalid=0, n_null=0, n_other_labels=0), batch.keys[n:]
        ),
    )


def weight_of(batch: HashedBatch, chosen: Chosen) -> Float32 | None:
    """Return the weights of some rows of a batch; None if all are 1."""
    if batch.weight is None:
        return chosen.factor
    weight = batch.weight[chosen.rows]
    return weight if chosen.factor is None else chosen.factor * weight
