"""Records that all kernels share: where a weight is, how to learn it, and how far we are."""

from typing import NamedTuple

from torrential.kernels.jit import kernel
from torrential.types import Float32, Float64, Int32, Int64


class Layout(NamedTuple):
    """Tiles of `width` columns; in a tile, one contiguous row for each feature that occurred.

    ::

        rows    [ tile 0 | tile 1 | ... ]
        tile    [ zeros | row of the intercept | row | row | ... ]      as they are first updated
        row     [ weights | state | averaging sums if averaged ]         slots * width = stride

    Column c is lane ``c % width`` of tile ``c // width``. The state is what the optimizer keeps for
    each weight (`torrential.linear.optimizers`), such as the sum of its squared gradients
    (AdaGrad), or the L1 penalty that it has received (SGD). The intercept is the weight of a
    feature that is always 1 and never penalised; `intercept` is its row.

    A tile is on its own, so a new one is new memory, nothing moves, and tiles can learn at once. A
    window of rows is learned tile by tile: its weights in one tile stay in the cache. Most classes
    never meet most features (with a margin loss one row updates few of many classes), so rows are
    taken as they are needed, and memory grows with them. A tile of one column has a row for every
    feature, in their order, and that of the intercept last: a number that says where it is would
    be as large as its weight.
    """

    n_features: int
    n_columns: int
    n_tiles: int
    width: int
    slots: int
    stride: int
    intercept: int


class Memory(NamedTuple):
    """The memory of one block of tiles: one tile, or all tiles whose rows are learned together.

    Attributes
    ----------
    first : int
        Number of the first tile of the block. The arrays below count from it.
    rows : float32 array
    starts : int64 array of shape (n_tiles,)
        Where each tile begins in `rows`.
    n_rows, room : int64 array of shape (n_tiles,)
        How many rows each tile has so far, and how many it has memory for.
    places : int32 array
        Which row of its tile a feature has: 0 until it is first updated. Empty if feature f has
        row f.
    tables, bits : int64 array of shape (n_tiles,)
        Where in `places` each tile begins, and how a feature is found there. With 0 bits, feature
        f is number f. Else there are 2**bits slots of two numbers, the feature plus 1 and its row,
        and the slot is found by hashing (`torrential.kernels.linear.places`).
    marks : float64 array of shape (2 * room for rows,), empty without a penalty and for AdaGrad
        For each row, up to when the penalty is in its weights
        (`torrential.kernels.linear.penalty`).
    """

    first: int
    rows: Float32
    starts: Int64
    n_rows: Int64
    room: Int64
    places: Int32
    tables: Int64
    bits: Int64
    marks: Float64


class Sets(NamedTuple):
    """Columns of sets of labels: set i has those of members[starts[i]:starts[i + 1]], ascending.

    Without any set, ``starts`` is empty, and each row has one column.
    """

    starts: Int64
    members: Int32


class Rule(NamedTuple):
    """Settings of a learning step; numbers in place of the names in `LinearSettings`.

    ``epsilon`` is the one number that a loss takes, ``optimizer`` is the code of one, ``schedule``
    that of its rate. ``beta`` is added to roots of sums of squares (FTRL, NORMALIZED) or
    the least steepness (COIN). ``l2`` and
    ``l1`` are alpha's shares of the two penalties, ``first_rate_step`` is Bottou's t0,
    ``average_from`` the first step that counts in the average (0: no averaging).
    """

    loss: int
    softmax: bool
    epsilon: float
    optimizer: int
    schedule: int
    eta0: float
    power_t: float
    beta: float
    first_rate_step: float
    alpha: float
    l2: float
    l1: float
    fit_intercept: bool
    average_from: int


class Clock(NamedTuple):
    """Steps taken; log of the L2 decay and sum of the L1 penalty since the first.

    ``excess`` is the sum of the weights of the rows, less their number: 0 if all weigh 1.
    """

    step: int
    log_decay: float
    shrinkage: float
    excess: float


ADAGRAD, SGD, FTRL, NORMALIZED, COIN = 1, 2, 3, 4, 5  # optimizers

WEIGHT = 0  # slot of a row
SQUARES = 1  # the state of AdaGrad, and the first of FTRL and normalized steps
RECEIVED = 1  # the state of SGD
SUMS = 2  # of FTRL, after the squares
ABSOLUTES, SCALE, BALANCE, REWARD, STEEPNESS = 1, 2, 3, 4, 5  # of coin betting; SCALE of both
ZEROS, INTERCEPT, FIRST = 0, 1, 2  # rows of a tile: never written, the intercept, the first taken


@kernel
def to_average(layout: Layout) -> int:
    """Return how far behind a weight its averaging sum is: in the last slot of an averaged row."""
    return layout.stride - layout.width
