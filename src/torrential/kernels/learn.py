"""Stochastic gradient descent over a window of rows, each scored before it is learnt."""

import numpy as np
from numba import njit

from torrential.kernels.decision import prefetch_row, prefetch_tile, score_tile
from torrential.kernels.layout import ACCUMULATOR, AVERAGE, Clock, Layout, Rule
from torrential.kernels.losses import loss, slope, softmax
from torrential.kernels.penalty import (
    ADAGRAD,
    INVSCALING,
    OPTIMAL,
    PA1,
    PA2,
    TINY,
    averaging_weight,
    catch_up,
    prefetch_marks,
    shrink,
    tick,
)
from torrential.kernels.vectors import add_adagrad_steps
from torrential.types import Float32, Float64, Int32, Int64

STEEPEST = 1e12  # slopes are clipped to it, as in scikit-learn
FEW = 3  # from so many active columns in a tile on, updating all lanes at once is faster

COMING = 3
"""Rows ahead whose columns are asked for, so that they are there when their weights are."""


@njit(cache=True, nogil=True, error_model="numpy")
def rate_at(rule: Rule, step: int) -> float:
    """Return the learning rate that all weights share at a step, from 1."""
    if rule.schedule == OPTIMAL:
        return 1.0 / (rule.alpha * (rule.first_rate_step + step - 1))
    if rule.schedule == INVSCALING:
        return rule.eta0 / step**rule.power_t
    return rule.eta0


@njit(cache=True, nogil=True, error_model="numpy")
def passive_aggressive_slope(rule: Rule, p: float, y: float, squared_norm: float) -> float:
    """Return minus the step of Crammer et al. (JMLR 2006), PA-I or PA-II."""
    if squared_norm == 0.0:
        return 0.0
    size = loss(rule.loss, p, y, rule.epsilon)
    if rule.schedule == PA1:
        size = min(rule.eta0, size / squared_norm)
    else:
        size = size / (squared_norm + 0.5 / rule.eta0)
    return size * np.sign(slope(rule.loss, p, y, rule.epsilon))


@njit(cache=True, nogil=True, error_model="numpy")
def column_slopes(
    scores: Float32,
    target: np.float32,
    weight: np.float32,
    squared_norm: float,
    layout: Layout,
    rule: Rule,
    first: int,
    last: int,
    out: Float32,
) -> None:
    """Write to out[first:last] the derivatives of the row's weighted loss by its scores."""
    passive_aggressive = rule.schedule == PA1 or rule.schedule == PA2
    if rule.softmax and layout.n_columns > 1:
        softmax(scores[: layout.n_columns], out)
        out[int(target)] -= np.float32(1.0)
        for column in range(layout.n_columns):
            out[column] *= weight
        return
    for column in range(first, min(last, layout.n_columns)):
        p, y = float(scores[column]), float(target)
        if layout.n_columns > 1:
            y = 1.0 if column == target else -1.0
        if passive_aggressive:
            steepness = passive_aggressive_slope(rule, p, y, squared_norm)
        else:
            steepness = slope(rule.loss, p, y, rule.epsilon)
        out[column] = weight * max(-STEEPEST, min(STEEPEST, steepness))


@njit(cache=True, nogil=True, error_model="numpy")
def update_column(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    at: int,
    layout: Layout,
    adagrad: bool,
    rate: np.float32,
    column_slope: np.float32,
    spread: np.float32,
) -> None:
    """Take one step with the weights of one column, whose first is rows[at]."""
    width, stride = layout.width, layout.stride
    for j in range(begin, end):
        place = np.int64(indices[j]) * stride + at
        gradient = column_slope * data[j]
        if adagrad:
            total = rows[place + ACCUMULATOR * width] + gradient * gradient
            rows[place + ACCUMULATOR * width] = total
            gradient = gradient / np.sqrt(total + TINY)
        change = rate * gradient
        rows[place] -= change
        if spread != 0.0:
            rows[place + AVERAGE * width] -= spread * change


@njit(cache=True, nogil=True, error_model="numpy")
def update_tile(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    layout: Layout,
    tile: int,
    n_active: int,
    adagrad: bool,
    rate: np.float32,
    slopes: Float32,
    spread: np.float32,
) -> None:
    """Take one step with one tile: column by column, or all lanes at once when many are active."""
    width, stride, at = layout.width, layout.stride, tile * layout.width
    offset = tile * layout.tile_size
    if n_active >= FEW and adagrad and spread == 0.0:
        if width == 8:
            add_adagrad_steps(
                data, indices, begin, end, rows, offset, stride, slopes, at, rate, TINY, 8
            )
        else:
            add_adagrad_steps(
                data, indices, begin, end, rows, offset, stride, slopes, at, rate, TINY, 16
            )
        return
    for lane in range(width):
        if slopes[at + lane] != 0.0:
            update_column(
                data, indices, begin, end, rows, offset + lane, layout,
                adagrad, rate, slopes[at + lane], spread,
            )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def learn(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    order: Int64,
    targets: Float32,
    sample_weight: Float32,
    rows: Float32,
    touched: Float64,
    layout: Layout,
    rule: Rule,
    clock: Clock,
    first_tile: int,
    last_tile: int,
    scores: Float32,
) -> Clock:
    """Learn the rows of a window in order, with the columns of tiles [first_tile, last_tile).

    Targets are -1 or 1, or a real number, when there is one column, else the column that is right.
    ``scores``, shape (n_rows, n_tiles * width), is what was predicted for each row before it was
    learnt. Tiles share nothing that is written: their ranges may run at once, with the same result.
    """
    adagrad, penalised = rule.schedule == ADAGRAD, len(touched) > 0
    shared_penalty = penalised and not adagrad
    passive_aggressive = rule.schedule == PA1 or rule.schedule == PA2
    width, tile_size, n_marks = layout.width, layout.tile_size, 2 * layout.n_features
    all_parts = width == 16 and (penalised or rule.softmax)  # a narrower row is one cache line
    slopes = np.zeros(layout.n_tiles * width, np.float32)
    intercept, one = np.full(1, layout.n_features, np.int32), np.ones(1, np.float32)
    for position in range(len(order)):
        row = order[position]
        begin, end = indptr[row], indptr[row + 1]
        next_row = order[min(position + 1, len(order) - 1)]
        coming_row = order[min(position + COMING, len(order) - 1)]
        prefetch_row(data, indices, indptr[coming_row], indptr[coming_row + 1])
        for tile in range(first_tile, last_tile):
            next_begin, next_end = indptr[next_row], indptr[next_row + 1]
            prefetch_tile(indices, next_begin, next_end, rows, layout, tile, all_parts)
            if penalised:
                prefetch_marks(indices, next_begin, next_end, touched, tile * n_marks)
                catch_up(
                    indices, begin, end, rows, tile * tile_size, touched, tile * n_marks,
                    layout, rule, clock,
                )  # fmt: skip
            score_tile(data, indices, begin, end, rows, layout, tile, scores[row])

        rate = rate_at(rule, clock.step + 1)
        clock = tick(clock, rule, rate)
        squared_norm = 0.0
        if passive_aggressive:
            rate = 1.0
            for j in range(begin, end):
                squared_norm += float(data[j]) ** 2
        column_slopes(
            scores[row], targets[row], sample_weight[row], squared_norm, layout, rule,
            first_tile * width, last_tile * width, slopes,
        )  # fmt: skip

        spread = np.float32(averaging_weight(rule, clock.step - 1, clock.step))
        for tile in range(first_tile, last_tile):
            n_active = 0
            for lane in range(tile * width, tile * width + width):
                n_active += slopes[lane] != 0.0
            if shared_penalty and (n_active > 0 or rule.l1 > 0.0):  # this step's decay comes first
                catch_up(
                    indices, begin, end, rows, tile * tile_size, touched, tile * n_marks,
                    layout, rule, clock,
                )  # fmt: skip
            if n_active > 0:
                update_tile(
                    data, indices, begin, end, rows, layout, tile,
                    n_active, adagrad, np.float32(rate), slopes, spread,
                )  # fmt: skip
                if rule.fit_intercept:
                    update_tile(
                        one, intercept, 0, 1, rows, layout, tile,
                        n_active, adagrad, np.float32(rate), slopes, spread,
                    )  # fmt: skip
            if shared_penalty and rule.l1 > 0.0:
                shrink(indices, begin, end, rows, tile * tile_size, layout, rule, clock)
    return clock
