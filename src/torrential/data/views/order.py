"""Orders and choices of partitions and rows as pure functions of sizes, seed and epoch."""

from collections.abc import Sequence

import numpy as np

from torrential.types import Int64


def _generator(seed: int | Sequence[int], *numbers: int) -> "np.random.Generator":
    seeds = [seed] if isinstance(seed, int | np.integer) else list(seed)
    sequence = np.random.SeedSequence([*map(int, seeds), *numbers])
    return np.random.Generator(np.random.Philox(sequence))


def evenly_spaced(n_partitions: int, most: int) -> list[int]:
    """Return the places of `most` partitions or fewer, the first and the last among them.

    Examples
    --------
    >>> evenly_spaced(9, 3), evenly_spaced(2, 3), evenly_spaced(0, 3)
    ([0, 4, 8], [0, 1], [])
    """
    if n_partitions == 0:
        return []
    places: Int64 = np.linspace(0, n_partitions - 1, most).astype(np.int64)
    return sorted(set(places.tolist()))


def partition_order(n_partitions: int, seed: int | Sequence[int], epoch: int) -> Int64:
    """Return the order in which an epoch reads the partitions.

    Parameters
    ----------
    n_partitions : int
    seed : int, or sequence of int
        Not negative.
    epoch : int
        From 0; each epoch has a different order.

    Returns
    -------
    order : int64 array of shape (n_partitions,)
        A permutation of 0..n_partitions - 1.

    Examples
    --------
    >>> sorted(partition_order(4, seed=0, epoch=1).tolist())
    [0, 1, 2, 3]
    """
    return _generator(seed, epoch, 0).permutation(n_partitions).astype(np.int64, copy=False)


def row_order(n_rows: int, seed: int | Sequence[int], epoch: int, window: int) -> Int64:
    """Return the order of rows that are shuffled within consecutive windows.

    Parameters
    ----------
    n_rows : int
    seed : int, or sequence of int
        Not negative.
    epoch : int
        From 0; each epoch has a different order.
    window : int
        Rows that are in memory together: row i of the result comes from the window of row i.

    Returns
    -------
    order : int64 array of shape (n_rows,)
        A permutation of 0..n_rows - 1.

    Examples
    --------
    >>> order = row_order(5, seed=0, epoch=0, window=3)
    >>> sorted(order[:3].tolist()), sorted(order[3:].tolist())
    ([0, 1, 2], [3, 4])
    """
    generator = _generator(seed, epoch, 1)
    order = np.arange(n_rows, dtype=np.int64)
    for start in range(0, n_rows, window):
        generator.shuffle(order[start : start + window])
    return order
