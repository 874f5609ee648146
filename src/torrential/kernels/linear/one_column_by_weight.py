"""One column of weights with optimizers that have a step of their own for each weight.

It has the bits of `torrential.kernels.linear.by_weight`, and is to it what
`torrential.kernels.linear.one_column` is to the kernel of any number of columns.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.coin import step_coin
from torrential.kernels.linear.ftrl import step_ftrl
from torrential.kernels.linear.importance import EQUAL, factors_of_piece, mass_of, pieces_of
from torrential.kernels.linear.layout import COIN, FTRL, SCALE, Clock, Layout, Memory, Rule
from torrential.kernels.linear.normalized import scaled_up, step_normalized, take_mean
from torrential.kernels.linear.one_column import (
    prefetch_coming,
    products,
    rows_ahead,
    slope_of,
)
from torrential.kernels.prefetch import prefetch
from torrential.types import Float32, Int32, Int64


@kernel(error_model="numpy")
def scale_column(
    data: Float32, indices: Int32, begin: int, end: int, rows: Float32, layout: Layout, rule: Rule
) -> np.float32:
    """Let the scales include the values of a row, as `normalized.scale_row` does."""
    squared_norm, stride = np.float32(1.0), layout.stride  # that of the intercept
    mean = rows[stride * np.int64(layout.intercept) + SCALE]
    for j in range(begin, end):
        at, size = stride * np.int64(indices[j]), abs(data[j])
        scale = rows[at + SCALE]
        if size > scale:
            rows[at] = scaled_up(rows, at, 1, rule, scale, size, mean)
            rows[at + SCALE] = size
            squared_norm += np.float32(1.0)
        elif scale > 0.0:
            squared_norm += (data[j] / scale) * (data[j] / scale)
    return squared_norm


@kernel(error_model="numpy")
def step_column(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    layout: Layout,
    rule: Rule,
    slope: np.float32,
    shorter: np.float32,
    is_first: bool,
) -> None:
    """Take the steps of a row's weights and of the intercept."""
    stride, home = layout.stride, layout.stride * np.int64(layout.intercept)
    if rule.optimizer == FTRL:
        l2, l1, zero = np.float32(rule.l2), np.float32(rule.l1), np.float32(0.0)
        for j in range(begin, end):
            gradient = slope * data[j]
            if gradient != 0.0:
                at = stride * np.int64(indices[j])
                step_ftrl(rows, at, 1, gradient, shorter, rule, l2, l1)
        if rule.fit_intercept:
            step_ftrl(rows, home, 1, slope, shorter, rule, zero, zero)
        return
    mean, one = rows[home + SCALE], np.float32(1.0)
    pace = shorter * np.float32(rule.eta0) / np.sqrt(max(mean, one))
    l2 = np.float32(rule.l2) if is_first else np.float32(0.0)
    is_coin, steepness = rule.optimizer == COIN, shorter * abs(slope)
    for j in range(begin, end):
        gradient = slope * data[j]
        if gradient != 0.0:
            at = stride * np.int64(indices[j])
            penalised, scale = gradient + l2 * rows[at], rows[at + SCALE]
            if is_coin:
                step_coin(rows, at, 1, shorter * penalised, steepness, scale, mean, rule)
            else:
                step_normalized(rows, at, 1, penalised, pace, scale, rule)
    if rule.fit_intercept and is_coin:
        step_coin(rows, home, 1, shorter * slope, steepness, one, mean, rule)
    elif rule.fit_intercept:
        step_normalized(rows, home, 1, slope, pace, one, rule)


@kernel(error_model="numpy")
def learn_one_column_by_weight(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    order: Int64,
    targets: Float32,
    sample_weight: Float32,
    memory: Memory,
    layout: Layout,
    rule: Rule,
    clock: Clock,
    scores: Float32,
) -> Clock:
    """Learn all rows of a window in order, as `one_column.learn_one_column` does."""
    rows, last, has_scales = memory.rows, len(order) - 1, rule.optimizer != FTRL
    stride, home = layout.stride, layout.stride * np.int64(layout.intercept)
    step, excess, one = clock.step, clock.excess, np.float32(1.0)
    ahead = rows_ahead(indptr)
    for position in range(len(order)):
        row = order[position]
        begin, end = indptr[row], indptr[row + 1]
        prefetch_coming(data, indices, indptr, order, targets, sample_weight, position + ahead)
        next_row = order[min(position + ahead, last)]
        for j in range(indptr[next_row], indptr[next_row + 1]):
            at = stride * np.int64(indices[j])
            prefetch(rows, at)
            prefetch(rows, at + stride - 1)  # it may be in the next line
        step += 1
        if has_scales:
            norm = scale_column(data, indices, begin, end, rows, layout, rule)
        score = rows[home] + products(data, indices, begin, end, rows, stride)
        if has_scales:
            take_mean(rows, home + SCALE, norm, step)
        scores[position, 0] = score
        target, weight = targets[row], sample_weight[row]
        excess += float(weight) - 1.0
        if weight == 1.0:
            gradient = np.float32(slope_of(rule, score, target))
            if gradient != 0.0:
                step_column(data, indices, begin, end, rows, layout, rule, gradient, one, True)
            continue
        n_pieces, mass = pieces_of(weight), mass_of(weight, excess / step)
        before, share = np.float32(0.0), one
        for piece in range(n_pieces):
            if piece > 0:
                score = rows[home] + products(data, indices, begin, end, rows, stride)
            factor, shorter = factors_of_piece(weight, mass, n_pieces, piece)
            gradient = np.float32(factor * slope_of(rule, score, target))
            if piece >= EQUAL:
                if np.sign(gradient) != np.sign(before):
                    share *= np.float32(0.5)
                shorter *= share
            before = gradient
            if gradient == 0.0:
                break
            step_column(
                data, indices, begin, end, rows, layout, rule, gradient, shorter, piece == 0
            )
    return Clock(step, clock.log_decay, clock.shrinkage, excess)
