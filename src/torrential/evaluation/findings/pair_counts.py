"""How often two labels come together, of any number of labels: a summary of bounded size."""

from typing import Self

import numpy as np

from torrential.types import Bool, Float64, Int64

MOST_PAIRS = 2**17
"""Pairs that are counted, at most: 2 MB."""

MOST_OF_A_ROW = 10_000
"""Pairs of one row beyond which it says nothing of any of them."""

HALF = np.int64(2**31)


class PairCounts:
    """Weights of pairs of labels: a summary.

    Up to 131,072 different pairs are exact. Beyond that the lightest half is dropped, and begins
    again at 0 where it comes again.

    Examples
    --------
    >>> counts = PairCounts()
    >>> missed, wrong = np.array([[True, True, False]]), np.array([[False, False, True]])
    >>> counts.update(missed, wrong, np.ones(1))
    >>> counts.heaviest(10)
    [(0, 2, 1.0), (1, 2, 1.0)]
    """

    def __init__(self) -> None:
        self._keys: Int64 = np.zeros(0, np.int64)
        self._weights: Float64 = np.zeros(0)

    def __len__(self) -> int:
        return len(self._keys)

    def update(self, first: Bool, second: Bool, weights: Float64, *, ordered: bool = True) -> None:
        """Add the pairs of each row: of a label of the first kind and one of the second.

        Parameters
        ----------
        first, second : bool array of shape (n_rows, n_labels)
        weights : float64 array of shape (n_rows,)
        ordered : bool, default=True
            Else only pairs count whose first label is the one before.
        """
        sizes = first.sum(axis=1) * second.sum(axis=1)
        kept = (sizes > 0) & (sizes <= MOST_OF_A_ROW)
        rows, ours = np.nonzero(first & kept[:, None])
        n_theirs = second.sum(axis=1)
        ends = np.append(0, np.cumsum(n_theirs))
        _, theirs = np.nonzero(second)
        repeats = n_theirs[rows]
        stops = np.cumsum(repeats)
        at = np.arange(stops[-1] if len(stops) else 0)
        at = at - np.repeat(stops - repeats, repeats) + np.repeat(ends[rows], repeats)
        left, right = np.repeat(ours, repeats).astype(np.int64), theirs[at].astype(np.int64)
        added = np.repeat(weights[rows], repeats)
        if not ordered:
            some = left < right
            left, right, added = left[some], right[some], added[some]
        self._add(left * HALF + right, added)

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self._add(other._keys, other._weights)
        return self

    def heaviest(self, n: int) -> list[tuple[int, int, float]]:
        """Return the heaviest pairs with their weights, of equal ones the first."""
        order = np.argsort(-self._weights, kind="stable")[:n]
        return [
            (int(key // HALF), int(key % HALF), float(weight))
            for key, weight in zip(self._keys[order], self._weights[order], strict=True)
        ]

    def _add(self, keys: Int64, weights: Float64) -> None:
        found, places = np.unique(np.concatenate([self._keys, keys]), return_inverse=True)
        every: Float64 = np.concatenate([self._weights, weights])
        sums: Float64 = np.bincount(places, every, len(found)).astype(np.float64)
        if len(found) > MOST_PAIRS:
            kept: Int64 = np.sort(np.argsort(-sums, kind="stable")[: MOST_PAIRS // 2])
            found, sums = found[kept], sums[kept]
        self._keys, self._weights = found, sums
