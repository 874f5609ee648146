"""Scale-free steps: Ross, Mineiro and Langford, "Normalized Online Learning", UAI 2013.

It is NAG (algorithm 2) with AdaGrad's sums. Each feature has a scale, its largest absolute value so
far: multiplied by any number, it learns the same. When a scale grows, the weights shrink by as much
before the row is scored. The rate is divided by the root of the mean squared norm of rows of scaled
values, so it is for rows of any length. Unlike in the paper, ``beta`` times the scale is counted as
one more slope of all rows before the first, as in FTRL-Proximal.

Scales are in the first column of a tile, and the mean is where the intercept, whose scale is always
1, would have it. A feature without a row of weights counts as one whose value is its scale.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.coin import bet
from torrential.kernels.linear.layout import (
    COIN,
    SCALE,
    SQUARES,
    ZEROS,
    Layout,
    Rule,
    to_average,
)
from torrential.types import Float32, Int32


@kernel(error_model="numpy")
def scaled_up(
    rows: Float32,
    at: int,
    width: int,
    rule: Rule,
    scale: np.float32,
    size: np.float32,
    mean: np.float32,
) -> np.float32:
    """Return the weight rows[at] when the scale of its feature grows; initial weights stay."""
    if scale == 0.0:
        return rows[at]
    if rule.optimizer == COIN:
        return bet(rows, at, width, size, rule) / mean
    return rows[at] * (scale / size)


@kernel(error_model="numpy")
def scale_up(
    rows: Float32,
    at: int,
    layout: Layout,
    rule: Rule,
    value: np.float32,
    mean: np.float32,
    spread: np.float32,
) -> np.float32:
    """Let the scale of the row of weights at rows[at] include a value; return its scaled square."""
    place, size = at + SCALE * layout.width, abs(value)
    scale = rows[place]
    if size > scale:
        for lane in range(at, at + layout.width):
            before = rows[lane]
            rows[lane] = scaled_up(rows, lane, layout.width, rule, scale, size, mean)
            if spread != 0.0:
                rows[lane + to_average(layout)] += spread * (rows[lane] - before)
        rows[place] = size
        return np.float32(1.0)
    return np.float32(0.0) if scale == 0.0 else (value / scale) * (value / scale)


@kernel(error_model="numpy")
def scale_row(
    data: Float32,
    places: Int32,
    begin: int,
    end: int,
    rows: Float32,
    offset: int,
    layout: Layout,
    rule: Rule,
    has_places: bool,
    spread: np.float32,
) -> np.float32:
    """Let the scales include the values of a row; return the squared norm of scaled values."""
    squared_norm = np.float32(1.0)  # of the intercept
    mean = rows[offset + layout.intercept * layout.stride + SCALE * layout.width]
    for j in range(begin, end):
        if has_places and places[j] == ZEROS:
            squared_norm += np.float32(data[j] != 0.0)
        else:
            at = offset + np.int64(places[j]) * layout.stride
            squared_norm += scale_up(rows, at, layout, rule, data[j], mean, spread)
    return squared_norm


@kernel(error_model="numpy")
def take_mean(rows: Float32, at: int, squared_norm: np.float32, step: int) -> None:
    """Take the squared norm of a row into the mean, which is at rows[at] and 0 at first."""
    if rows[at] == 0.0:
        rows[at] = squared_norm
    else:
        rows[at] += (squared_norm - rows[at]) / np.float32(step)


@kernel(error_model="numpy")
def step_normalized(
    rows: Float32,
    at: int,
    width: int,
    gradient: np.float32,
    pace: np.float32,
    scale: np.float32,
    rule: Rule,
) -> None:
    """Take the step of the weight rows[at], whose gradient includes that of the penalty."""
    total = rows[at + SQUARES * width] + gradient * gradient
    rows[at + SQUARES * width] = total
    first = np.float32(rule.beta) * scale
    rows[at] -= pace * (gradient / (scale * np.sqrt(total + first * first)))
