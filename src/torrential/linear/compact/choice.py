"""Choose the weights that matter most for the scores, as many as a file has room for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from torrential.linear.compact.entries import SPLITS, Entries, entry_bytes
from torrential.linear.model import LinearModel
from torrential.types import Float32, Float64, Int64

FEW = 16
"""Entries of each class that a model needs to be of any use."""

SHIFT = 11
"""Bits of a float32 that are left off to count weights by importance: it is exact to 1 / 4096."""

N_BINS = 1 << 31 - SHIFT

NOTHING = N_BINS
"""The bin that no weight is in or above."""


class Tile(NamedTuple):
    """Weights of some classes, less the mean of all classes, and how important each is.

    Attributes
    ----------
    first : int
        The first of the classes.
    features : int64 array of shape (n,)
    weights, importance : float32 array of shape (n, n_classes)
    """

    first: int
    features: Int64
    weights: Float32
    importance: Float32


Importance = Callable[[Int64, Float32, Float32 | None], Float32]
"""Returns the importance of the weights of features, given their sums of squared gradients."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How many weights are at least this important, from the least importance to the largest.

    Attributes
    ----------
    linear : LinearModel
    importance : callable
    n_entries, n_columns : int64 array of shape (N_BINS,)
        Weights, and columns that have one, of the importance of each bin and more.
    """

    linear: LinearModel
    importance: Importance
    n_entries: Int64
    n_columns: Int64

    @classmethod
    def of(cls, linear: LinearModel, importance: Importance) -> "Choice":
        """Count the weights of a model by importance, tile by tile."""
        n_entries, best = np.zeros(N_BINS, np.int64), np.zeros(linear.n_features, np.float32)
        for tile in _tiles(linear, importance):
            n_entries += np.bincount(_bins(tile.importance).ravel(), minlength=N_BINS)
            best[tile.features] = np.maximum(best[tile.features], tile.importance.max(axis=1))
        n_columns = np.bincount(_bins(best), minlength=N_BINS)
        return cls(linear, importance, _from_above(n_entries), _from_above(n_columns))

    def n_bytes(self, of_column: int) -> Int64:
        """Return the bytes in a file of the weights of each bin and more.

        Parameters
        ----------
        of_column : int
            Bytes that the file has of each column besides its weights.
        """
        of_entry, of_counts = entry_bytes(self.linear.n_columns)
        n_features = self.linear.n_features
        places = [split.n_bytes(n_features, self.n_columns) for split in SPLITS]
        sizes: Int64 = (
            self.n_entries * of_entry
            + self.n_columns * (of_counts + of_column)
            + np.minimum(*places)
        )
        return sizes

    @property
    def least(self) -> int:
        """The bin of the fewest weights that are of use."""
        wanted = min(FEW * self.linear.n_columns, int(self.n_entries[1]))
        return max(1, int(np.count_nonzero(self.n_entries >= wanted)) - 1)

    def entries(self, lowest: int) -> Entries:
        """Return the weights of a bin and of all above it."""
        columns, classes, weights = [], [], []
        for tile in _tiles(self.linear, self.importance):
            rows, lanes = np.nonzero(_bins(tile.importance) >= lowest)
            columns.append(tile.features[rows])
            classes.append(tile.first + lanes)
            weights.append(tile.weights[rows, lanes])
        of_column, of_class = np.concatenate(columns), np.concatenate(classes)
        order = np.lexsort((of_class, of_column))
        return Entries.of(
            of_column[order],
            of_class[order],
            np.concatenate(weights)[order],
            self.linear.intercept(),
            self.linear.n_features,
        )


def _tiles(linear: LinearModel, importance: Importance) -> Iterator[Tile]:
    means = _means(linear)
    for first, features, weights, squares in linear.by_tile():
        centered = weights if means is None else weights - means[features][:, None]
        yield Tile(first, features, centered, importance(features, centered, squares))


def _means(linear: LinearModel) -> Float32 | None:
    """Return each column's mean weight, which changes no prediction.

    None with one class, and with several labels a row: each score is compared with 0 then.
    """
    if linear.n_columns == 1 or linear.settings.multilabel:
        return None
    totals: Float64 = np.zeros(linear.n_features)
    for _, features, weights, _ in linear.by_tile():
        for lane in range(weights.shape[1]):  # one by one, in the same order on all machines
            totals[features] += weights[:, lane]
    return (totals / linear.n_columns).astype(np.float32)


def _bins(importance: Float32) -> Any:
    """Return the bin of each: the upper bits of a float, which rise with it."""
    return np.ascontiguousarray(importance).view(np.int32) >> SHIFT


def _from_above(counts: Int64) -> Int64:
    sums: Int64 = np.cumsum(counts[::-1])[::-1]
    return sums
