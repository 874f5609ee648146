"""Slopes of the loss of a row by its scores, and the rate of a step."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import Layout, Rule, Sets
from torrential.kernels.linear.losses import loss, slope, softmax
from torrential.types import Float32

CONSTANT, OPTIMAL, INVSCALING, PA1, PA2 = 1, 2, 3, 4, 5  # schedules

STEEPEST = 1e12  # slopes are clipped to it, as in scikit-learn


@kernel(error_model="numpy")
def rate_at(rule: Rule, step: int) -> float:
    """Return the learning rate that all weights share at a step, from 1."""
    if rule.schedule == OPTIMAL:
        return 1.0 / (rule.alpha * (rule.first_rate_step + step - 1))
    if rule.schedule == INVSCALING:
        return rule.eta0 / step**rule.power_t
    return rule.eta0


@kernel(error_model="numpy")
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


@kernel(error_model="numpy")
def column_slopes(
    scores: Float32,
    target: np.float32,
    weight: np.float32,
    squared_norm: float,
    layout: Layout,
    rule: Rule,
    first: int,
    last: int,
    n_known: int,
    out: Float32,
) -> None:
    """Write the derivatives of the row's weighted loss by its scores to out[first:last].

    Of the columns, the first ``n_known`` are those of classes that are known at the row.
    """
    passive_aggressive = rule.schedule == PA1 or rule.schedule == PA2
    if rule.softmax and layout.n_columns > 1:
        softmax(scores[:n_known], out)
        out[int(target)] -= np.float32(1.0)
        for column in range(n_known):
            out[column] *= weight
        return
    for column in range(first, min(last, n_known)):
        p, y = float(scores[column]), float(target)
        if layout.n_columns > 1:
            y = 1.0 if column == target else -1.0
        if passive_aggressive:
            steepness = passive_aggressive_slope(rule, p, y, squared_norm)
        else:
            steepness = slope(rule.loss, p, y, rule.epsilon)
        out[column] = weight * max(-STEEPEST, min(STEEPEST, steepness))


@kernel(error_model="numpy")
def set_slopes(
    scores: Float32,
    sets: Sets,
    number: int,
    weight: np.float32,
    squared_norm: float,
    rule: Rule,
    first: int,
    last: int,
    n_known: int,
    out: Float32,
) -> None:
    """Write derivatives as `column_slopes` does, for a row with the labels of a set."""
    passive_aggressive = rule.schedule == PA1 or rule.schedule == PA2
    at, end = sets.starts[number], sets.starts[number + 1]
    while at < end and sets.members[at] < first:
        at += 1
    for column in range(first, min(last, n_known)):
        p, y = float(scores[column]), -1.0
        if at < end and sets.members[at] == column:
            y, at = 1.0, at + 1
        if passive_aggressive:
            steepness = passive_aggressive_slope(rule, p, y, squared_norm)
        else:
            steepness = slope(rule.loss, p, y, rule.epsilon)
        out[column] = weight * max(-STEEPEST, min(STEEPEST, steepness))
