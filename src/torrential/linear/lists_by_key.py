"""Lists of weights in the order of their keys: for files and averages, from tiles and to them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from torrential.kernels.linear.layout import SQUARES, WEIGHT
from torrential.kernels.linear.mixing import LEAST_MASS
from torrential.kernels.lists.entries import Lists
from torrential.linear.memory.places import known_features
from torrential.linear.memory.rows import WIDE, tile_rows
from torrential.linear.weights import TileWeights, Weights
from torrential.types import Float32, Int32, Int64


class ByKey(NamedTuple):
    """Entries of lists, feature after feature, and of a feature class after class.

    Attributes
    ----------
    keys : int64 array of shape (n_entries,)
        ``feature * n_columns + class``, ascending.
    values : float32 array of shape (n_slots, n_entries)
    intercepts : float32 array of shape (n_slots, n_columns)
        Those of the feature after the last.
    """

    keys: Int64
    values: Float32
    intercepts: Float32

    def by_tile(self, learned: "ByKey") -> Iterator[TileWeights]:
        """Yield the weights of 16 classes at a time, of the features that know any.

        Sums of squared gradients are those of ``learned``, the same entries.
        """
        n_columns = self.intercepts.shape[1]
        features, labels = np.divmod(self.keys, n_columns)
        order = np.argsort(labels // WIDE, kind="stable")
        edges = np.searchsorted(labels[order] // WIDE, np.arange(-(-n_columns // WIDE) + 1))
        for number, (begin, end) in enumerate(pairwise(edges)):
            chosen, first = order[begin:end], number * WIDE
            known, at = np.unique(features[chosen], return_inverse=True)
            shape = len(known), min(WIDE, n_columns - first)
            weights, squares = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
            weights[at, labels[chosen] - first] = self.values[WEIGHT, chosen]
            squares[at, labels[chosen] - first] = learned.values[SQUARES, chosen]
            yield first, known, weights, squares

    def dense(self, n_features: int) -> Float32:
        """Copy the weights to shape (n_columns, n_features + 1), the intercept last."""
        n_columns = self.intercepts.shape[1]
        result = np.zeros((n_columns, n_features + 1), np.float32)
        features, labels = np.divmod(self.keys, n_columns)
        result[labels, features] = self.values[WEIGHT]
        result[:, -1] = self.intercepts[WEIGHT]
        return result

    def with_intercepts(self, n_features: int) -> tuple[Int64, Float32]:
        """Return keys and values, the intercepts' last."""
        n_columns = self.intercepts.shape[1]
        own = n_features * n_columns + np.arange(n_columns)
        return np.append(self.keys, own), np.hstack([self.values, self.intercepts])

    def changes_since(
        self, before: "ByKey", n_features: int, factor: np.float32, by_mass: bool
    ) -> tuple[Int64, Float32]:
        """Return the keys of the numbers that have changed, and the changes times their mass.

        Shape (n_changed, n_slots), and with ``by_mass`` the mass in one column more.
        """
        keys, values = self.with_intercepts(n_features)
        old_keys, old = before.with_intercepts(n_features)
        changes = values.copy()
        changes[:, np.searchsorted(keys, old_keys)] -= old
        has_changed = changes.any(axis=0)
        changes = changes[:, has_changed]
        mass = np.maximum(changes[SQUARES], LEAST_MASS) if by_mass else factor
        changes *= mass
        if by_mass:
            changes = np.vstack([changes, mass])
        return keys[has_changed], np.ascontiguousarray(changes.T)

    def with_changes(
        self, keys: Int64, changes: Float32, total: np.float32, by_mass: bool, n_features: int
    ) -> "ByKey":
        """Return the entries after changes that were added up were divided by their mass."""
        n_slots, n_columns = self.intercepts.shape
        own_keys, own = self.with_intercepts(n_features)
        every = np.union1d(own_keys, keys)
        values = np.zeros((n_slots, len(every)), np.float32)
        values[:, np.searchsorted(every, own_keys)] = own
        mass = changes[:, n_slots] if by_mass else total
        values[:, np.searchsorted(every, keys)] += changes[:, :n_slots].T / mass
        n_entries = len(every) - n_columns
        return ByKey(every[:n_entries], values[:, :n_entries], values[:, n_entries:].copy())


def of_tiles(weights: Weights) -> ByKey:
    """Return what tiles of several columns have learned."""
    layout = weights.layout
    keys, values, intercepts = [], [], []
    for tile in range(layout.n_tiles):
        first = tile * layout.width
        n_lanes = min(layout.width, layout.n_columns - first)
        rows = tile_rows(weights.block(tile), layout, tile)[:, :, :n_lanes]
        features, at = known_features(weights.block(tile), layout, tile)
        number, lane = np.nonzero(rows[at].any(axis=1))
        keys.append(features[number] * layout.n_columns + first + lane)
        values.append(rows[at[number], :, lane].T)
        intercepts.append(rows[layout.intercept])
    every = np.concatenate(keys)
    order = np.argsort(every)
    no_minus_zeros = np.hstack(intercepts) + np.float32(0.0)
    return ByKey(every[order], np.hstack(values)[:, order], no_minus_zeros)


def by_key(lists: Lists) -> ByKey:
    """Return the entries of lists by their keys."""
    counts, n_columns = lists.counts.astype(np.int64), lists.intercepts.shape[1]
    features = np.repeat(np.arange(len(counts)), counts)
    ends = np.cumsum(counts)
    places = lists.starts[features] + np.arange(len(features)) - (ends - counts)[features]
    keys = features * n_columns + lists.classes[places]
    order = np.argsort(keys, kind="stable")
    places = places[order]
    return ByKey(keys[order], lists.values[:, places], lists.intercepts)


def lists_of(found: ByKey, n_features: int) -> Lists:
    """Return lists of entries, which have no room for more: `copy_lists` gives it to them."""
    features, classes = np.divmod(found.keys, found.intercepts.shape[1])
    counts = np.bincount(features, minlength=n_features)
    return full_lists(counts, classes.astype(np.int32), found.values, found.intercepts)


def full_lists(counts: Any, classes: Int32, values: Float32, intercepts: Float32) -> Lists:
    """Return lists of these sizes over entries that come feature after feature."""
    return Lists(
        starts=np.cumsum(counts, dtype=np.int64) - counts,
        counts=counts.astype(np.int32),
        classes=classes,
        values=np.ascontiguousarray(values),
        intercepts=np.ascontiguousarray(intercepts),
        used=np.full(1, len(classes), np.int64),
    )
