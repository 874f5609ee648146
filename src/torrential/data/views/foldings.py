"""Ways to make folds: by a hash, with equal shares of each class, or in time."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.shape import Shape
from torrential.data.columns.used import used_array
from torrential.data.formats.csv.values import convert, infer
from torrential.data.views.row_keys import RowKeys
from torrential.data.views.split import hash_column, row_hashes
from torrential.errors import DataError
from torrential.types import Batch, Bool, Int64


class Folding(RowKeys, Protocol):
    """Which rows the models of each fold learn, and on which they are scored.

    A row's key tells it; see `RowKeys`.
    """

    @property
    def n_folds(self) -> int:
        """How many folds there are."""
        ...

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return whether each row, by its key, is scored in a fold, or else learnt in it."""
        ...

    def named(self, number: int) -> tuple[int, int]:
        """Return what messages call a fold: its number, and how many there are."""
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
        """It is not."""
        return False

    def in_partition(self) -> "HashFolding":
        """Itself."""
        return self

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the fold of each row, shape (n_rows,); batches are of the shape `needed`."""
        if self.groups is None:
            return _by_hash(batch, self.seed, self.n_folds)
        assert batch.rows is not None  # by the shape
        hashes = hash_column(batch.rows.column(self.groups.name), self.seed)
        return _share_of(hashes, self.n_folds)

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return which rows are of a fold, or else of all others."""
        return np.asarray((keys == number) == is_test)

    def named(self, number: int) -> tuple[int, int]:
        """Return the number of a fold, and how many there are."""
        return number, self.n_folds

    def identity(self) -> list[Any]:
        """Tell what decides the folds, beside the rows."""
        return ["folds", self.n_folds, self.seed, None if self.groups is None else self.groups.name]

    def needed(self, shape: Shape) -> Shape:
        """Add the column of the groups."""
        return shape if self.groups is None else _with_column(shape, self.groups)

    @property
    def hashes_rows(self) -> bool:
        """Whether the rows are told by a hash of themselves."""
        return self.groups is None

    def __str__(self) -> str:
        by = "" if self.groups is None else f" by {self.groups.name}"
        return f"{self.n_folds}{by}, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class StratifiedFolding:
    """Folds that have equal shares of each class: its rows are dealt to them in turn.

    That is done in each partition apart, beginning with a fold that the first row's hash tells; so
    the rows of a class in a fold are as many as in another, but for one in each partition.

    Attributes
    ----------
    n_folds : int
    seed : int
    """

    n_folds: int
    seed: int = 0
    _next: dict[Any, int] = field(default_factory=dict, compare=False)

    @property
    def is_sequential(self) -> bool:
        """It is."""
        return True

    def in_partition(self) -> "StratifiedFolding":
        """Return one that has dealt no row yet."""
        return StratifiedFolding(self.n_folds, self.seed)

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the fold of each row, shape (n_rows,), and go on from there."""
        folds = _by_hash(batch, self.seed, self.n_folds)
        if batch.target is None:
            return folds
        encoded = batch.target.dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        for code, value in enumerate(encoded.dictionary.to_pylist()):
            rows = np.flatnonzero(codes == code)
            begin = self._next.get(value, int(folds[rows[0]]))
            folds[rows] = (begin + np.arange(len(rows))) % self.n_folds
            self._next[value] = (begin + len(rows)) % self.n_folds
        return folds

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return which rows are of a fold, or else of all others."""
        return np.asarray((keys == number) == is_test)

    def named(self, number: int) -> tuple[int, int]:
        """Return the number of a fold, and how many there are."""
        return number, self.n_folds

    def identity(self) -> list[Any]:
        """Tell what decides the folds, beside the rows."""
        return ["stratified folds", self.n_folds, self.seed]

    def needed(self, shape: Shape) -> Shape:
        """Nothing more."""
        return shape

    @property
    def hashes_rows(self) -> bool:
        """The first of each class is."""
        return True

    def __str__(self) -> str:
        return f"{self.n_folds} with equal shares of classes, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class OrderedFolding:
    """Folds in time: the models of a fold learn what was before the rows that they are scored on.

    The rows are cut into one block more than there are folds, by the values of a column. Models of
    fold 0 learn block 0 and are scored on block 1, those of fold 1 learn blocks 0 and 1, and so on.

    Attributes
    ----------
    n_folds : int
    order : pa.Field
        Column of the times.
    edges : array of shape (n_folds,)
        First value of each block but the first.
    """

    n_folds: int
    order: pa.Field
    edges: Any

    @property
    def is_sequential(self) -> bool:
        """It is not."""
        return False

    def in_partition(self) -> "OrderedFolding":
        """Itself."""
        return self

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the block of each row, shape (n_rows,)."""
        assert batch.rows is not None  # by the shape
        values = times_of(batch, self.order.name)
        if self.edges.dtype.kind in "iuf" and values.dtype.kind == "O":
            values = self._numbers_of(values, batch)
        return np.asarray(np.searchsorted(self.edges, values, side="right"), np.int64)

    def _numbers_of(self, values: Any, batch: Batch) -> Any:
        """Return the numbers that text stands for."""
        kind = pa.from_numpy_dtype(self.edges.dtype)
        numbers = convert(pa.array(values, pa.binary()), kind, exactly=False)
        if isinstance(numbers, int) or numbers.null_count:
            row = numbers if isinstance(numbers, int) else int(np.argmin(numbers.is_valid()))
            raise DataError(
                f"{batch.origin}, data row {batch.first_row + row + 1}: column "
                f"{self.order.name!r} holds {values[row]!r}, but numbers elsewhere: order needs "
                "values of one kind."
            )
        return numbers.to_numpy(zero_copy_only=False)

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return which rows are in the block after those of a fold, or else in these."""
        return np.asarray(keys == number + 1 if is_test else keys <= number)

    def named(self, number: int) -> tuple[int, int]:
        """Return the number of a fold, and how many there are."""
        return number, self.n_folds

    def identity(self) -> list[Any]:
        """Tell what decides the folds, beside the rows."""
        return ["ordered folds", self.n_folds, self.order.name, [str(edge) for edge in self.edges]]

    def needed(self, shape: Shape) -> Shape:
        """Add the column of the times."""
        return _with_column(shape, self.order)

    @property
    def hashes_rows(self) -> bool:
        """Rows are told by a column."""
        return False

    def __str__(self) -> str:
        return f"{self.n_folds} in the order of {self.order.name}"


@dataclass(frozen=True, slots=True)
class SingleFold:
    """One of several folds, as if there were no others.

    Its keys are 0 for rows that are scored, 1 for those that are learnt, and 2 for others.

    Attributes
    ----------
    folding : Folding
    number : int
    """

    folding: Folding
    number: int

    @property
    def n_folds(self) -> int:
        """One."""
        return 1

    @property
    def is_sequential(self) -> bool:
        """As of all folds."""
        return self.folding.is_sequential

    def in_partition(self) -> "SingleFold":
        """As of all folds."""
        return SingleFold(self.folding.in_partition(), self.number)  # type: ignore[arg-type]

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return what each row is to the fold, shape (n_rows,)."""
        keys = self.folding.numbers(batch, first)
        is_test, is_train = (
            self.folding.mask(keys, self.number, is_test=side) for side in (True, False)
        )
        return np.where(is_test, 0, np.where(is_train, 1, 2))

    def mask(self, keys: Int64, number: int, *, is_test: bool) -> Bool:
        """Return which rows are scored, or else learnt."""
        return np.asarray(keys == (0 if is_test else 1))

    def named(self, number: int) -> tuple[int, int]:
        """Return what messages call the fold."""
        return self.folding.named(self.number)

    def identity(self) -> list[Any]:
        """Tell what decides the folds, beside the rows."""
        return ["one fold", self.number, *self.folding.identity()]

    def needed(self, shape: Shape) -> Shape:
        """As of all folds."""
        return self.folding.needed(shape)


def times_of(batch: Batch, name: str) -> Any:
    """Return the values of the column of times, as NumPy compares them."""
    assert batch.rows is not None  # by the shape
    column = used_array(batch.rows.column(name))
    if column.null_count or (
        pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py()
    ):
        raise DataError(
            f"Column {name!r} has a null, but order needs a value in each row: fill it, or leave "
            "such rows out."
        )
    return column.to_numpy(zero_copy_only=False)


def ordered_values(values: Any) -> Any:
    """Return numbers where all values are text that stands for one, as in CSV; else the same.

    Examples
    --------
    >>> ordered_values(np.array(["9", "10"], object))
    array([ 9, 10])
    """
    if values.dtype.kind != "O" or not all(isinstance(value, str) for value in values):
        return values
    cells = pa.array(values, pa.binary())
    kind = infer(cells, exactly=False)
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return values
    numbers = convert(cells, kind, exactly=False)
    if isinstance(numbers, int) or numbers.null_count:
        return values
    return numbers.to_numpy(zero_copy_only=False)


def edges_of(values: Any, n_folds: int, name: str) -> Any:
    """Return the first value of each of n_folds + 1 blocks but the first, of a sample of values.

    Raises
    ------
    DataError
        There are not so many different values.
    """
    ordered = np.sort(values)
    places = len(ordered) * np.arange(1, n_folds + 1) // (n_folds + 1)
    edges = ordered[places] if len(ordered) else ordered
    if len(edges) == 0 or len(np.unique(edges)) < n_folds or edges[0] == ordered[0]:
        raise DataError(
            f"Column {name!r} has too few different values for {n_folds} folds in their order: "
            "take fewer folds."
        )
    return edges


def _by_hash(batch: Batch, seed: int, n_folds: int) -> Int64:
    return _share_of(row_hashes(batch, seed), n_folds)


def _share_of(hashes: Any, n_folds: int) -> Int64:
    share = (hashes >> np.uint64(32)) * np.uint64(n_folds)
    return np.asarray(share >> np.uint64(32), np.int64)


def _with_column(shape: Shape, column: pa.Field) -> Shape:
    schema = shape.schema
    if column.name not in schema.names:
        schema = schema.append(column)
    return replace(shape, schema=schema, keep_rows=True)
