"""The rows of a dataset assigned to parts: a pure function of sizes, number of parts and seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from torrential.data.views.order import partition_order
from torrential.types import Int64

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio: its multiples are spread evenly, and no period fits them."""

TOO_LARGE = 1.5
"""Size relative to a part from which on a partition is cut; each slice reads all of it."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One row of each ``n_shares`` consecutive ones of a partition.

    Which of them differs from one group to the next: rows often come in turns, as of two classes,
    and every second one would be of one class.

    Attributes
    ----------
    partition : int
    share, n_shares : int
        Which slice, and of how many.
    n_rows : int
    """

    partition: int
    share: int
    n_shares: int
    n_rows: int

    @classmethod
    def of(cls, partition: int, share: int, n_shares: int, size: int) -> "Slice":
        """Return a slice of a partition of this many rows."""
        n_whole = size // n_shares
        last = rows_of_share(np.array([n_whole]), share, n_shares)[0]
        return cls(partition, share, n_shares, n_whole + int(last < size))

    def rows(self, numbers: Int64) -> Int64:
        """Return the positions in the partition of the rows with these numbers, from 0."""
        return rows_of_share(numbers, self.share, self.n_shares)


def rows_of_share(groups: Int64, share: int, n_shares: int) -> Int64:
    """Return the rows that a share has of groups of ``n_shares`` rows."""
    parts_of_one = (groups.astype(np.uint64) * GOLDEN >> np.uint64(33)).astype(np.int64)
    turns = (parts_of_one * n_shares) >> 31
    rows: Int64 = groups * n_shares + (share + turns) % n_shares
    return rows


def assign(sizes: Sequence[int], n_parts: int, seed: int) -> list[list[Slice]]:
    """Assign partitions to parts with about as many rows each.

    If there are fewer partitions than parts, each is cut into slices, so that it is read once for
    each slice; so is a partition much larger than a part. The largest are assigned first, each to
    the part with the fewest rows; among equals the seed decides, so that files in the order of
    their labels are mixed.

    Parameters
    ----------
    sizes : sequence of int
        Rows of each partition.
    n_parts : int
    seed : int

    Returns
    -------
    parts : list of n_parts lists of Slice
        Slices of each part, the largest part first; slices in the order of the partitions. Parts
        are empty if there are fewer rows.

    Examples
    --------
    >>> [[s.partition for s in part] for part in assign([10, 40, 30, 20], 2, seed=0)]
    [[0, 1], [2, 3]]
    >>> [s.rows(np.arange(s.n_rows)).tolist() for s, in assign([7], 2, seed=0)]
    [[1, 2, 5, 6], [0, 3, 4]]
    """
    fair = sum(sizes) / n_parts
    least = max(1, -(-n_parts // max(1, len(sizes))))
    slices = []
    for partition, size in enumerate(sizes):
        n_shares = max(least, math.ceil(size / fair)) if size > TOO_LARGE * fair else least
        slices += [Slice.of(partition, share, n_shares, size) for share in range(n_shares)]
    shuffled = [slices[place] for place in partition_order(len(slices), seed, 0)]
    parts: list[list[Slice]] = [[] for _ in range(n_parts)]
    n_rows = [0] * n_parts
    for each in sorted(shuffled, key=lambda each: -each.n_rows):
        part = n_rows.index(min(n_rows))
        parts[part].append(each)
        n_rows[part] += each.n_rows
    in_order = [sorted(part, key=_place) for part in parts]
    return sorted(in_order, key=_largest_first)


def _largest_first(part: list[Slice]) -> tuple[int, tuple[int, int]]:
    """Return the key that begins the largest parts first, so that none of them ends late."""
    return -sum(cut.n_rows for cut in part), _place(part[0]) if part else (0, 0)


def _place(cut: Slice) -> tuple[int, int]:
    return cut.partition, cut.share
