"""Lists of weights in the order of their keys: for files, for averages, and to begin with."""

from typing import NamedTuple

import numpy as np

from torrential.kernels.linear.layout import SQUARES
from torrential.kernels.linear.mixing import LEAST_MASS
from torrential.kernels.lists.entries import LEAST, Lists
from torrential.linear.memory.places import known_features
from torrential.linear.memory.rows import tile_rows
from torrential.linear.memory.zeros import aligned_zeros
from torrential.linear.weights import Weights
from torrential.types import Float32, Int64


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
    """Return lists of entries, each with the room that `append` expects."""
    n_slots, n_columns = found.intercepts.shape
    features = found.keys // n_columns
    counts = np.bincount(features, minlength=n_features)
    rooms = np.where(counts > 0, np.maximum(LEAST, 1 << _n_bits(counts)), 0)
    starts = np.cumsum(rooms) - rooms
    used = int(rooms.sum())
    before = np.cumsum(counts) - counts
    places = starts[features] + np.arange(len(features)) - before[features]
    classes = aligned_zeros(used, np.int32, "the weights")
    values = aligned_zeros(n_slots * used, np.float32, "the weights").reshape(n_slots, used)
    classes[places] = found.keys % n_columns
    values[:, places] = found.values
    intercepts = np.ascontiguousarray(found.intercepts)
    return Lists(
        starts, counts.astype(np.int32), classes, values, intercepts, np.full(1, used, np.int64)
    )


def _n_bits(counts: Int64) -> Int64:
    """Return the number of bits of the next power of two."""
    return np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64)
