"""AdaGrad's L2 and L1 penalties, applied to all weights at once, after many steps.

Each weight has its own rate r = eta0 / sqrt(G): n steps multiply the weight by exp(-n r l2), then
move it towards zero by n r l1, in closed form. A step itself costs nothing for the penalty: there
are no time stamps, and rows of weights are decayed in their order, as memory and SIMD like it best.
Delayed penalties are those of the truncated gradient after every K steps (Langford, Li and Zhang,
"Sparse Online Learning via Truncated Gradient", JMLR 2009).
"""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import FIRST, SQUARES, Clock, Layout, Memory, Rule
from torrential.kernels.linear.penalty import TINY, averaging_weight
from torrential.kernels.linear.vectors import decay_adagrad
from torrential.types import Float32

AT_ONCE = 16
"""Rows of one column that are decayed in the lanes of a vector."""

BLOCK = 64
"""Rows that are copied at once to be read."""


@kernel(error_model="numpy")
def decay_wide_row(
    rows: Float32,
    at: int,
    width: int,
    average: int,
    l2: np.float32,
    l1: np.float32,
    spread: np.float32,
) -> None:
    """Decay the weights of one row of 8 or 16 columns."""
    if spread != 0.0:
        for lane in range(at, at + width):
            rows[lane + average] -= spread * rows[lane]
    if width == 8:
        decay_adagrad(rows, at, l2, l1, TINY, 8)
    else:
        decay_adagrad(rows, at, l2, l1, TINY, 16)
    if spread != 0.0:
        for lane in range(at, at + width):
            rows[lane + average] += spread * rows[lane]


@kernel(error_model="numpy")
def decay_narrow_rows(
    rows: Float32,
    at: int,
    n: int,
    stride: int,
    l2: np.float32,
    l1: np.float32,
    spread: np.float32,
    room: Float32,
) -> None:
    """Decay the weights of up to 16 rows of one column, in the lanes of ``room``."""
    size = np.float32(0.0)
    for j in range(n):
        size += abs(rows[at + j * stride])
    if size == 0.0:  # a small data set has few of all features
        return
    for j in range(AT_ONCE):
        place = at + min(j, n - 1) * stride
        room[j] = rows[place]
        room[AT_ONCE + j] = rows[place + SQUARES]
    decay_adagrad(room, 0, l2, l1, TINY, 16)
    for j in range(n):
        place = at + j * stride
        if spread != 0.0:
            rows[place + stride - 1] += spread * (room[j] - rows[place])
        rows[place] = room[j]


@kernel(error_model="numpy")
def decay_rows(
    rows: Float32,
    begin: int,
    n: int,
    width: int,
    stride: int,
    l2: np.float32,
    l1: np.float32,
    spread: np.float32,
    room: Float32,
) -> None:
    """Decay n rows, of which the first begins at rows[begin]."""
    if width == 1:
        for first in range(0, n, AT_ONCE):
            at, n_rows = begin + first * stride, min(AT_ONCE, n - first)
            decay_narrow_rows(rows, at, n_rows, stride, l2, l1, spread, room)
    else:
        for j in range(n):
            decay_wide_row(rows, begin + j * stride, width, stride - width, l2, l1, spread)


@kernel(error_model="numpy")
def penalties(
    rule: Rule, settled: Clock, clock: Clock
) -> tuple[np.float32, np.float32, np.float32]:
    """Return the L2 and L1 penalties from one clock to another, times eta0 and the steps.

    The third number is the weight of the change in averaging sums.
    """
    l2, l1 = settled.log_decay - clock.log_decay, clock.shrinkage - settled.shrinkage
    spread = averaging_weight(rule, settled.step, clock.step) if l2 > 0.0 or l1 > 0.0 else 0.0
    return np.float32(l2), np.float32(l1), np.float32(spread)


@kernel(error_model="numpy")
def decay_all(
    memory: Memory,
    layout: Layout,
    rule: Rule,
    settled: Clock,
    clock: Clock,
    first_tile: int,
    last_tile: int,
) -> None:
    """Decay all weights of tiles [first_tile, last_tile) of a block, except intercepts.

    The penalties are those from one clock to another.
    """
    width, stride, room = layout.width, layout.stride, np.zeros(2 * AT_ONCE, np.float32)
    l2, l1, spread = penalties(rule, settled, clock)
    first = 0 if width == 1 else FIRST  # with one column the intercept comes last
    for tile in range(first_tile, last_tile):
        n = memory.n_rows[tile - memory.first] - max(1, first)
        begin = memory.starts[tile - memory.first] + first * stride
        decay_rows(memory.rows, begin, n, width, stride, l2, l1, spread, room)


@kernel(error_model="numpy")
def read_decayed(
    memory: Memory,
    layout: Layout,
    rule: Rule,
    settled: Clock,
    clock: Clock,
    out: Float32,
) -> None:
    """Write the readable weights of a block to out, in the same rows but with one slot.

    What is pending is applied to copies, and averages are taken, so reading changes no learning.
    """
    l2, l1, spread = penalties(rule, settled, clock)
    n_averaged = clock.step - rule.average_from + 1 if rule.average_from > 0 else 0
    width, stride, intercept = layout.width, layout.stride, layout.intercept
    some, room = np.empty(BLOCK * stride, np.float32), np.zeros(2 * AT_ONCE, np.float32)
    kept = np.zeros(stride, np.float32)
    for tile in range(len(memory.starts)):
        begin, n_rows = memory.starts[tile], memory.n_rows[tile]
        for first in range(0, n_rows, BLOCK):
            n, at = min(BLOCK, n_rows - first), begin + first * stride
            some[: n * stride] = memory.rows[at : at + n * stride]
            place = (intercept - first) * stride
            if 0 <= place < n * stride:
                kept[:] = some[place : place + stride]
            decay_rows(some, 0, n, width, stride, l2, l1, spread, room)
            if 0 <= place < n * stride:
                some[place : place + stride] = kept
            for number in range(n):
                to, start = (begin // stride + first + number) * width, number * stride
                for lane in range(width):
                    out[to + lane] = some[start + lane]
                    if n_averaged > 0:
                        total = some[start + stride - width + lane]
                        out[to + lane] -= total / np.float32(n_averaged)


@kernel(error_model="numpy")
def decay_since_marks(memory: Memory, layout: Layout, rule: Rule, clock: Clock) -> None:
    """Decay the rows of a block, each from the step of its mark on: older files have marks."""
    l2, l1 = rule.eta0 * rule.l2, rule.eta0 * rule.l1
    width, stride, room = layout.width, layout.stride, np.zeros(2 * AT_ONCE, np.float32)
    for tile in range(len(memory.starts)):
        first = memory.starts[tile] // stride
        for number in range(memory.n_rows[tile]):
            row = first + number
            last = memory.marks[2 * row + 1]
            n_steps = float(clock.step) - last
            if number == layout.intercept or n_steps == 0.0:
                continue
            due_l2, due_l1 = np.float32(n_steps * l2), np.float32(n_steps * l1)
            at, spread = row * stride, np.float32(averaging_weight(rule, int(last), clock.step))
            decay_rows(memory.rows, at, 1, width, stride, due_l2, due_l1, spread, room)
