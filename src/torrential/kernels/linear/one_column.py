"""Stochastic gradient descent of one column of weights with AdaGrad: the kernel of narrow rows.

It has the bits of `torrential.kernels.linear.learn`, which takes any number of columns, any rate
and averages. Where a row has ten values, finding out for each row what does not apply takes longer
than learning it. So the intercept stays in registers, a weight and its sum of squares are a pair of
neighbors, a row has no array of its own, and weights are asked for some rows ahead.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.importance import EQUAL, factors_of_piece, mass_of, pieces_of
from torrential.kernels.linear.layout import SQUARES, Clock, Layout, Memory, Rule
from torrential.kernels.linear.learn import COMING
from torrential.kernels.linear.losses import LOG_LOSS, log_loss_slope, slope
from torrential.kernels.linear.penalty import TINY
from torrential.kernels.linear.places import prefetch_row
from torrential.kernels.linear.slopes import STEEPEST
from torrential.kernels.prefetch import prefetch
from torrential.types import Float32, Int32, Int64

PAIR = 2
"""Slots of a weight: itself and its sum of squares."""

VALUES_AHEAD = 48
"""Values whose weights are asked for before they are needed: about what memory delivers in time."""

MOST_AHEAD = 8
"""Rows ahead at most."""


@kernel(error_model="numpy")
def products(
    data: Float32, indices: Int32, begin: int, end: int, rows: Float32, stride: int
) -> np.float32:
    """Return the sum of values and weights of a row, added up as `decision.dot` does."""
    a = b = c = d = np.float32(0.0)
    j = begin
    while j + 4 <= end:
        a += data[j] * rows[stride * np.int64(indices[j])]
        b += data[j + 1] * rows[stride * np.int64(indices[j + 1])]
        c += data[j + 2] * rows[stride * np.int64(indices[j + 2])]
        d += data[j + 3] * rows[stride * np.int64(indices[j + 3])]
        j += 4
    while j < end:
        a += data[j] * rows[stride * np.int64(indices[j])]
        j += 1
    return np.float32((a + b) + (c + d))


@kernel(error_model="numpy")
def slope_of(rule: Rule, score: np.float32, target: np.float32) -> float:
    """Return the derivative of the loss, clipped as in scikit-learn."""
    p, y = float(score), 1.0 * float(target)  # `float` alone leaves a float32 what it is
    steepness = (
        log_loss_slope(p, y) if rule.loss == LOG_LOSS else slope(rule.loss, p, y, rule.epsilon)
    )
    return max(-STEEPEST, min(STEEPEST, steepness))


@kernel(error_model="numpy")
def stepped(
    weight: np.float32, total: np.float32, gradient: np.float32, pace: np.float32
) -> np.float32:
    """Return a weight after a step, from its sum of squares with that of the gradient."""
    return weight - pace * (gradient / np.sqrt(total + TINY))


@kernel(error_model="numpy")
def step_row(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    gradient_of_one: np.float32,
    pace: np.float32,
) -> None:
    """Take the step of the weights of a row."""
    for j in range(begin, end):
        at = PAIR * np.int64(indices[j])
        gradient = gradient_of_one * data[j]
        total = rows[at + SQUARES] + gradient * gradient
        rows[at + SQUARES] = total
        rows[at] = stepped(rows[at], total, gradient, pace)


@kernel(error_model="numpy")
def learn_in_pieces(
    data: Float32,
    indices: Int32,
    begin: int,
    end: int,
    rows: Float32,
    rule: Rule,
    target: np.float32,
    weight: np.float32,
    mean_excess: float,
    score: np.float32,
    intercept: np.float32,
    squares: np.float32,
) -> tuple[np.float32, np.float32]:
    """Learn a row of another weight than 1; return the intercept and its sum of squares."""
    n_pieces, mass = pieces_of(weight), mass_of(weight, mean_excess)
    before, share = np.float32(0.0), np.float32(1.0)
    for piece in range(n_pieces):
        if piece > 0:
            score = intercept + products(data, indices, begin, end, rows, PAIR)
        factor, shorter = factors_of_piece(weight, mass, n_pieces, piece)
        pace = np.float32(rule.eta0) * shorter
        gradient = np.float32(factor * slope_of(rule, score, target))
        if piece >= EQUAL:
            if np.sign(gradient) != np.sign(before):
                share *= np.float32(0.5)
            pace *= share
        before = gradient
        if gradient == 0.0:
            break
        if rule.fit_intercept:
            squares += gradient * gradient
            intercept = stepped(intercept, squares, gradient, pace)
        step_row(data, indices, begin, end, rows, gradient, pace)
    return intercept, squares


@kernel
def rows_ahead(indptr: Int64) -> int:
    """Return how many rows ahead weights are asked for, by the mean number of values."""
    n_values = max(1, indptr[len(indptr) - 1] - indptr[0])
    return max(1, min(MOST_AHEAD, VALUES_AHEAD * (len(indptr) - 1) // n_values))


@kernel
def prefetch_coming(
    data: Float32,
    indices: Int32,
    indptr: Int64,
    order: Int64,
    targets: Float32,
    sample_weight: Float32,
    position: int,
) -> None:
    """Ask for the rows whose weights are asked for after those of the one at a position."""
    last = len(order) - 1
    far = order[min(position + 2 * COMING, last)]
    prefetch(indptr, far)
    prefetch(targets, far)
    prefetch(sample_weight, far)
    coming = order[min(position + COMING, last)]
    prefetch_row(data, indices, indptr[coming], indptr[coming + 1])


@kernel(error_model="numpy")
def learn_one_column(
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

    Targets are -1 or 1, or real numbers. ``scores``, shape (len(order), 1), is what was predicted
    for each row before it was learned.
    """
    rows, n_rows, last = memory.rows, len(order), len(order) - 1
    home = PAIR * np.int64(layout.intercept)
    intercept, squares = rows[home], rows[home + SQUARES]
    step, log_decay, shrinkage, excess = clock
    rate, decay, lasso = np.float32(rule.eta0), -rule.eta0 * rule.l2, rule.eta0 * rule.l1
    ahead = rows_ahead(indptr)
    for position in range(n_rows):
        row = order[position]
        begin, end = indptr[row], indptr[row + 1]
        prefetch_coming(data, indices, indptr, order, targets, sample_weight, position + ahead)
        next_row = order[min(position + ahead, last)]
        for j in range(indptr[next_row], indptr[next_row + 1]):
            prefetch(rows, PAIR * np.int64(indices[j]))
        score = intercept + products(data, indices, begin, end, rows, PAIR)
        scores[position, 0] = score
        weight = sample_weight[row]
        step += 1
        log_decay += decay
        shrinkage += lasso
        excess += float(weight) - 1.0
        if weight != 1.0:
            intercept, squares = learn_in_pieces(
                data, indices, begin, end, rows, rule, targets[row], weight, excess / step,
                score, intercept, squares,
            )  # fmt: skip
            continue
        gradient = np.float32(slope_of(rule, score, targets[row]))
        if gradient == 0.0:
            continue
        if rule.fit_intercept:
            squares += gradient * gradient
            intercept = stepped(intercept, squares, gradient, rate)
        step_row(data, indices, begin, end, rows, gradient, rate)
    rows[home], rows[home + SQUARES] = intercept, squares
    return Clock(step, log_decay, shrinkage, excess)
