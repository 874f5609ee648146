"""Many models of one column each that learn the same rows: one lane of a tile for each model.

A row's features are looked up, and their weights fetched, once for 8 or 16 models, and all lanes
are scored and updated at once. Each lane has the bits that `torrential.kernels.linear.learn` gives
the model alone: the same sums in the same order, none of them fused. It is for AdaGrad without
averaging; rows are taken as they are needed, as in a tile of classes.
"""

from typing import NamedTuple

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.decision import prefetch_tile
from torrential.kernels.linear.importance import (
    EQUAL,
    factors_of_piece,
    mass_of,
    pieces_of,
    shorten_where_turned,
)
from torrential.kernels.linear.layout import FIRST, Layout, Memory
from torrential.kernels.linear.learn import COMING
from torrential.kernels.linear.losses import slope
from torrential.kernels.linear.penalty import TINY
from torrential.kernels.linear.places import (
    find_places,
    lacks_places,
    lacks_room,
    longest_row,
    prefetch_places,
    prefetch_row,
    take_places,
)
from torrential.kernels.linear.slopes import STEEPEST
from torrential.kernels.linear.vectors import (
    add_adagrad_steps_by_lane,
    decay_adagrad_by_lane,
    dot_by_lane,
)
from torrential.types import Float32, Float64, Int32, Int64


class LaneRules(NamedTuple):
    """Settings of each model's steps, arrays of shape (n_lanes,).

    ``losses`` are the numbers in `torrential.kernels.linear.losses`, -1 for a lane that does not
    learn.
    """

    losses: Int64
    epsilons: Float64
    rates: Float32
    intercepts: Float32


@kernel(error_model="numpy")
def score_by_lane(
    values: Float32,
    places: Int32,
    n: int,
    memory: Memory,
    layout: Layout,
    tile: int,
    scores: Float32,
) -> None:
    """Write the scores of one row by the models of one tile to scores[tile * width:]."""
    offset, stride, at = memory.starts[tile - memory.first], layout.stride, tile * layout.width
    if layout.width == 8:
        dot_by_lane(values, places, n, memory.rows, offset, stride, scores, at, 8)
    else:
        dot_by_lane(values, places, n, memory.rows, offset, stride, scores, at, 16)
    intercept = offset + layout.intercept * stride
    for lane in range(layout.width):
        scores[at + lane] = memory.rows[intercept + lane] + scores[at + lane]


@kernel(error_model="numpy")
def step_by_lane(
    values: Float32,
    places: Int32,
    n: int,
    memory: Memory,
    layout: Layout,
    tile: int,
    slopes: Float32,
    rates: Float32,
) -> None:
    """Take one step with the models of one tile."""
    offset, stride, at = memory.starts[tile - memory.first], layout.stride, tile * layout.width
    if layout.width == 8:
        add_adagrad_steps_by_lane(
            values, places, n, memory.rows, offset, stride, slopes, rates, at, TINY, 8
        )
    else:
        add_adagrad_steps_by_lane(
            values, places, n, memory.rows, offset, stride, slopes, rates, at, TINY, 16
        )


@kernel(error_model="numpy")
def slopes_by_lane(
    scores: Float32,
    target: np.float32,
    factor: np.float32,
    rules: LaneRules,
    first: int,
    width: int,
    slopes: Float32,
    shifts: Float32,
    before: Float32,
    shares: Float32,
    piece: int,
) -> bool:
    """Write the slopes of one row, and of its intercepts; return whether any is not 0.

    ``slopes`` has those of the piece before, if there is one; ``before`` is room for a copy.
    ``shares`` is what part of their steps the models take.
    """
    size, y = 0.0, np.float64(target)
    if piece >= EQUAL:
        before[first : first + width] = slopes[first : first + width]
    for lane in range(first, first + width):
        steepness = 0.0
        if rules.losses[lane] >= 0:
            steepness = slope(rules.losses[lane], float(scores[lane]), y, rules.epsilons[lane])
        slopes[lane] = factor * max(-STEEPEST, min(STEEPEST, steepness))
    if piece >= EQUAL:
        shorten_where_turned(slopes, before, shares, first, first + width)
    for lane in range(first, first + width):
        shifts[lane] = slopes[lane] * rules.intercepts[lane]
        size += abs(slopes[lane])
    return size != 0.0


@kernel(error_model="numpy")
def learn_by_lane(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    order: Int64,
    targets: Float32,
    sample_weight: Float32,
    memory: Memory,
    layout: Layout,
    excess: Float64,
    rules: LaneRules,
    tile: int,
    scores: Float32,
) -> int:
    """Learn rows of a window in order with the models of one tile.

    ``excess``, shape (len(order),), is by how much the mean weight up to each row, in this order,
    is above 1. Targets are -1 or 1, or real numbers. ``scores``, shape (len(order), n_lanes), is
    what each model predicted for each row before it was learned. It ends at the first row for whose
    features the tile may lack room: return how many rows were learned.
    """
    width, n_lanes = layout.width, len(rules.losses)
    slopes, shifts = np.zeros(n_lanes, np.float32), np.zeros(n_lanes, np.float32)
    again, slopes_before = np.zeros_like(slopes), np.zeros_like(slopes)
    shares = np.ones_like(slopes)
    places, last = np.empty(longest_row(indptr), np.int32), len(order) - 1
    intercept, one = np.full(1, layout.intercept, np.int32), np.ones(1, np.float32)
    n_learned = len(order)
    rows, table, stride = memory.rows, memory.places, layout.stride
    number = tile - memory.first
    offset, first, bits = memory.starts[number], memory.tables[number], memory.bits[number]
    for position in range(len(order)):
        row = order[position]
        begin, end = indptr[row], indptr[row + 1]
        values, n = data[begin:end], end - begin
        next_row, second = order[min(position + 1, last)], order[min(position + 2, last)]
        coming_row = order[min(position + COMING, last)]
        prefetch_row(data, indices, indptr[coming_row], indptr[coming_row + 1])
        prefetch_places(indices, indptr[second], indptr[second + 1], table, first, bits)
        prefetch_tile(
            indices, indptr[next_row], indptr[next_row + 1], table, first, bits,
            rows, offset, stride, width, width == 16,
        )  # fmt: skip
        if lacks_room(n, memory, layout, tile):
            n_learned = position
            break
        find_places(indices, begin, end, table, first, bits, places)
        score_by_lane(values, places, n, memory, layout, tile, scores[position])

        weight, factor, paces = sample_weight[row], np.float32(1.0), rules.rates
        n_pieces = pieces_of(weight)
        current = scores[position]
        for piece in range(n_pieces):
            if weight != 1.0:
                mass = mass_of(weight, excess[position])
                factor, shorter = factors_of_piece(weight, mass, n_pieces, piece)
                paces = rules.rates * shorter
            if piece > 0:
                current = again
                score_by_lane(values, places, n, memory, layout, tile, current)
            if piece == EQUAL:
                shares[:] = 1.0
            if not slopes_by_lane(
                current, targets[row], factor, rules, tile * width, width, slopes, shifts,
                slopes_before, shares, piece,
            ):  # fmt: skip
                break
            if piece >= EQUAL:
                paces = paces * shares
            if piece == 0 and len(table) > 0 and lacks_places(places, n):
                take_places(indices, begin, end, memory, layout, tile, places)
            step_by_lane(values, places, n, memory, layout, tile, slopes, paces)
            step_by_lane(one, intercept, 1, memory, layout, tile, shifts, paces)
    return n_learned


@kernel(error_model="numpy")
def decide_by_lane(
    data: Float32, indices: Int32, indptr: Int64, memory: Memory, layout: Layout, scores: Float32
) -> None:
    """Fill scores, shape (n_rows, n_lanes), with the scores of one block's models."""
    n_rows, places = len(indptr) - 1, np.empty(longest_row(indptr), np.int32)
    rows, table, stride, width = memory.rows, memory.places, layout.stride, layout.width
    for tile in range(memory.first, memory.first + len(memory.starts)):
        number = tile - memory.first
        offset, first, bits = memory.starts[number], memory.tables[number], memory.bits[number]
        for row in range(n_rows):
            begin, end = indptr[row], indptr[row + 1]
            if row + 1 < n_rows:
                prefetch_tile(
                    indices, end, indptr[row + 2], table, first, bits,
                    rows, offset, stride, width, False,
                )  # fmt: skip
            if row + 2 < n_rows:
                prefetch_places(indices, indptr[row + 2], indptr[row + 3], table, first, bits)
            find_places(indices, begin, end, table, first, bits, places)
            score_by_lane(data[begin:end], places, end - begin, memory, layout, tile, scores[row])


@kernel(error_model="numpy")
def decay_by_lane(memory: Memory, layout: Layout, l2: Float32, l1: Float32) -> None:
    """Decay all weights of a block except intercepts, as `torrential.kernels.linear.decay` does.

    ``l2`` and ``l1``, shape (n_lanes,), are the penalties times eta0 and the steps; 0 changes none.
    """
    for tile in range(memory.first, memory.first + len(memory.starts)):
        number, lane = tile - memory.first, tile * layout.width
        for row in range(FIRST, memory.n_rows[number]):
            at = memory.starts[number] + row * layout.stride
            if layout.width == 8:
                decay_adagrad_by_lane(memory.rows, at, l2, l1, lane, TINY, 8)
            else:
                decay_adagrad_by_lane(memory.rows, at, l2, l1, lane, TINY, 16)
