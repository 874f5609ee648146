"""Stochastic gradient descent over a window of rows, each scored before it is learned."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.decision import prefetch_tile, score_tile
from torrential.kernels.linear.importance import (
    EQUAL,
    factors_of_piece,
    mass_of,
    pieces_of,
    shorten_where_turned,
)
from torrential.kernels.linear.layout import ADAGRAD, Clock, Layout, Memory, Rule, Sets
from torrential.kernels.linear.losses import LOG_LOSS
from torrential.kernels.linear.penalty import averaging_weight, catch_up, shrink, tick
from torrential.kernels.linear.places import (
    find_places,
    lacks_places,
    lacks_room,
    longest_row,
    prefetch_places,
    prefetch_row,
    take_places,
)
from torrential.kernels.linear.slopes import PA1, PA2, column_slopes, rate_at, set_slopes
from torrential.kernels.linear.steps import update_tile
from torrential.types import Bool, Float32, Int32, Int64

COMING = 3
"""Rows ahead whose columns are asked for, so that they are there when their weights are."""

MANY = 256
"""Classes; with more of them, a feature gets weights only in the tiles that its rows concern."""

CONCERNED = 0.5
"""Least slope of a class that a row is not of, but is nearly taken for.

A row concerns a tile that has its class, or one that it is nearly taken for. Else every class would
have weights for the features of all rows: the slopes of a squared hinge get small, but never end.
"""

PRIOR = np.float32(CONCERNED**2)
"""Squared slope that log_loss counts before the first, with AdaGrad and many classes (`MANY`).

A row pushes all other classes down, with slopes of about 1 / n_classes. AdaGrad's first steps are
as long as its rate however small the slope: what a class has lost before its first row is more than
that row gives it back. After a step of slope `CONCERNED`, small slopes make small steps.
"""

PACE = np.float32(5.0)
"""Factor of the rate where there is a `PRIOR`.

Its steps begin shorter and the slopes of log_loss are never above 1: chosen on held-out rows.
"""


@kernel(error_model="numpy")
def find_concerned(
    slopes: Float32,
    target: np.float32,
    weight: np.float32,
    width: int,
    first_tile: int,
    last_tile: int,
    concerned: Bool,
) -> None:
    """Find the tiles that the features of a row affect, with many classes (`MANY`)."""
    for tile in range(first_tile, last_tile):
        begin = tile * width
        result = bool(begin <= target < begin + width)
        for lane in range(begin, begin + width):
            result |= bool(abs(slopes[lane]) >= CONCERNED * weight > 0.0)
        concerned[tile] = result


@kernel(error_model="numpy")
def add_concerned(
    sets: Sets, number: int, width: int, first_tile: int, last_tile: int, concerned: Bool
) -> None:
    """Add the tiles that have labels of a row's set to those that it concerns."""
    for at in range(sets.starts[number], sets.starts[number + 1]):
        tile = sets.members[at] // width
        if first_tile <= tile < last_tile:
            concerned[tile] = True


@kernel(error_model="numpy")
def begin_step(
    rule: Rule, clock: Clock, weight: np.float32, piece: int, n_known: int
) -> tuple[Clock, np.float32, np.float32, np.float32, int]:
    """Return the clock at a piece of a row, and how the piece is learned.

    Returns
    -------
    clock : Clock
    factor : float32
        Factor of the slopes.
    pace : float32
        The rate.
    prior : float32
        Squared slope that AdaGrad counts before the first.
    n_pieces : int
        Pieces of the row (`torrential.kernels.linear.importance`).
    """
    rate = rate_at(rule, clock.step + (piece == 0))
    if piece == 0:
        clock = tick(clock, rule, rate, weight)
    factor, pace, prior, n_pieces = weight, np.float32(rate), np.float32(0.0), 1
    if rule.optimizer == ADAGRAD and weight != 1.0:
        n_pieces = pieces_of(weight)
        mass = mass_of(weight, clock.excess / clock.step)
        factor, shorter = factors_of_piece(weight, mass, n_pieces, piece)
        pace *= shorter
    if rule.optimizer == ADAGRAD and rule.loss == LOG_LOSS and n_known > MANY:
        prior, pace = PRIOR, pace * PACE
    return clock, factor, pace, prior, n_pieces


@kernel(error_model="numpy")
def learn(
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
    """Learn rows of a window in order, with the columns of tiles [first_tile, last_tile).

    Targets are -1 or 1, or a real number, when there is one column, else the column that is right;
    with ``sets``, the number of the set of columns that are.
    ``known``, shape (len(order),), is how many classes are known at each row in this order.
    ``scores``, shape (len(order), n_tiles * width), is what was predicted for each row before it
    was learned. Tiles share nothing that is written: their ranges may run at once, with the same
    result. It ends at the first row for whose features a tile may lack room: return the clock, and
    how many rows were learned.
    """
    adagrad, penalised = rule.optimizer == ADAGRAD, len(memory.marks) > 0
    has_sets = len(sets.starts) > 0
    passive_aggressive = rule.schedule == PA1 or rule.schedule == PA2
    has_places = len(memory.places) > 0
    rows, table, width, stride = memory.rows, memory.places, layout.width, layout.stride
    all_slots = width == 16 and (penalised or rule.softmax)  # a narrower row is one cache line
    slopes = np.zeros(layout.n_tiles * width, np.float32)
    slopes_before, shares = np.zeros_like(slopes), np.ones_like(slopes)
    places, last = np.empty(longest_row(indptr), np.int32), len(order) - 1
    intercept, one = np.full(1, layout.intercept, np.int32), np.ones(1, np.float32)
    again = np.zeros(layout.n_tiles * width, np.float32)
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
        for tile in range(first_tile, last_tile):
            number = tile - memory.first
            offset, first, bits = memory.starts[number], memory.tables[number], memory.bits[number]
            prefetch_places(indices, indptr[second], indptr[second + 1], table, first, bits)
            prefetch_tile(
                indices, indptr[next_row], indptr[next_row + 1], table, first, bits,
                rows, offset, stride, width, all_slots,
            )  # fmt: skip
            find_places(indices, begin, end, table, first, bits, places)
            if penalised and piece == 0:
                catch_up(places, n, memory, offset, layout, rule, clock)
            score_tile(values, places, n, rows, offset, layout, tile, out)

        before = clock
        clock, factor, pace, prior, n_pieces = begin_step(
            rule, clock, sample_weight[row], piece, n_known
        )
        squared_norm = 0.0
        if passive_aggressive:
            pace = np.float32(1.0)
            for j in range(n):
                squared_norm += float(values[j]) ** 2
        if piece == EQUAL:
            shares[:] = 1.0
        if piece >= EQUAL:
            slopes_before[:] = slopes
        begin_lane, end_lane = first_tile * width, last_tile * width
        if has_sets:
            set_slopes(
                out, sets, int(targets[row]), factor, squared_norm, rule,
                begin_lane, end_lane, n_known, slopes,
            )  # fmt: skip
        else:
            column_slopes(
                out, targets[row], factor, squared_norm, layout, rule,
                begin_lane, end_lane, n_known, slopes,
            )  # fmt: skip
        if piece >= EQUAL:
            shorten_where_turned(slopes, slopes_before, shares, begin_lane, end_lane)
            if layout.n_columns == 1:
                pace *= shares[0]
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
        spread = np.float32(averaging_weight(rule, clock.step - 1, clock.step))
        for tile in range(first_tile, last_tile):
            number, n_active = tile - memory.first, np.int64(0)
            offset, first, bits = memory.starts[number], memory.tables[number], memory.bits[number]
            for lane in range(tile * width, tile * width + width):
                n_active += slopes[lane] != 0.0
            is_right &= n_active == 0
            if n_active == 0 and (not penalised or rule.l1 == 0.0):
                continue
            if last_tile - first_tile > 1:
                find_places(indices, begin, end, table, first, bits, places)
            if penalised:  # this step's decay comes first
                catch_up(places, n, memory, offset, layout, rule, clock)
            if n_active > 0:
                if concerned[tile] and has_places and lacks_places(places, n):
                    take_places(indices, begin, end, memory, layout, tile, places)
                update_tile(
                    values, places, n, rows, offset, layout, tile,
                    n_active, adagrad, pace, slopes, spread, prior,
                )  # fmt: skip
                if rule.fit_intercept:
                    update_tile(
                        one, intercept, np.int64(1), rows, offset, layout, tile,
                        n_active, adagrad, pace, slopes, spread, prior,
                    )  # fmt: skip
                if not concerned[tile]:  # features without weights here have updated the zeros
                    for at in range(offset, offset + layout.stride):
                        rows[at] = 0.0
            if penalised and rule.l1 > 0.0:
                shrink(places, n, rows, offset, layout, rule, clock)
        piece += 1
        if is_right or piece >= n_pieces:  # what is predicted right stays so
            position, piece, n_pieces = position + 1, 0, 1
    return clock, position
