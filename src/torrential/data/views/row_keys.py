"""Keys that distinguish rows while several models learn: their folds, or their hashes."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from torrential.data.columns.shape import Shape
from torrential.data.views.split import row_hashes
from torrential.kernels.rows.rowhash import GOLDEN, MIX_1, MIX_2
from torrential.types import Batch, Int64, Partition


class RowKeys(Protocol):
    """Gives each row a number, by which each model knows what the row is to it."""

    @property
    def is_sequential(self) -> bool:
        """Whether a row's number depends on earlier rows of its partition."""
        ...

    def in_partition(self) -> "RowKeys":
        """Return the row numbers of one partition, from its beginning."""
        ...

    def numbers(self, batch: Batch, first: int) -> Int64:
        """Return the number of each row, shape (n_rows,).

        Parameters
        ----------
        batch : Batch
        first : int
            Rows of the partition before it.
        """
        ...

    def identity(self) -> list[Any]:
        """Return what determines the numbers, in addition to the rows, as JSON."""
        ...

    def needed(self, shape: Shape) -> Shape:
        """Return the columns that batches need for the numbers."""
        ...


NumbersOf = Callable[[], Int64]
"""Gives the numbers of a batch's rows."""


def keyed(partition: Partition, row_keys: RowKeys) -> Iterator[tuple[int, Batch, NumbersOf]]:
    """Yield the batches of a partition, each with its position and a function for its numbers.

    The caller runs the function when it processes the batch; numbers that depend on earlier
    batches are computed here.
    """
    own, first = row_keys.in_partition(), 0
    for place, batch in enumerate(partition.batches()):
        numbers_of: NumbersOf = partial(own.numbers, batch, first)
        if row_keys.is_sequential:
            numbers_of = partial(_same, numbers_of())
        yield place, batch, numbers_of
        first += batch.n_rows


def _same(numbers: Int64) -> Int64:
    return numbers


class HashKeys:
    """A hash of each row's text and label, and of its place in its partition.

    So equal rows have different keys, and a row has the same one in every epoch.

    Parameters
    ----------
    seed : int
    """

    is_sequential = False

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def in_partition(self) -> "HashKeys":
        """Return the same object: a hash does not depend on earlier rows."""
        return self

    def numbers(self, batch: Batch, first: int) -> Int64:
        """Return the hash of each row, shape (n_rows,)."""
        places = np.arange(first, first + batch.n_rows, dtype=np.uint64)
        return (row_hashes(batch, self.seed) ^ mixed(places)).view(np.int64)

    def identity(self) -> list[Any]:
        """Return the seed."""
        return ["hash", self.seed]

    def needed(self, shape: Shape) -> Shape:
        """Return the same shape: no other column is needed."""
        return shape


def mixed(numbers: NDArray[np.uint64], stream: int = 0) -> NDArray[np.uint64]:
    """Return a hash of each number, different for each stream.

    It is the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014).

    Examples
    --------
    >>> len(np.unique(mixed(np.arange(100, dtype=np.uint64)) >> np.uint64(40)))
    100
    """
    with np.errstate(over="ignore"):
        z = numbers + np.uint64(stream + 1) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * MIX_1
        z = (z ^ (z >> np.uint64(27))) * MIX_2
        return z ^ (z >> np.uint64(31))
