"""Stochastic gradient descent with optimizers that have a step of their own for each weight.

They are FTRL-Proximal, normalized steps and coin betting (`ftrl`, `normalized`, `coin`). A new one
is a function for its step, a line where steps are taken, here and in `one_column_by_weight`, a code
in `layout`, and a row in `torrential.linear.optimizers`. All else is as in
`torrential.kernels.linear.learn`; this kernel has neither marks nor rates that fall.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.coin import step_coin
from torrential.kernels.linear.decision import prefetch_tile, score_tile
from torrential.kernels.linear.ftrl import step_ftrl
from torrential.kernels.linear.importance import (
    EQUAL,
    factors_of_piece,
    mass_of,
    pieces_of,
    shorten_where_turned,
)
from torrential.kernels.linear.layout import (
    FTRL,
    NORMALIZED,
    SCALE,
    Clock,
    Layout,
    Memory,
    Rule,
    Sets,
    to_average,
)
from torrential.kernels.linear.learn import COMING, MANY, add_concerned, find_concerned
from torrential.kernels.linear.normalized import scale_row, step_normalized, take_mean
from torrential.kernels.linear.penalty import averaging_weight
from torrential.kernels.linear.places import (
    find_places,
    lacks_places,
    lacks_room,
    longest_row,
    prefetch_places,
    prefetch_row,
    take_places,
)
from torrential.kernels.linear.slopes import column_slopes, set_slopes
from torrential.types import Float32, Int32, Int64


@kernel(error_model="numpy")
def step_row(
    data: Float32,
    places: Int32,
    begin: int,
    end: int,
    rows: Float32,
    offset: int,
    layout: Layout,
    rule: Rule,
    slopes: Float32,
    first_lane: int,
    shorter: np.float32,
    mean: np.float32,
    is_intercept: bool,
    is_first: bool,
    spread: np.float32,
) -> None:
    """Take the steps of a row's weights in one tile, which begins at rows[offset].

    ``slopes[first_lane:]`` are those of the tile's columns; squared, they count as they are, and
    their part ``shorter`` is learned. ``mean`` is that of squared norms (`normalized`). The
    intercept is not penalised, and others once for all pieces of a row.
    """
    width, l2, l1 = layout.width, np.float32(0.0), np.float32(0.0)
    if not is_intercept and (is_first or rule.optimizer == FTRL):
        l2, l1 = np.float32(rule.l2), np.float32(rule.l1)
    pace = shorter * np.float32(rule.eta0) / np.sqrt(max(mean, np.float32(1.0)))
    for j in range(begin, end):
        at = offset + np.int64(places[j]) * layout.stride
        scale = np.float32(1.0)
        if rule.optimizer != FTRL and not is_intercept:
            scale = max(rows[at + SCALE * width], abs(data[j]))
            rows[at + SCALE * width] = scale
        for lane in range(width):
            gradient = slopes[first_lane + lane] * data[j]
            if gradient == 0.0:
                continue
            before = rows[at + lane]
            if rule.optimizer == FTRL:
                step_ftrl(rows, at + lane, width, gradient, shorter, rule, l2, l1)
            elif rule.optimizer == NORMALIZED:
                penalised = gradient + l2 * before
                step_normalized(rows, at + lane, width, penalised, pace, scale, rule)
            else:
                penalised, steepness = gradient + l2 * before, abs(slopes[first_lane + lane])
                step_coin(
                    rows,
                    at + lane,
                    width,
                    shorter * penalised,
                    shorter * steepness,
                    scale,
                    mean,
                    rule,
                )
            if spread != 0.0:
                rows[at + lane + to_average(layout)] += spread * (rows[at + lane] - before)


@kernel(error_model="numpy")
def learn_by_weight(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    order: Int64,
    targets: Float32,
    sample_weight: Float32,
    known: Int64,
    memory: Memory,
    layout: Layout,
    rule: Rule,
    clock: Clock,
    first_tile: int,
    last_tile: int,
    scores: Float32,
    sets: Sets,
) -> tuple[Clock, int]:
    """Learn rows of a window in order, as `torrential.kernels.linear.learn.learn` does."""
    has_scales, has_places = rule.optimizer != FTRL, len(memory.places) > 0
    has_sets = len(sets.starts) > 0
    rows, table, width, stride = memory.rows, memory.places, layout.width, layout.stride
    slopes = np.zeros(layout.n_tiles * width, np.float32)
    slopes_before, shares = np.zeros_like(slopes), np.ones_like(slopes)
    places, last = np.empty(longest_row(indptr), np.int32), len(order) - 1
    intercept, one = np.full(1, layout.intercept, np.int32), np.ones(1, np.float32)
    again = np.zeros(layout.n_tiles * width, np.float32)
    norms = np.zeros(layout.n_tiles, np.float32)
    concerned = np.ones(layout.n_tiles, np.bool_)
    position, piece, n_pieces = 0, 0, 1  # a row of weight k is learned k times in turn
    while position < len(order):
        row = order[position]
        out = again if piece > 0 else scores[position]
        begin, end = indptr[row], indptr[row + 1]
        values, n, n_known = data[begin:end], end - begin, known[position]
        next_row, second = order[min(position + 1, last)], order[min(position + 2, last)]
        coming_row = order[min(position + COMING, last)]
        prefetch_row(data, indices, indptr[coming_row], indptr[coming_row + 1])
        step = clock.step + (piece == 0)
        spread = np.float32(averaging_weight(rule, step - 1, step))
        for tile in range(first_tile, last_tile):
            number = tile - memory.first
            offset, first, bits = memory.starts[number], memory.tables[number], memory.bits[number]
            prefetch_places(indices, indptr[second], indptr[second + 1], table, first, bits)
            prefetch_tile(
                indices, indptr[next_row], indptr[next_row + 1], table, first, bits,
                rows, offset, stride, width, width == 16,
            )  # fmt: skip
            find_places(indices, begin, end, table, first, bits, places)
            if has_scales and piece == 0:
                norms[tile] = scale_row(
                    values, places, 0, n, rows, offset, layout, rule, has_places, spread
                )
            score_tile(values, places, n, rows, offset, layout, tile, out)

        before, weight = clock, sample_weight[row]
        factor, shorter = np.float32(1.0), np.float32(1.0)
        if piece == 0:
            excess = clock.excess + (float(weight) - 1.0)
            clock = Clock(step, clock.log_decay, clock.shrinkage, excess)
        if weight != 1.0:
            n_pieces = pieces_of(weight)
            mass = mass_of(weight, clock.excess / clock.step)
            factor, shorter = factors_of_piece(weight, mass, n_pieces, piece)
        if piece == EQUAL:
            shares[:] = 1.0
        if piece >= EQUAL:
            slopes_before[:] = slopes
        begin_lane, end_lane = first_tile * width, last_tile * width
        if has_sets:
            set_slopes(
                out, sets, int(targets[row]), factor, 0.0, rule,
                begin_lane, end_lane, n_known, slopes,
            )  # fmt: skip
        else:
            column_slopes(
                out, targets[row], factor, 0.0, layout, rule, begin_lane, end_lane, n_known, slopes
            )
        if piece >= EQUAL:
            shorten_where_turned(slopes, slopes_before, shares, begin_lane, end_lane)
            if layout.n_columns == 1:
                shorter *= shares[0]
            else:  # columns have one rate
                slopes[shares < 1.0] = 0.0
        if n_known > MANY:
            column = np.float32(-1.0) if has_sets else targets[row]
            find_concerned(slopes, column, factor, width, first_tile, last_tile, concerned)
            if has_sets:
                add_concerned(sets, int(targets[row]), width, first_tile, last_tile, concerned)
        is_full = False
        for tile in range(first_tile, last_tile):
            if piece == 0 and lacks_room(n, memory, layout, tile):  # for all pieces
                is_full |= concerned[tile] or n_pieces > 1
        if is_full:
            clock = before
            break

        is_right = True
        for tile in range(first_tile, last_tile):
            number, n_active = tile - memory.first, np.int64(0)
            offset, first, bits = memory.starts[number], memory.tables[number], memory.bits[number]
            home = offset + layout.intercept * stride + SCALE * width
            if has_scales and piece == 0:
                take_mean(rows, home, norms[tile], step)
            for lane in range(tile * width, tile * width + width):
                n_active += slopes[lane] != 0.0
            is_right &= n_active == 0
            if n_active == 0:
                continue
            if last_tile - first_tile > 1:
                find_places(indices, begin, end, table, first, bits, places)
            if concerned[tile] and has_places and lacks_places(places, n):
                take_places(indices, begin, end, memory, layout, tile, places)
            mean, is_first = rows[home] if has_scales else np.float32(1.0), piece == 0
            step_row(
                values, places, 0, n, rows, offset, layout, rule,
                slopes, tile * width, shorter, mean, False, is_first, spread,
            )  # fmt: skip
            if rule.fit_intercept:
                step_row(
                    one, intercept, 0, 1, rows, offset, layout, rule,
                    slopes, tile * width, shorter, mean, True, is_first, spread,
                )  # fmt: skip
            if not concerned[tile]:  # features without weights here have updated the zeros
                for at in range(offset, offset + layout.stride):
                    rows[at] = 0.0
        piece += 1
        if is_right or piece >= n_pieces:  # what is predicted right stays so
            position, piece, n_pieces = position + 1, 0, 1
    return clock, position
