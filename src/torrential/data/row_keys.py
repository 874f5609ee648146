"""What tells rows apart while models learn side by side: their folds, or their hashes."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from torrential.data.columns import Shape
from torrential.data.split import row_hashes
from torrential.types import Batch, Int64


class RowKeys(Protocol):
    """Gives each row a number, by which each model knows what the row is to it."""

    def numbers(self, batch: Batch, first: int) -> Int64:
        """Return the number of each row, shape (n_rows,).

        Parameters
        ----------
        batch : Batch
        first : int
            Rows of the partition before it.
        """
        ...

    def needed(self, shape: Shape) -> Shape:
        """Return what batches have to be made of, so that they can be told."""
        ...


class HashKeys:
    """A hash of each row's text and label, and of its place in its partition.

    So equal rows have different keys, and a row has the same one in every epoch.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def numbers(self, batch: Batch, first: int) -> Int64:
        """Return the hash of each row, shape (n_rows,)."""
        places = np.arange(first, first + batch.n_rows, dtype=np.uint64)
        return (row_hashes(batch, self.seed) ^ mixed(places)).view(np.int64)

    def needed(self, shape: Shape) -> Shape:
        """Nothing more."""
        return shape


def mixed(numbers: NDArray[np.uint64], stream: int = 0) -> NDArray[np.uint64]:
    """Return a hash of each number, another one for each stream.

    It is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014).

    Examples
    --------
    >>> len(np.unique(mixed(np.arange(100, dtype=np.uint64)) >> np.uint64(40)))
    100
    """
    with np.errstate(over="ignore"):
        z = numbers + np.uint64((stream + 1) * 0x9E3779B97F4A7C15 % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
