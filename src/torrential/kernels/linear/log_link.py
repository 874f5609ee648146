"""Stochastic gradient descent for losses with a log link, whose slope is exponential.

The step of a score p from slope g is shortened to the share h at which the slope is h g: the
implicit step of Kulis and Bartlett ("Implicit Online Learning", ICML 2010) in the direction of the
plain one. So it never passes the minimum of its row's loss, however large the rate. As rates fall,
h goes to 1, so the optimum is that of plain steps.

All else is as in `torrential.kernels.linear.learn`, for a model of one column, which has a row of
weights for every feature, in their order.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.decision import dot
from torrential.kernels.linear.importance import factors_of_piece, mass_of, pieces_of
from torrential.kernels.linear.layout import (
    ADAGRAD,
    SQUARES,
    Clock,
    Layout,
    Memory,
    Rule,
    to_average,
)
from torrential.kernels.linear.losses import power_of, slope
from torrential.kernels.linear.penalty import TINY, averaging_weight, catch_up, shrink, tick
from torrential.kernels.linear.places import prefetch_row
from torrential.kernels.linear.slopes import STEEPEST, rate_at
from torrential.kernels.prefetch import prefetch
from torrential.types import Float32, Int32, Int64

COMING = 3
"""Rows ahead whose columns are asked for; weights are, one row ahead."""

HALVINGS = 24
"""Steps of the search for a share: more bits than a float32 has."""

MOST_GROWTH = np.float32(10.0)
"""Most that one row adds to a sum of squared slopes of AdaGrad, as a multiple of the sum.

A row of large features may be predicted e**40 times too high for once. Without a limit its squared
slope would end the learning of the weights that it has in common with others.
"""


@kernel(error_model="numpy")
def sum_with(before: np.float32, gradient: np.float32) -> np.float32:
    """Return AdaGrad's sum of squares of a weight after one more gradient."""
    added = gradient * gradient
    return before + (min(added, MOST_GROWTH * before) if before > 0.0 else added)


@kernel(error_model="numpy")
def clipped_slope(rule: Rule, p: float, y: float) -> float:
    """Return the slope of the loss, clipped as in scikit-learn."""
    return max(-STEEPEST, min(STEEPEST, slope(rule.loss, p, y, rule.epsilon)))


@kernel(error_model="numpy")
def implicit_share(rule: Rule, p: float, y: float, change: float) -> float:
    """Return the share of a change of the score p at whose end the slope is that share of its own.

    The end is between p and the minimum log(y), or, if y is 0, as near as the solution
    W(a c) / a <= log(1 + a c) / a of exp(-a d) = d / c is, with Lambert's W.
    """
    length = abs(change)
    if length == 0.0:
        return 1.0
    steepness = clipped_slope(rule, p, y)
    above = 2.0 - power_of(rule.loss, rule.epsilon)
    low, high = 0.0, abs(np.log(y) - p) if y > 0.0 else np.log1p(above * length) / above
    high = min(length, high)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        end = p + np.copysign(middle, change)
        if slope(rule.loss, end, y, rule.epsilon) / steepness > middle / length:
            low = middle
        else:
            high = middle
    return low / length


@kernel(error_model="numpy")
def plain_change(
    data: Float32,
    features: Int32,
    n: int,
    rows: Float32,
    layout: Layout,
    adagrad: bool,
    gradient_of_one: np.float32,
) -> float:
    """Return the change of the score at rate 1 by plain steps of n weights."""
    change = 0.0
    for j in range(n):
        gradient = gradient_of_one * data[j]
        if adagrad:
            before = rows[np.int64(features[j]) * layout.stride + SQUARES]
            gradient = gradient / np.sqrt(sum_with(before, gradient) + TINY)
        change -= float(gradient * data[j])
    return change


@kernel(error_model="numpy")
def step_weights(
    data: Float32,
    features: Int32,
    n: int,
    rows: Float32,
    layout: Layout,
    adagrad: bool,
    rate: np.float32,
    gradient_of_one: np.float32,
    spread: np.float32,
) -> None:
    """Take the step of n weights."""
    for j in range(n):
        at = np.int64(features[j]) * layout.stride
        gradient = gradient_of_one * data[j]
        if adagrad:
            total = sum_with(rows[at + SQUARES], gradient)
            rows[at + SQUARES] = total
            gradient = gradient / np.sqrt(total + TINY)
        change = rate * gradient
        rows[at] -= change
        if spread != 0.0:
            rows[at + to_average(layout)] -= spread * change


@kernel(error_model="numpy")
def learn_with_log_link(
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
    """Learn all rows of a window in order, and return the clock.

    ``scores``, shape (len(order), 1), is what was predicted for each row before it was learned.
    """
    adagrad, penalised = rule.optimizer == ADAGRAD, len(memory.marks) > 0
    rows, stride, last = memory.rows, layout.stride, len(order) - 1
    intercept, one = np.full(1, layout.intercept, np.int32), np.ones(1, np.float32)
    n_ones = 1 if rule.fit_intercept else 0
    for position in range(len(order)):
        row = order[position]
        begin, end = indptr[row], indptr[row + 1]
        values, features, n = data[begin:end], indices[begin:end], end - begin
        next_row, coming = order[min(position + 1, last)], order[min(position + COMING, last)]
        prefetch_row(data, indices, indptr[coming], indptr[coming + 1])
        for j in range(indptr[next_row], indptr[next_row + 1]):
            prefetch(rows, np.int64(indices[j]) * stride)
        if penalised:
            catch_up(features, n, memory, 0, layout, rule, clock)
        score = rows[layout.intercept * stride] + dot(values, features, n, rows, stride)
        scores[position, 0] = score
        rate = rate_at(rule, clock.step + 1)
        weight = sample_weight[row]
        clock = tick(clock, rule, rate, weight)
        if penalised:  # this step's decay comes first
            catch_up(features, n, memory, 0, layout, rule, clock)
        factor, pace = weight, np.float32(rate)
        n_pieces = pieces_of(weight) if adagrad else 1
        spread = np.float32(averaging_weight(rule, clock.step - 1, clock.step))
        y = float(targets[row])
        for piece in range(n_pieces):
            if piece > 0:
                score = rows[layout.intercept * stride] + dot(values, features, n, rows, stride)
            if adagrad and weight != 1.0:
                mass = mass_of(weight, clock.excess / clock.step)
                factor, shorter = factors_of_piece(weight, mass, n_pieces, piece)
                pace = np.float32(rate) * shorter
            gradient = np.float32(factor * clipped_slope(rule, float(score), y))
            if gradient == 0.0:
                break
            change = plain_change(values, features, n, rows, layout, adagrad, gradient)
            change += plain_change(one, intercept, n_ones, rows, layout, adagrad, gradient)
            share = implicit_share(rule, float(score), y, pace * change)
            own = pace * np.float32(share)
            step_weights(values, features, n, rows, layout, adagrad, own, gradient, spread)
            step_weights(one, intercept, n_ones, rows, layout, adagrad, own, gradient, spread)
        if penalised and rule.l1 > 0.0:
            shrink(features, n, rows, 0, layout, rule, clock)
    return clock
