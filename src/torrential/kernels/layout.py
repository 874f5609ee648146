"""Records that all kernels share: where a weight is, how to learn it, and how far we are."""

from typing import NamedTuple


class Layout(NamedTuple):
    """Tiles of `width` columns, one after the other; in a tile one contiguous row per feature.

    ::

        rows    [ tile 0 | tile 1 | ... ]                                n_tiles * tile_size floats
        tile    [ row of feature 0 | ... | row of the intercept ]        (n_features + 1) * stride
        row     [ weights | accumulators | averaging sums if averaged ]  parts * width = stride

    Column c is lane ``c % width`` of tile ``c // width``. The accumulators are the sums of squared
    gradients (AdaGrad) or the L1 penalty that a weight has received (other rates). The intercept is
    the weight of feature `n_features`, which is always 1 and never penalised.

    A tile is on its own, so a new one is new memory, nothing moves, and tiles can learn at once. A
    window of rows is learnt tile by tile: its weights in one tile stay in the cache.
    """

    n_features: int
    n_columns: int
    n_tiles: int
    width: int
    parts: int
    stride: int
    tile_size: int


class Rule(NamedTuple):
    """What decides a learning step; numbers in place of the names in `LinearSettings`.

    ``l2`` and ``l1`` are alpha's shares of the two penalties, ``first_rate_step`` is Bottou's t0,
    ``average_from`` the first step that counts in the average (0: no averaging).
    """

    loss: int
    softmax: bool
    epsilon: float
    schedule: int
    eta0: float
    power_t: float
    first_rate_step: float
    alpha: float
    l2: float
    l1: float
    fit_intercept: bool
    average_from: int


class Clock(NamedTuple):
    """Steps taken; log of the L2 decay and sum of the L1 penalty since the first."""

    step: int
    log_decay: float
    shrinkage: float


WEIGHT, ACCUMULATOR, AVERAGE = 0, 1, 2  # the parts of a tile
