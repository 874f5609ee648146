"""Iterative parameter mixing: parts are learnt apart from common weights, averaged, and again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, Self, TypeVar, cast

from torrential.data.order import partition_order
from torrential.engine.progress import Progress, SilentProgress
from torrential.engine.route import measured
from torrential.execution import Executor, Whole


class Part(Protocol):
    """Rows that are learnt apart from others; the same ones in every round."""

    @property
    def number(self) -> int:
        """From 0."""
        ...

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def pieces(self) -> Sequence[Any]:
        """What it is made of, to be put in another order."""
        ...

    def stretch(self, order: Sequence[int], first: int, stop: int) -> Self:
        """Return some of the rows, where the pieces are in this order."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one worker learns until the next averaging.

    Attributes
    ----------
    part : Part
        The rows.
    round : int
        How often its part was gone through before.
    step : int
        Averagings in this round before.
    """

    part: Part
    round: int
    step: int

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.part.name


@dataclass(slots=True)
class Books:
    """How well rows were predicted before they were learnt: a summary.

    Attributes
    ----------
    n_rows : int
    loss : float
        Sum over them.
    n_correct : int or None
        None in regression.
    parts : tuple of float
        What each part's own model scored on the rows that were held out.
    n_bytes : int
        What travels back to the driver, before it is merged.
    """

    n_rows: int = 0
    loss: float = 0.0
    n_correct: int | None = 0
    parts: tuple[float, ...] = ()
    n_bytes: int = 0

    def merge(self, other: Self) -> Self:
        """Take in those of other rows."""
        self.n_rows += other.n_rows
        self.loss += other.loss
        both_count = self.n_correct is not None and other.n_correct is not None
        self.n_correct = self.n_correct + other.n_correct if both_count else None  # type: ignore[operator]
        self.parts += other.parts
        self.n_bytes += other.n_bytes
        return self


class Learnt(Protocol):
    """What has become of a state at the end of a stretch: a summary, with its books."""

    books: Books

    def merge(self, other: Self) -> Self:
        """Take in another part's."""
        ...


State = TypeVar("State")
StateOf = TypeVar("StateOf", contravariant=True)


class PartLearner(Protocol[StateOf]):
    """What averaging asks of a kind of model. It travels to the workers."""

    def learn(self, state: StateOf, stretch: Stretch) -> Learnt:
        """Learn the rows of a stretch from a state, which stays as it is."""
        ...

    def mix(self, state: StateOf, learnt: Any) -> None:
        """Make the state the average of what all parts have learnt from it."""
        ...

    def score(self, state: StateOf) -> float | None:
        """Accuracy (R2 in regression) on the rows held out; None without any."""
        ...


@dataclass(frozen=True, slots=True)
class Averaging:
    """How often models are averaged, and how.

    Attributes
    ----------
    n_partitions : int
        Parts that the data is dealt to.
    n_rounds : int
        How often the data is gone through.
    weighting : {'rows', 'updates'}
    every : int or None
        Rows of each part between two averagings; None averages at the end of rounds.
    shuffle : bool
        Whether pieces of parts, and rows within windows, are permuted anew in every round.
    seed : int
    """

    n_partitions: int = 8
    n_rounds: int = 3
    weighting: str = "rows"
    every: int | None = None
    shuffle: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Mix:
    """One averaging.

    Attributes
    ----------
    round : int
        From 1.
    n_rows : int
        Rows learnt since the averaging before.
    average_loss : float
        Of these rows, each predicted by its part's model just before that learnt it.
    accuracy : float or None
        Likewise; None in regression.
    held_out : float or None
        Score of the averaged model on rows that were held out; None without any.
    parts : tuple of float
        Scores of the parts' models on the same rows, before they were averaged.
    n_bytes : int
        Bytes of what the parts sent back.
    """

    round: int
    n_rows: int
    average_loss: float
    accuracy: float | None
    held_out: float | None
    parts: tuple[float, ...]
    n_bytes: int

    def __str__(self) -> str:
        words = [
            f"round {self.round}: {self.n_rows:,} rows",
            f"average loss {self.average_loss:.4f}",
        ]
        if self.accuracy is not None:
            words.append(f"accuracy {self.accuracy:.4f}")
        if self.held_out is not None and self.parts:
            low, high = min(self.parts), max(self.parts)
            words.append(f"held out {self.held_out:.4f} (parts {low:.4f} to {high:.4f})")
        return ", ".join(words)


@dataclass(slots=True)
class Position:
    """How many rounds, and averagings in the round after them, are behind us."""

    round: int = 0
    step: int = 0


def average_rounds(
    learner: PartLearner[State],
    state: State,
    parts: Sequence[Part],
    averaging: Averaging,
    executor: Executor,
    *,
    begin: Position | None = None,
    progress: Progress | None = None,
    after_mix: Callable[[Position, Mix], bool] = lambda position, mix: False,
    before_salvage: Callable[[], object] = lambda: None,
) -> None:
    """Learn all parts in rounds, and average them after each; the state becomes the result.

    The state is the same to the bit for any executor. It is changed between rounds only, so that a
    round can always be run again; on Ctrl-C it takes in what the parts have learnt until then.

    Parameters
    ----------
    learner : PartLearner
    state : object
        What the first round begins with.
    parts : sequence of Part
    averaging : Averaging
    executor : Executor
    begin : Position, default=None
        Where to go on from.
    progress : Progress, default=None
    after_mix : callable
        Is told of every averaging and where it leaves us; ends all by True. An interrupt waits
        for it.
    before_salvage : callable
        Called when an interrupt has ended a round, before the state takes in what was learnt.
    """
    position, progress = begin or Position(), progress or SilentProgress()
    longest = max(part.n_rows for part in parts)
    stride = averaging.every or longest
    n_steps = -(-longest // stride)
    with Whole() as whole, progress:

        def take_in(learnt: Learnt) -> tuple[Mix, bool]:
            learner.mix(state, learnt)
            mix = _record(learnt.books, position.round + 1, learner.score(state))
            position.step += 1
            if position.step == n_steps:
                position.round, position.step = position.round + 1, 0
            return mix, after_mix(position, mix)

        def salvage(learnt: Learnt) -> None:
            before_salvage()
            learner.mix(state, learnt)

        while position.round < averaging.n_rounds:
            stretches = _stretches(parts, averaging, position, stride)
            if position.step == 0:
                title = f"round {position.round + 1}/{averaging.n_rounds}"
                progress.begin(title, measured(cast(Any, parts)))
            learnt = executor.map_reduce(
                learner.learn,
                stretches,
                merged,
                state,
                done=partial(_advance, progress, stretches),
                salvage=lambda learnt: whole(partial(salvage, learnt)),
            )
            mix, is_last = whole(partial(take_in, learnt))
            progress.tell(str(mix))
            if is_last:
                return


def _advance(progress: Progress, stretches: Sequence[Stretch], place: int) -> None:
    progress.advance(stretches[place].part.n_rows, 0)


def merged(first: Any, second: Any) -> Any:
    """Merge two summaries."""
    return first.merge(second)


def _stretches(
    parts: Sequence[Part], averaging: Averaging, position: Position, stride: int
) -> list[Stretch]:
    """Return the rows of each part up to the next averaging."""
    first = position.step * stride
    stretches = []
    for part in parts:
        order: Sequence[int] = range(len(part.pieces))
        if averaging.shuffle:
            seeds = (averaging.seed, part.number)
            order = partition_order(len(part.pieces), seeds, position.round).tolist()
        rows = part.stretch(order, first, first + stride)
        if rows.n_rows > 0:
            stretches.append(Stretch(rows, position.round, position.step))
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
    )
