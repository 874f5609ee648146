"""L2 and L1 penalties at the rates that all weights share, applied when a feature occurs.

A feature then gets those of all steps since its last occurrence. The memory's `marks` are two
float64 per row: the log of the L2 decay, and the step, up to which the penalty is in the weights.
There are none without a penalty, nor with AdaGrad (`torrential.kernels.linear.decay`).

The L2 decay is one number for all weights, 1 - rate * l2 per step, and the L1 penalty is the
cumulative one of Tsuruoka, Tsujii and Ananiadou (ACL 2009, section 3.2), as in scikit-learn.
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import (
    ADAGRAD,
    RECEIVED,
    Clock,
    Layout,
    Memory,
    Rule,
    to_average,
)
from torrential.types import Float32, Int32

TINY = np.float32(1e-6)
"""Added to the sum of squared gradients.

Without it the first step of a weight is eta0 however small the gradient, so a confident and right
prediction would still move the weights of rare features by a full step.
"""

LEAST_DECAY = 1e-30  # of one step: a factor of 0 would have no logarithm


@kernel(error_model="numpy")
def tick(clock: Clock, rule: Rule, rate: float, weight: np.float32) -> Clock:
    """Return the clock after one more step at this rate, with a row of this weight.

    AdaGrad's closed form is of infinitely many small steps.
    """
    change = -rate * rule.l2
    if rule.optimizer != ADAGRAD:
        change = np.log(max(LEAST_DECAY, 1.0 - rate * rule.l2))
    return Clock(
        clock.step + 1,
        clock.log_decay + change,
        clock.shrinkage + rate * rule.l1,
        clock.excess + (float(weight) - 1.0),
    )


@kernel(error_model="numpy")
def averaging_weight(rule: Rule, first: int, last: int) -> float:
    """Return a change's weight in the averaging sum if it is spread evenly over (first, last].

    A change at step s counts s - average_from: exact for one step and for a linear change.
    """
    begin = max(first, rule.average_from)
    if rule.average_from == 0 or last <= begin:
        return 0.0
    mean = 0.5 * (begin + 1 + last) - rule.average_from
    return mean * (last - begin) / (last - first)


@kernel(error_model="numpy")
def decay_equally(
    rows: Float32, at: int, width: int, decay: np.float32, spread: np.float32, average: int
) -> None:
    """Multiply the weights of a tile's row."""
    for lane in range(width):
        old = rows[at + lane]
        rows[at + lane] = decay * old
        if spread != 0.0:
            rows[at + average + lane] += spread * (decay * old - old)


@kernel(error_model="numpy")
def catch_up(
    places: Int32, n: int, memory: Memory, offset: int, layout: Layout, rule: Rule, clock: Clock
) -> None:
    """Bring n rows of a tile up to the clock; it starts at memory.rows[offset]."""
    width, stride = layout.width, layout.stride
    average = to_average(layout)
    rows, marks, first_mark = memory.rows, memory.marks, 2 * (offset // stride)
    now, log_decay, spread = float(clock.step), clock.log_decay, np.float32(0.0)
    for j in range(n):
        at = offset + np.int64(places[j]) * stride
        mark = first_mark + 2 * np.int64(places[j])
        last = marks[mark + 1]
        if last == now:
            continue
        if rule.average_from > 0:
            spread = np.float32(averaging_weight(rule, int(last), clock.step))
        decay = np.float32(np.exp(log_decay - marks[mark]))
        decay_equally(rows, at, width, decay, spread, average)
        marks[mark] = log_decay
        marks[mark + 1] = now


@kernel(error_model="numpy")
def shrink(
    places: Int32, n: int, rows: Float32, offset: int, layout: Layout, rule: Rule, clock: Clock
) -> None:
    """Move weights towards zero by the L1 penalty that is due, but not past zero."""
    width, stride, due = layout.width, layout.stride, np.float32(clock.shrinkage)
    spread = np.float32(averaging_weight(rule, clock.step - 1, clock.step))
    for j in range(n):
        at = offset + np.int64(places[j]) * stride
        for lane in range(at, at + width):
            old, had = rows[lane], rows[lane + RECEIVED * width]
            if old == 0.0:
                continue
            if old > 0.0:
                new = max(np.float32(0.0), old - (due + had))
            else:
                new = min(np.float32(0.0), old + (due - had))
            rows[lane] = new
            rows[lane + RECEIVED * width] = had + (new - old)
            if spread != 0.0:
                rows[lane + to_average(layout)] += spread * (new - old)


@kernel(error_model="numpy")
def settle(memory: Memory, layout: Layout, rule: Rule, clock: Clock) -> None:
    """Bring the rows of a block but the intercept's up to the clock, as if all had occurred."""
    place = np.zeros(1, np.int32)
    for tile in range(len(memory.starts)):
        for number in range(memory.n_rows[tile]):
            if number == layout.intercept:
                continue
            place[0] = number
            catch_up(place, 1, memory, memory.starts[tile], layout, rule, clock)
            if rule.l1 > 0.0:
                shrink(place, 1, memory.rows, memory.starts[tile], layout, rule, clock)


@kernel(error_model="numpy")
def materialize(memory: Memory, layout: Layout, rule: Rule, clock: Clock, out: Float32) -> None:
    """Write the readable weights of a block to out, in the same rows but with one slot.

    What is pending is applied to copies, and averages are taken, so reading changes no learning.
    """
    width, stride = layout.width, layout.stride
    n_averaged = clock.step - rule.average_from + 1
    averaged = rule.average_from > 0 and n_averaged > 0
    row, place = np.zeros(stride, np.float32), np.zeros(1, np.int32)
    mark, none = np.zeros(2), np.zeros(1, np.int64)
    alone = Memory(0, row, none, none, none, memory.places, none, none, mark)
    for tile in range(len(memory.starts)):
        first = memory.starts[tile] // stride
        for number in range(memory.n_rows[tile]):
            at = (first + number) * stride
            for lane in range(stride):
                row[lane] = memory.rows[at + lane]
            if len(memory.marks) > 0 and number != layout.intercept:
                mark[:] = memory.marks[2 * (first + number) : 2 * (first + number) + 2]
                catch_up(place, 1, alone, 0, layout, rule, clock)
                if rule.l1 > 0.0:
                    shrink(place, 1, row, 0, layout, rule, clock)
            start = (first + number) * width
            for lane in range(width):
                out[start + lane] = row[lane]
                if averaged:
                    out[start + lane] -= row[to_average(layout) + lane] / np.float32(n_averaged)
