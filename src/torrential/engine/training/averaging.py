"""Iterative parameter mixing: parts learn from common weights and are averaged, in rounds."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from torrential.data.views.order import partition_order
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.progress.measured import measured
from torrential.engine.progress.progress import Progress, SilentProgress
from torrential.engine.training.averaging_types import (
    Averaging,
    Books,
    Learned,
    Mix,
    Part,
    PartLearner,
    State,
    Stretch,
)
from torrential.errors import enough_memory_to
from torrential.execution import Executor, Whole
from torrential.types import merged


@enough_memory_to("average the parts")
def average_rounds(
    learner: PartLearner[State],
    state: State,
    parts: Sequence[Part],
    averaging: Averaging,
    executor: Executor,
    *,
    begin: Cursor | None = None,
    progress: Progress | None = None,
    after_mix: Callable[[Cursor, Mix], bool] = lambda cursor, mix: False,
    before_salvage: Callable[[], object] = lambda: None,
) -> None:
    """Learn all parts in rounds, and average them after each; the state becomes the average.

    The state is the same to the bit for any executor. It is changed between rounds only, so that a
    round can always be run again; on Ctrl-C it adds the changes of the parts until then.

    Parameters
    ----------
    learner : PartLearner
    state : object
        What the first round begins with.
    parts : sequence of Part
    averaging : Averaging
    executor : Executor
    begin : Cursor, default=None
        Where to continue: its epochs are rounds, and its steps are averages.
    progress : Progress, default=None
    after_mix : callable
        Receives every averaging and its state; returns True to end. An interrupt waits
        for it.
    before_salvage : callable
        Called when an interrupt has ended a round, before the state takes in the changes.
    """
    cursor, progress = begin or Cursor(), progress or SilentProgress()
    longest = max(part.n_rows for part in parts)
    stride = averaging.every or longest
    n_steps = -(-longest // stride)
    with Whole() as whole, progress:

        def take_in(learned: Learned) -> tuple[Mix, bool]:
            learner.mix(state, learned)
            mix = _record(learned.books, cursor.epoch + 1, learner.score(state))
            cursor.end_step(mix.n_rows)
            if cursor.n_steps == n_steps:
                cursor.end_epoch()
            return mix, after_mix(cursor, mix)

        def salvage(learned: Learned) -> None:
            before_salvage()
            learner.mix(state, learned)

        while cursor.epoch < averaging.n_rounds:
            stretches = _stretches(parts, averaging, cursor, stride)
            if cursor.n_steps == 0:
                title = f"round {cursor.epoch + 1}/{averaging.n_rounds}"
                progress.begin(title, measured(cast(Any, parts)))
            learned = executor.map_reduce(
                learner.learn,
                stretches,
                merged,
                state,
                done=partial(_advance, progress, stretches),
                salvage=lambda learned: whole(partial(salvage, learned)),
            )
            mix, is_last = whole(partial(take_in, learned))
            progress.report(str(mix))
            if is_last:
                return


def _advance(progress: Progress, stretches: Sequence[Stretch], place: int) -> None:
    progress.advance(stretches[place].part.n_rows, 0)


def _stretches(
    parts: Sequence[Part], averaging: Averaging, cursor: Cursor, stride: int
) -> list[Stretch]:
    """Return the rows of each part up to the next average."""
    first = cursor.n_steps * stride
    stretches = []
    for part in parts:
        order: Sequence[int] = range(len(part.pieces))
        if averaging.shuffle:
            seeds = (averaging.seed, part.number)
            order = partition_order(len(part.pieces), seeds, cursor.epoch).tolist()
        rows = part.stretch(order, first, first + stride)
        if rows.n_rows > 0:
            stretches.append(Stretch(rows, cursor.epoch, cursor.n_steps))
    return stretches


def _record(books: Books, round: int, score: float | None) -> Mix:
    n_rows = books.n_rows
    return Mix(
        round=round,
        n_rows=n_rows,
        average_loss=books.loss / n_rows if n_rows else float("nan"),
        accuracy=books.n_correct / n_rows if n_rows and books.n_correct is not None else None,
        held_out=score,
        parts=books.parts,
        n_bytes=books.n_bytes,
        probabilities=None if books.sketch is None else books.sketch.figures(),
    )
