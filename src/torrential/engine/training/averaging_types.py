"""What averaging and those who learn the parts tell each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar


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
        Likewise; None in regression. From the second round on these rows were learnt before.
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
            words.append(f"{'training ' if self.round > 1 else ''}accuracy {self.accuracy:.4f}")
        if self.held_out is not None and self.parts:
            low, high = min(self.parts), max(self.parts)
            words.append(f"held out {self.held_out:.4f} (parts {low:.4f} to {high:.4f})")
        return ", ".join(words)
