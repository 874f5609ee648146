"""A model in training, alone or with others, and its progress."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torrential.data.dataset import Dataset
from torrential.data.expected import expected_rows
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.training.learner import Learner
from torrential.engine.training.schedule import Schedule
from torrential.errors import ParameterError
from torrential.linear.class_weight import ClassWeight
from torrential.linear.window import Run, in_turn


def number_for(candidates: Sequence["Candidate"], dataset: Dataset) -> int:
    """Return the number of rows for the strength of penalties, 0 if no candidate has C.

    Raises
    ------
    ParameterError
        If it is not known.
    """
    if all(each.C is None for each in candidates):
        return 0
    n_rows = expected_rows(dataset)
    if n_rows is None:
        raise ParameterError(
            f"C needs the number of rows, which {dataset.source} does not tell: pass alpha instead."
        )
    return n_rows


@dataclass(slots=True, eq=False)
class Candidate:
    """A model that is to learn: all that a training changes.

    Attributes
    ----------
    model : HashedModel
    class_weight : ClassWeight
    schedule : Schedule
        With others, the order of partitions is the same for all.
    cursor : Cursor
    failure : ParameterError or None
        Error that ended the learning, such as weights that grow without limit; other candidates
        continue.
    is_dropped : bool
        Whether it learns no more, because others are better.
    C : float or None
        Strength of the penalty for all rows: alpha = 1 / (C n).
    n_before : int
        Rows learned before this training.
    averages_last_pass : bool
        Whether the weights become their average over the steps of the last pass, if that is not the
        first one. Where ``tol`` may end the training, any pass after the first can be the last.
    """

    model: HashedModel
    class_weight: ClassWeight = field(default_factory=ClassWeight)
    schedule: Schedule = field(default_factory=Schedule)
    cursor: Cursor = field(default_factory=Cursor)
    failure: ParameterError | None = None
    is_dropped: bool = False
    C: float | None = None
    n_before: int = 0
    averages_last_pass: bool = False

    @property
    def is_active(self) -> bool:
        """Whether the candidate learns the next rows."""
        return self.failure is None and not self.is_dropped

    @property
    def learns(self) -> bool:
        """Whether there is an epoch left."""
        return self.is_active and not self.cursor.is_complete

    def strengthen(self, n_rows: int) -> None:
        """Set the strength of the penalty for an epoch.

        Parameters
        ----------
        n_rows : int
            Rows that the first epoch is expected to have. For later ones they are known.
        """
        if self.C is None:
            return
        history = self.cursor.history
        n = history[0].n_rows if history else n_rows
        self.model.linear.set_strength(self.C, self.n_before + n)

    @property
    def is_to_average(self) -> bool:
        """Whether the epoch under way is averaged."""
        may_be_last = self.cursor.epoch + 1 == self.schedule.epochs or self.schedule.tol is not None
        return self.averages_last_pass and self.cursor.epoch > 0 and may_be_last

    def begin_epoch(self) -> None:
        """Begin the average of the weights, if the epoch is averaged and not under way."""
        if self.is_to_average and self.cursor.n_steps == 0:
            self.model.linear.begin_average()

    def end_epoch(self, *, is_last: bool) -> None:
        """Record the end of an epoch; after the last one the weights are final."""
        self.cursor.end_epoch(is_last=is_last)
        if is_last and self.averages_last_pass:
            self.model.linear.take_average()

    def state(self) -> dict[str, Any]:
        """Return the progress as JSON, without the model."""
        return {
            "course": self.cursor.state(),
            "seed": self.schedule.seed,
            "class_counts": self.class_weight.counts.tolist(),
            "failure": None if self.failure is None else str(self.failure),
            "is_dropped": self.is_dropped,
        }

    def restore(self, model: HashedModel, state: dict[str, Any]) -> None:
        """Restore the state of a candidate with the same settings, including its model."""
        self.model = model
        self.cursor = Cursor.from_state(state["course"])
        self.schedule = replace(self.schedule, seed=int(state["seed"]))
        self.class_weight = ClassWeight(self.class_weight.spec, state["class_counts"])
        self.failure = None if state["failure"] is None else ParameterError(state["failure"])
        self.is_dropped = bool(state["is_dropped"])

    def learner(
        self,
        run: Run = in_turn,
        n_jobs: int = 1,
        *,
        epoch: int | None = None,
    ) -> Learner:
        """Return a learner for an epoch, by default the current one."""
        schedule, cursor = self.schedule, self.cursor
        return Learner(
            self.model,
            self.class_weight,
            run,
            n_jobs,
            seed=[schedule.seed] if schedule.shuffle else None,
            epoch=cursor.epoch if epoch is None else epoch,
            validation=cursor.validation,
            n_windows=cursor.n_steps,
        )
