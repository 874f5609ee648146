"""Ways to make folds: by a hash, with equal shares of each class, or in time."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from torrential.data.columns.label_lists import distinct_sets, is_list, parts_of
from torrential.data.columns.shape import Shape
from torrential.data.views.row_keys import RowKeys
from torrential.data.views.split import hash_column, row_hashes
from torrential.types import Batch, Bool, Int64


class Folding(RowKeys, Protocol):
    """Which rows the models of each fold learn, and on which they are scored.

    A row's key tells it; see `RowKeys`.
    """

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        ...

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return whether each row, by its key, is scored in a fold, or else learned."""
        ...

    def named(self, number: int) -> tuple[int, int]:
        """Return the description of a fold in messages: its number, and the number of folds."""
        ...


@dataclass(frozen=True, slots=True)
class HashFolding:
    """Folds by a hash: a fact of the row and the seed alone.

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

    @property
    def is_sequential(self) -> bool:
        """False: rows are assigned independently of each other."""
        return False

    def in_partition(self) -> "HashFolding":
        """Return the same object: rows are assigned independently of each other."""
        return self

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the fold of each row, shape (n_rows,); batches have the shape `needed`."""
        if self.groups is None:
            return _by_hash(batch, self.seed, self.n_folds)
        assert batch.rows is not None  # by the shape
        hashes = hash_column(batch.rows.column(self.groups.name), self.seed)
        return _share_of(hashes, self.n_folds)

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return which rows belong to a fold, or else which do not."""
        return np.asarray((keys == number) == is_test)

    def named(self, number: int) -> tuple[int, int]:
        """Return the number of a fold, and the number of folds."""
        return number, self.n_folds

    def identity(self) -> list[Any]:
        """Return what determines the folds, in addition to the rows."""
        return ["folds", self.n_folds, self.seed, None if self.groups is None else self.groups.name]

    def needed(self, shape: Shape) -> Shape:
        """Add the column of the groups."""
        return shape if self.groups is None else with_column(shape, self.groups)

    @property
    def hashes_rows(self) -> bool:
        """Whether rows are identified by a hash of their content."""
        return self.groups is None

    def __str__(self) -> str:
        by = "" if self.groups is None else f" by {self.groups.name}"
        return f"{self.n_folds}{by}, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class StratifiedFolding:
    """Folds that have equal shares of each class: the rows of a class are assigned in turn.

    Each partition is assigned independently, beginning with a fold determined by the first row's
    hash; so the rows of a class in a fold are as many as in another, but for one in each partition.

    Attributes
    ----------
    n_folds : int
    seed : int
    """

    n_folds: int
    seed: int = 0
    _next: dict[Any, int] = field(default_factory=dict, compare=False)
    _counts: dict[Any, int] = field(default_factory=dict, compare=False)

    @property
    def is_sequential(self) -> bool:
        """True: rows are assigned in turn."""
        return True

    def in_partition(self) -> "StratifiedFolding":
        """Return a folding that has assigned no row yet."""
        return StratifiedFolding(self.n_folds, self.seed)

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the fold of each row, shape (n_rows,), and continue from there."""
        folds = _by_hash(batch, self.seed, self.n_folds)
        if batch.target is None:
            return folds
        codes, values = self._strata(batch.target)
        for code, value in enumerate(values):
            rows = np.flatnonzero(codes == code)
            begin = self._next.get(value, int(folds[rows[0]]))
            folds[rows] = (begin + np.arange(len(rows))) % self.n_folds
            self._next[value] = (begin + len(rows)) % self.n_folds
        return folds

    def _strata(self, target: pa.Array) -> tuple[Any, list[Any]]:
        """Return the class of each row, as a place among the classes, and the classes.

        That of a row of several labels is the one that has the fewest rows so far.
        """
        if not is_list(target.type):
            encoded = target.dictionary_encode()
            codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            return codes, encoded.dictionary.to_pylist()
        labels = parts_of(target)[1].dictionary_encode()
        known = labels.dictionary.to_pylist()
        found, sets = distinct_sets(target, known, labels.indices.to_numpy(zero_copy_only=False))
        sizes = np.bincount(found[found >= 0], minlength=len(sets)).tolist()
        for labels_of_set, size in zip(sets, sizes, strict=True):
            for label in labels_of_set:
                self._counts[label] = self._counts.get(label, 0) + size
        rarest = [min(each, key=self._counts.__getitem__, default=None) for each in sets]
        classes = list(dict.fromkeys(rarest))
        places = {label: place for place, label in enumerate(classes)}
        of_sets = np.array([*(places[label] for label in rarest), -1], np.int64)
        return of_sets[found], classes

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return which rows belong to a fold, or else which do not."""
        return np.asarray((keys == number) == is_test)

    def named(self, number: int) -> tuple[int, int]:
        """Return the number of a fold, and the number of folds."""
        return number, self.n_folds

    def identity(self) -> list[Any]:
        """Return what determines the folds, in addition to the rows."""
        return ["stratified folds", self.n_folds, self.seed]

    def needed(self, shape: Shape) -> Shape:
        """Return the same shape: no other column is needed."""
        return shape

    @property
    def hashes_rows(self) -> bool:
        """True: the first row of each class is identified by a hash."""
        return True

    def __str__(self) -> str:
        return f"{self.n_folds} with equal shares of classes, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class SingleFold:
    """A single fold of a folding.

    Its keys are 0 for rows that are scored, 1 for rows that are learned, and 2 for others.

    Attributes
    ----------
    folding : Folding
    number : int
    """

    folding: Folding
    number: int

    @property
    def n_folds(self) -> int:
        """1."""
        return 1

    @property
    def is_sequential(self) -> bool:
        """Whether the folding is sequential."""
        return self.folding.is_sequential

    def in_partition(self) -> "SingleFold":
        """Return the fold with the folding of one partition."""
        return SingleFold(self.folding.in_partition(), self.number)  # type: ignore[arg-type]

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the role of each row in the fold, shape (n_rows,)."""
        keys = self.folding.numbers(batch, first)
        is_test, is_train = (
            self.folding.mask(keys, self.number, is_test=side) for side in (True, False)
        )
        return np.where(is_test, 0, np.where(is_train, 1, 2))

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return which rows are scored, or else learned."""
        return np.asarray(keys == (0 if is_test else 1))

    def named(self, number: int) -> tuple[int, int]:
        """Return the description of the fold in messages."""
        return self.folding.named(self.number)

    def identity(self) -> list[Any]:
        """Return what determines the folds, in addition to the rows."""
        return ["one fold", self.number, *self.folding.identity()]

    def needed(self, shape: Shape) -> Shape:
        """Return the columns that the folding needs."""
        return self.folding.needed(shape)


def _by_hash(batch: Batch, seed: int, n_folds: int) -> Int64:
    return _share_of(row_hashes(batch, seed), n_folds)


def _share_of(hashes: Any, n_folds: int) -> Int64:
    share = (hashes >> np.uint64(32)) * np.uint64(n_folds)
    return np.asarray(share >> np.uint64(32), np.int64)


def with_column(shape: Shape, column: pa.Field) -> Shape:
    """Return a shape that reads one more column."""
    schema = shape.schema
    if column.name not in schema.names:
        schema = schema.append(column)
    return replace(shape, schema=schema, keep_rows=True)
