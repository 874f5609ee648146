"""Which row of a tile a feature has: tables, in memory that depends on how many there are."""

from typing import NamedTuple

import numpy as np

from torrential.kernels.linear.layout import FIRST, Layout, Memory
from torrential.kernels.linear.places import find_places, place_features, take_places
from torrential.linear.memory.zeros import aligned_zeros
from torrential.types import Int32, Int64

DIRECT_TILES = 16
"""The first tiles have a number for each feature, which is the fastest; all of 256 classes.

The others have it only when a table of slots would not be smaller.
"""


class Tables(NamedTuple):
    """The tables of each tile of a block, as in `Memory`."""

    places: Int32
    begins: Int64
    bits: Int64


def no_tables(layout: Layout, first: int, room: Int64) -> Tables:
    """Return empty tables for tiles that have room for this many rows."""
    n_tiles = len(room)
    if layout.width == 1:
        return Tables(np.zeros(0, np.int32), np.zeros(n_tiles, np.int64), np.zeros(n_tiles, int))
    bits = np.array([_bits(layout, first + n, int(rows)) for n, rows in enumerate(room)])
    sizes = np.where(bits > 0, 2 << bits, layout.n_features)
    ends = np.cumsum(sizes)
    table = aligned_zeros(int(ends[-1]), np.int32, "the places of weights")
    return Tables(table, ends - sizes, bits)


def kept_tables(memory: Memory, layout: Layout, room: Int64) -> Tables | None:
    """Return the tables of a block if they suffice for this many rows, else None."""
    bits = [_bits(layout, memory.first + n, int(rows)) for n, rows in enumerate(room)]
    if layout.width == 1 or not np.array_equal(bits, memory.bits):
        return None
    return tables_of(memory)


def tables_of(memory: Memory) -> Tables:
    """Return the tables of a block."""
    return Tables(memory.places, memory.tables, memory.bits)


def _bits(layout: Layout, tile: int, room: int) -> int:
    """Return the number of bits in the hashes of a tile, for tables that are at most half full."""
    bits = max(2, (2 * room - 1).bit_length())
    is_direct = tile < DIRECT_TILES or 2 << bits >= layout.n_features
    return 0 if is_direct else bits


def copy_table(source: Memory, target: Memory, layout: Layout, tile: int) -> None:
    """Copy the places of the original to a tile of a copy."""
    if len(target.places) == 0:
        return
    ours, theirs = tile - source.first, tile - target.first
    if source.bits[ours] == target.bits[theirs]:
        size = 2 << source.bits[ours] if source.bits[ours] else layout.n_features
        begin, to = source.tables[ours], target.tables[theirs]
        target.places[to : to + size] = source.places[begin : begin + size]
        return
    place_features(row_features(source, layout, tile), target, tile)


def known_features(memory: Memory, layout: Layout, tile: int) -> tuple[Int64, Int64]:
    """Return the features that have a row in a tile, in ascending order, and the rows' places.

    In a tile of one column all have.
    """
    if len(memory.places) == 0:
        return np.arange(layout.n_features), np.arange(layout.n_features)
    number = tile - memory.first
    begin = memory.tables[number]
    if memory.bits[number] == 0:
        direct = memory.places[begin : begin + layout.n_features]
        features: Int64 = np.flatnonzero(direct)
        return features, direct[features].astype(np.int64)
    slots = memory.places[begin : begin + (2 << memory.bits[number])].reshape(-1, 2)
    taken: Int64 = slots[slots[:, 0] > 0].astype(np.int64)
    taken = taken[np.argsort(taken[:, 0])]
    return taken[:, 0] - 1, taken[:, 1]


def row_features(memory: Memory, layout: Layout, tile: int) -> Int32:
    """Return the feature of each row of a tile, from the first row with a feature."""
    features, places = known_features(memory, layout, tile)
    result: Int32 = np.zeros(memory.n_rows[tile - memory.first] - FIRST, np.int32)
    result[places - FIRST] = features
    return result


def find(memory: Memory, layout: Layout, tile: int, features: Int32 | Int64) -> Int32:
    """Return the places of features in a tile; features without a row get that of the zeros."""
    places = np.empty(len(features), np.int32)
    wanted = np.ascontiguousarray(features, np.int32)
    number = tile - memory.first
    first, bits = memory.tables[number], memory.bits[number]
    find_places(wanted, 0, len(wanted), memory.places, first, bits, places)
    return places


def take(memory: Memory, layout: Layout, tile: int, features: Int32 | Int64) -> Int32:
    """Assign the next rows of a tile to features without one, in their order.

    There is room for them. Return the places of all.
    """
    wanted = np.ascontiguousarray(features, np.int32)
    places = find(memory, layout, tile, wanted)
    take_places(wanted, 0, len(wanted), memory, layout, tile, places)
    return places
