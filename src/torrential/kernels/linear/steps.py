"""Steps of the weights of one tile."""

import numpy as np

from torrential.kernels.jit import kernel
from torrential.kernels.linear.layout import SQUARES, Layout, to_average
from torrential.kernels.linear.penalty import TINY
from torrential.kernels.linear.vectors import add_adagrad_steps
from torrential.types import Float32, Int32

FEW = 3  # from this many active columns in a tile on, updating all lanes at once is faster


@kernel(error_model="numpy")
def update_column(
    data: Float32,
    places: Int32,
    n: int,
    rows: Float32,
    at: int,
    layout: Layout,
    adagrad: bool,
    rate: np.float32,
    column_slope: np.float32,
    spread: np.float32,
    prior: np.float32,
) -> None:
    """Take one step with the weights of one column, the first of which is rows[at].

    ``prior`` is the squared slope that AdaGrad counts besides those that were.
    """
    width, stride = layout.width, layout.stride
    for j in range(n):
        place = np.int64(places[j]) * stride + at
        gradient = column_slope * data[j]
        if adagrad:
            total = rows[place + SQUARES * width] + gradient * gradient
            rows[place + SQUARES * width] = total
            gradient = gradient / np.sqrt(total + (TINY + prior * data[j] * data[j]))
        change = rate * gradient
        rows[place] -= change
        if spread != 0.0:
            rows[place + to_average(layout)] -= spread * change


@kernel(error_model="numpy")
def update_tile(
    data: Float32,
    places: Int32,
    n: int,
    rows: Float32,
    offset: int,
    layout: Layout,
    tile: int,
    n_active: int,
    adagrad: bool,
    rate: np.float32,
    slopes: Float32,
    spread: np.float32,
    prior: np.float32,
) -> None:
    """Take one step with one tile: column by column, or all lanes at once when many are active."""
    width, stride, at = layout.width, layout.stride, tile * layout.width
    if n_active >= FEW and adagrad and spread == 0.0:
        if prior != 0.0:  # this many classes have wide tiles
            for j in range(n):
                tiny = TINY + prior * data[j] * data[j]
                add_adagrad_steps(
                    data, places, j, j + 1, rows, offset, stride, slopes, at, rate, tiny, 16
                )
        elif width == 8:
            add_adagrad_steps(data, places, 0, n, rows, offset, stride, slopes, at, rate, TINY, 8)
        else:
            add_adagrad_steps(data, places, 0, n, rows, offset, stride, slopes, at, rate, TINY, 16)
        return
    for lane in range(width):
        if slopes[at + lane] != 0.0:
            update_column(
                data, places, n, rows, offset + lane, layout,
                adagrad, rate, slopes[at + lane], spread, prior,
            )  # fmt: skip
