"""Memory of the weight rows: how many columns it has room for, and the move to more."""

import numpy as np

from torrential.kernels.layout import ACCUMULATOR, AVERAGE, WEIGHT, Layout, Rule
from torrential.kernels.penalty import ADAGRAD
from torrential.types import Float32, Float64

CACHE_LINE = 16  # floats
NARROW, WIDE = 8, 16  # columns of a tile, for up to 8 classes and for more
SPARE = 2  # times the tiles needed are reserved: untouched memory is not taken, and moves are rare


def plan(n_features: int, n_columns: int, n_parts: int) -> Layout:
    """Return the layout for so many columns."""
    width = 1 if n_columns == 1 else NARROW if n_columns <= NARROW else WIDE
    n_tiles, stride = -(-n_columns // width), n_parts * width
    tile_size = (n_features + 1) * stride
    return Layout(n_features, n_columns, n_tiles, width, n_parts, stride, tile_size)


def aligned_zeros(size: int) -> Float32:
    """Return float32 zeros that start on a cache line; memory is taken as it is touched."""
    memory = np.zeros(size + CACHE_LINE, np.float32)
    skip = (-memory.ctypes.data // memory.itemsize) % CACHE_LINE
    return memory[skip : skip + size]


def allocate(layout: Layout) -> Float32:
    """Return zeros for a layout, flat, with room for more tiles when they are wide."""
    n_tiles = SPARE * layout.n_tiles if layout.width == WIDE else layout.n_tiles
    return aligned_zeros(n_tiles * layout.tile_size)


def by_tile(rows: Float32, layout: Layout) -> Float32:
    """View the tiles in use as shape (n_tiles, n_features + 1, parts, width)."""
    used = rows[: layout.n_tiles * layout.tile_size]
    return used.reshape(layout.n_tiles, layout.n_features + 1, layout.parts, layout.width)


def weights(rows: Float32, layout: Layout) -> Float32:
    """Copy the weights to shape (n_columns, n_features + 1), the intercept last."""
    columns = by_tile(rows, layout)[:, :, WEIGHT].transpose(0, 2, 1)
    return columns.reshape(-1, layout.n_features + 1)[: layout.n_columns]


def moved(rows: Float32, old: Layout, new: Layout, rule: Rule) -> Float32:
    """Return the rows with room for a layout of more columns, which start at zero.

    One column of two classes becomes two that mirror each other: -w and w, or for softmax -w / 2
    and w / 2, which say what the logistic function said.
    """
    used = old.n_tiles * old.tile_size
    if new.width == old.width:
        if new.n_tiles * new.tile_size <= len(rows):
            return rows
        result = allocate(new)
        result[:used] = rows[:used]
        return result
    result = allocate(new)
    source, target = by_tile(rows, old)[0], by_tile(result, new)[0]
    target[:, :, : old.width] = source
    if old.width == 1:
        _mirror(source[:, :, 0], target, rule)
    return result


def _mirror(column: Float32, target: Float32, rule: Rule) -> None:
    target[:, :, 1] = column
    scale = np.float32(0.5 if rule.softmax else 1.0)
    for part in (WEIGHT, AVERAGE)[: column.shape[1] - 1]:
        target[:, part, 0] = -scale * column[:, part]
        target[:, part, 1] = scale * column[:, part]
    if rule.schedule != ADAGRAD:  # then it is the L1 penalty received, which has a sign
        target[:, ACCUMULATOR, 0] *= -1


def moved_marks(touched: Float64, old: Layout, new: Layout) -> Float64:
    """Return the penalty's marks for more tiles; new ones hold zero weights, so 0 is right."""
    if len(touched) == 0:
        return touched
    result = np.zeros(2 * new.n_tiles * new.n_features)
    result[: 2 * old.n_tiles * old.n_features] = touched[: 2 * old.n_tiles * old.n_features]
    return result
