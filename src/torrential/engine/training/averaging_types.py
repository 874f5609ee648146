"""Messages between averaging and the learners of parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from torrential.evaluation.probabilities import ProbabilityFigures, ProbabilitySketch


class Part(Protocol):
    """Rows that are trained independently; the same rows in every round."""

    @property
    def number(self) -> int:
        """Number of the part, from 0."""
        ...

    @property
    def name(self) -> str:
        """Name shown in messages."""
        ...

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def pieces(self) -> Sequence[Any]:
        """Pieces of the part, for reordering."""
        ...

    def stretch(self, order: Sequence[int], first: int, stop: int) -> Self:
        """Return some of the rows, if the pieces are in this order."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Work of one worker until the next averaging.

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
        """Name shown in messages."""
        return self.part.name


@dataclass(slots=True)
class Books:
    """Scores of the predictions for rows before they were learned: a summary.

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
        Size of the part's result before it is merged.
    sketch : ProbabilitySketch or None
        Of the predictions for two classes, in the first round.
    """

    n_rows: int = 0
    loss: float = 0.0
    n_correct: int | None = 0
    parts: tuple[float, ...] = ()
    n_bytes: int = 0
    sketch: ProbabilitySketch | None = None

    def merge(self, other: Self) -> Self:
        """Add the figures of other rows."""
        self.sketch = self._merged_sketch(other)
        self.n_rows += other.n_rows
        self.loss += other.loss
        both_count = self.n_correct is not None and other.n_correct is not None
        self.n_correct = self.n_correct + other.n_correct if both_count else None  # type: ignore[operator]
        self.parts += other.parts
        self.n_bytes += other.n_bytes
        return self

    def _merged_sketch(self, other: Self) -> ProbabilitySketch | None:
        """Return the sketch of all rows; None if rows are missing in it."""
        if not self.n_rows or not other.n_rows:
            return self.sketch if self.n_rows else other.sketch
        if self.sketch is None or other.sketch is None:
            return None
        return self.sketch.merge(other.sketch)


class Learned(Protocol):
    """The state at the end of a stretch: a summary, with its counts."""

    books: Books

    def merge(self, other: Self) -> Self:
        """Add the result of another part."""
        ...


State = TypeVar("State")
StateOf = TypeVar("StateOf", contravariant=True)


class PartLearner(Protocol[StateOf]):
    """Interface of averaging to a kind of model, which is sent to the workers."""

    def learn(self, state: StateOf, stretch: Stretch) -> Learned:
        """Learn the rows of a stretch, starting from a state that does not change."""
        ...

    def mix(self, state: StateOf, learned: Any) -> None:
        """Make the state the average of the results of all parts."""
        ...

    def score(self, state: StateOf) -> float | None:
        """Return the accuracy (R2 in regression) on the held-out rows; None without any."""
        ...


@dataclass(frozen=True, slots=True)
class Averaging:
    """Settings of averaging.

    Attributes
    ----------
    n_partitions : int
        Parts to which the rows are assigned.
    n_rounds : int
        How often the data is gone through.
    weighting : {'rows', 'updates'}
    every : int or None
        Rows of each part between two averagings; None averages at the end of rounds.
    shuffle : bool
        Whether pieces of parts, and rows within windows, are permuted again in every round.
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
        Rows learned since the previous average.
    average_loss : float
        Average loss of these rows, each predicted by its part's model just before it was learned.
    accuracy : float or None
        Accuracy on the same predictions; None in regression. From the second round on these rows
        were learned before.
    held_out : float or None
        Score of the averaged model on rows that were held out; None without any.
    parts : tuple of float
        Scores of the parts' models on the same rows, before they were averaged.
    n_bytes : int
        Bytes of what the parts sent back.
    probabilities : ProbabilityFigures or None
        Of the same predictions, in the first round, if there are two classes.
    """

    round: int
    n_rows: int
    average_loss: float
    accuracy: float | None
    held_out: float | None
    parts: tuple[float, ...]
    n_bytes: int
    probabilities: ProbabilityFigures | None = None

    def __str__(self) -> str:
        words = [
            f"round {self.round}: {self.n_rows:,} rows",
            f"average loss {self.average_loss:.4f}",
        ]
        if self.accuracy is not None:
            words.append(f"{'training ' if self.round > 1 else ''}accuracy {self.accuracy:.4f}")
        if self.probabilities is not None and self.probabilities.roc_auc is not None:
            words.append(f"ROC AUC {self.probabilities.roc_auc:.4f}")
        if self.held_out is not None and self.parts:
            low, high = min(self.parts), max(self.parts)
            words.append(f"held out {self.held_out:.4f} (parts {low:.4f} to {high:.4f})")
        return ", ".join(words)
