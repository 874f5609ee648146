"""Folds in time: rows are scored by models that learned earlier rows only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.shape import Shape
from torrential.data.columns.used import used_array
from torrential.data.formats.csv.values import convert, infer
from torrential.data.views.foldings import with_column
from torrential.errors import DataError
from torrential.types import Batch, Bool, Int64


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
        """False: rows are assigned independently of each other."""
        return False

    def in_partition(self) -> "OrderedFolding":
        """Return the same object: rows are assigned independently of each other."""
        return self

    def numbers(self, batch: Batch, first: int = 0) -> Int64:
        """Return the block of each row, shape (n_rows,)."""
        assert batch.rows is not None  # by the shape
        values = times_of(batch, self.order.name)
        if self.edges.dtype.kind in "iuf" and values.dtype.kind == "O":
            values = self._numbers_of(values, batch)
        return np.asarray(np.searchsorted(self.edges, values, side="right"), np.int64)

    def _numbers_of(self, values: Any, batch: Batch) -> Any:
        """Return the numbers that text represents."""
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
        """Return which rows belong to the block of a fold, or else to the blocks before it."""
        return np.asarray(keys == number + 1 if is_test else keys <= number)

    def named(self, number: int) -> tuple[int, int]:
        """Return the number of a fold, and the number of folds."""
        return number, self.n_folds

    def identity(self) -> list[Any]:
        """Return what determines the folds, in addition to the rows."""
        return ["ordered folds", self.n_folds, self.order.name, [str(edge) for edge in self.edges]]

    def needed(self, shape: Shape) -> Shape:
        """Add the column of the times."""
        return with_column(shape, self.order)

    @property
    def hashes_rows(self) -> bool:
        """False: rows are identified by a column."""
        return False

    def __str__(self) -> str:
        return f"{self.n_folds} in the order of {self.order.name}"


def times_of(batch: Batch, name: str) -> Any:
    """Return the values of the column of times in a type that NumPy compares."""
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
    """Return numbers if all values are numbers as text, as in CSV; else the same values.

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
    """Return the first value of each of n_folds + 1 blocks but the first, by a sample.

    Raises
    ------
    DataError
        If there are too few different values.
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
