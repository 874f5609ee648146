"""Learn a window of rows, with the tiles of weights split over tasks."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from torrential.kernels.linear.by_weight import learn_by_weight
from torrential.kernels.linear.decay import decay_all
from torrential.kernels.linear.layout import ADAGRAD, SGD, Clock, Rule, Sets
from torrential.kernels.linear.learn import learn
from torrential.kernels.linear.log_link import learn_with_log_link
from torrential.kernels.linear.losses import has_log_link
from torrential.kernels.linear.one_column import learn_one_column
from torrential.kernels.linear.one_column_by_weight import learn_one_column_by_weight
from torrential.linear.decay import steps_between
from torrential.linear.weights import Weights
from torrential.types import Csr, Float32, Int64

Task = Callable[[], Any]
Run = Callable[[Sequence[Task]], Sequence[Any]]


def in_turn(tasks: Sequence[Task]) -> list[Any]:
    """Run tasks one after the other; engines provide a `run` that uses threads."""
    return [task() for task in tasks]


def kernels_of(rule: Rule) -> tuple[Callable[..., Clock] | None, Callable[..., Any]]:
    """Return the kernel of one column, which never lacks room, and that of any number.

    The first is None if models of one column use the second.
    """
    if has_log_link(rule.loss):
        return learn_with_log_link, learn
    is_averaged = rule.average_from > 0
    if rule.optimizer not in (ADAGRAD, SGD):
        return None if is_averaged else learn_one_column_by_weight, learn_by_weight
    is_plain = rule.optimizer == ADAGRAD and not is_averaged
    return learn_one_column if is_plain else None, learn


class Window(NamedTuple):
    """Rows to learn, whose classes all have columns.

    Attributes
    ----------
    csr : Csr
    targets : float32 array of shape (n_rows,)
        As `torrential.kernels.linear.learn.learn` takes them.
    sample_weight : float32 array of shape (n_rows,)
    order : int64 array
        Rows to learn, in this order.
    known : int64 array of the shape of ``order``
        Number of classes that are known at each of them.
    scores : float32 array of shape (len(order), n_lanes)
        Filled with what is predicted for each row before it is learned.
    sets : Sets
        Columns of the sets of labels that targets are codes of; none if each row has one label.
    """

    csr: Csr
    targets: Float32
    sample_weight: Float32
    order: Int64
    known: Int64
    scores: Float32
    sets: Sets


def learn_window(
    window: Window,
    weights: Weights,
    rule: Rule,
    clock: Clock,
    set_clock: Callable[[Clock], None],
    run: Run,
    n_tasks: int,
) -> None:
    """Learn the rows of a window.

    Each task sets the clock and `Weights.settled`, to the same values: when Ctrl-C keeps their
    results from coming back, the rows are learned all the same, and no mark of the penalty may be
    ahead of the clock.
    """
    csr, targets, sample_weight, order, known, scores, sets = window
    layout, settled = weights.layout, weights.settled
    of_one, of_any = kernels_of(rule)
    learn_all = of_one if layout.width == 1 and known[0] > 0 else None
    n_tiles, every = layout.n_tiles, steps_between(rule, layout.n_features)

    def learn_tiles(first: int, last: int) -> None:
        memory, now, before, n_learned = weights.block(first), clock, settled, 0
        while n_learned < len(order):
            end = min(len(order), n_learned + every - now.step % every) if every else len(order)
            if learn_all is not None:
                now, n_more = learn_all(
                    csr.data, csr.indices, csr.indptr, order[n_learned:end], targets, sample_weight,
                    memory, layout, rule, now, scores[n_learned:end],
                ), end - n_learned  # fmt: skip
            else:
                now, n_more = of_any(
                    csr.data, csr.indices, csr.indptr, order[n_learned:end], targets, sample_weight,
                    known[n_learned:end], memory, layout, rule, now, first, last,
                    scores[n_learned:end], sets,
                )  # fmt: skip
            n_learned += n_more
            if n_learned < end:
                n_values = csr.n_values(order[n_learned])
                for tile in range(first, last):
                    memory = weights.make_room(tile, n_values)
            elif every and now.step % every == 0:
                decay_all(memory, layout, rule, before, now, first, last)
                before = now
        set_clock(Clock(*now))
        weights.settled = Clock(*before)

    def learn_each(tiles: range) -> None:
        for tile in tiles:
            learn_tiles(tile, tile + 1)

    if rule.softmax:  # a row's gradient needs the scores of all tiles
        run([partial(learn_tiles, 0, n_tiles)])
        return
    n_tasks = max(1, min(n_tasks, n_tiles))
    edges = [n_tiles * task // n_tasks for task in range(n_tasks + 1)]
    run([partial(learn_each, range(a, b)) for a, b in pairwise(edges)])
