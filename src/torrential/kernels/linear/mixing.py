"""Changes of weights since a common start: extracted, added up, and applied to another model.

The changes of a tile are a list of weights by their keys, ``feature * width + lane``, ascending,
and for each a few numbers. The intercept is the feature after the last. One row of text updates few
of many classes, so it is single weights that have changed, and seldom whole rows.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import SQUARES, Layout, Memory
from torrential.kernels.linear.places import FLOATS_PER_LINE
from torrential.kernels.prefetch import prefetch
from torrential.types import Float32, Int32, Int64, UInt8

LEAST_MASS = np.float32(1e-12)
"""Mass of a weight that changed without a gradient, by a penalty: others outweigh it."""

AHEAD = 16
"""Features ahead whose rows are asked for."""


@kernel
def count_changes(before: Memory, after: Memory, layout: Layout, tile: int, out: UInt8) -> int:
    """Write the number of changed weights of each row of a tile to out; return their sum.

    ``after`` began as a copy of ``before``: rows that both have are at the same places, and others
    began with zeros.
    """
    width, stride = layout.width, layout.stride
    old, new = before.starts[tile - before.first], after.starts[tile - after.first]
    old_bits, new_bits = before.rows.view(np.int32), after.rows.view(np.int32)
    n_changed, n_known = 0, before.n_rows[tile - before.first]
    for row in range(after.n_rows[tile - after.first]):
        if row < n_known:  # most rows are the same, which is seen many numbers at a time
            differing = np.int32(0)
            for at in range(row * stride, row * stride + stride):
                differing |= old_bits[old + at] ^ new_bits[new + at]
            if differing == 0:
                out[row] = 0
                continue
        n_lanes = 0
        for lane in range(width):
            differs = False
            for slot in range(layout.slots):
                at = row * stride + slot * width + lane
                number = before.rows[old + at] if row < n_known else np.float32(0.0)
                differs |= after.rows[new + at] != number
            n_lanes += differs
        out[row] = n_lanes
        n_changed += n_lanes
    return n_changed


@kernel(error_model="numpy")
def write_changes(
    before: Memory,
    after: Memory,
    layout: Layout,
    tile: int,
    features: Int64,
    places: Int64,
    factor: np.float32,
    by_mass: bool,
    keys: Int64,
    values: Float32,
) -> None:
    """Write the keys of the changed weights of some features, and their changes times their mass.

    The features are in ascending order, with the places of their rows. The mass is `factor`; or, if
    ``by_mass``, what was added to the weight's sum of squares, which is then written behind the
    changes.
    """
    n, last = 0, len(features) - 1
    for j in range(len(features)):
        coming = places[min(j + AHEAD, last)]
        prefetch_rows(before, after, layout, tile, coming)
        n = write_row(
            before, after, layout, tile, features[j], places[j], factor, by_mass, keys, values, n
        )


@kernel
def prefetch_rows(before: Memory, after: Memory, layout: Layout, tile: int, row: int) -> None:
    """Prefetch a row of both weights: rows are scattered in memory."""
    for at in range(0, layout.stride, FLOATS_PER_LINE):
        prefetch(after.rows, after.starts[tile - after.first] + row * layout.stride + at)
        if row < before.n_rows[tile - before.first]:
            prefetch(before.rows, before.starts[tile - before.first] + row * layout.stride + at)


@kernel(error_model="numpy")
def write_row(
    before: Memory,
    after: Memory,
    layout: Layout,
    tile: int,
    feature: int,
    row: int,
    factor: np.float32,
    by_mass: bool,
    keys: Int64,
    values: Float32,
    n: int,
) -> int:
    """Write the changes of one row from the n-th on; return the new number of changes."""
    width, n_slots = layout.width, layout.slots
    old = before.starts[tile - before.first] + row * layout.stride
    new = after.starts[tile - after.first] + row * layout.stride
    is_known = row < before.n_rows[tile - before.first]
    for lane in range(width):
        differs = False
        for slot in range(n_slots):
            at = slot * width + lane
            number = before.rows[old + at] if is_known else np.float32(0.0)
            differs |= after.rows[new + at] != number
        if not differs:
            continue
        for slot in range(n_slots):
            at = slot * width + lane
            number = before.rows[old + at] if is_known else np.float32(0.0)
            values[n, slot] = after.rows[new + at] - number
        mass = factor
        if by_mass:
            mass = max(values[n, SQUARES], LEAST_MASS)
            values[n, n_slots] = mass
        for slot in range(n_slots):
            values[n, slot] *= mass
        keys[n] = np.int64(feature) * width + lane
        n += 1
    return n


@kernel
def add_changes(
    keys: Int64,
    values: Float32,
    other_keys: Int64,
    other_values: Float32,
    out_keys: Int64,
    out: Float32,
) -> int:
    """Add two lists of changes into a third, which has room for both; return its length."""
    i, j, n = 0, 0, 0
    while i < len(keys) or j < len(other_keys):
        is_first = j == len(other_keys) or (i < len(keys) and keys[i] <= other_keys[j])
        is_second = i == len(keys) or (j < len(other_keys) and other_keys[j] <= keys[i])
        out_keys[n] = keys[i] if is_first else other_keys[j]
        for number in range(out.shape[1]):
            total = values[i, number] if is_first else np.float32(0.0)
            if is_second:
                total += other_values[j, number]
            out[n, number] = total
        i += is_first
        j += is_second
        n += 1
    return n


@kernel(error_model="numpy")
def take_changes(
    keys: Int64,
    values: Float32,
    total: np.float32,
    by_mass: bool,
    places: Int32,
    memory: Memory,
    layout: Layout,
    tile: int,
) -> None:
    """Add sums of changes, divided by their mass, to weights of a tile, in rows at these places."""
    width, stride, n_slots = layout.width, layout.stride, layout.slots
    for j in range(len(keys)):
        lane = keys[j] % width
        row = memory.starts[tile - memory.first] + np.int64(places[j]) * stride
        mass = values[j, n_slots] if by_mass else total
        if mass == 0.0:
            continue
        for slot in range(n_slots):
            memory.rows[row + slot * width + lane] += values[j, slot] / mass
