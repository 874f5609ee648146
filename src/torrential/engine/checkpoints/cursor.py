"""Progress of a training, as JSON has it."""

from dataclasses import dataclass, field
from typing import Any, Self

from torrential.engine.batches.hashed_batch import BEGINNING, Place
from torrential.engine.model.schema import COURSE
from torrential.evaluation.progressive import ProgressiveValidation


@dataclass(slots=True)
class Cursor:
    """Progress of a training: always between two steps.

    A step is the unit of learning: a window of a text model, a batch of a pipeline, or a stretch
    of all parts up to their averaging.

    Attributes
    ----------
    epoch : int
        The one under way.
    place : Place
        The batch after the last learned batch of the epoch.
    n_steps : int
        Steps learned in the epoch.
    n_noted : int
        Batches after these whose terms were noted: the next step will be of them.
    n_rows : int
        Rows that were learned or left out, in all epochs.
    history : list of ProgressiveValidation
        Validation of the completed epochs; empty if rows are not predicted first.
    validation : ProgressiveValidation
        Validation of the current epoch.
    is_complete : bool
        Whether no epoch is to come.
    reached : Place
        The last batch that was read in the epoch: the batch of the next step to learn.
    """

    epoch: int = 0
    place: Place = BEGINNING
    n_steps: int = 0
    n_noted: int = 0
    n_rows: int = 0
    history: list[ProgressiveValidation] = field(default_factory=list)
    validation: ProgressiveValidation = field(default_factory=ProgressiveValidation)
    is_complete: bool = False
    reached: Place = BEGINNING

    @property
    def has_begun(self) -> bool:
        """Whether a step was learned."""
        return self.epoch > 0 or self.n_steps > 0

    @property
    def passes(self) -> list[ProgressiveValidation]:
        """Passes of all epochs that were begun."""
        return [*self.history, *([self.validation] if self.n_steps > 0 else [])]

    def end_step(self, n_rows: int) -> None:
        """Record a learned step, up to the last batch that was read."""
        partition, batch = self.reached
        self.place = (partition, batch + 1)
        self.n_steps += 1
        self.n_noted = 0
        self.n_rows += n_rows

    def end_epoch(self, *, is_last: bool = False) -> None:
        """Record that all steps of an epoch were learned."""
        self.validation.close()
        self.history.append(self.validation)
        self.validation = ProgressiveValidation(learned_before=True)
        self.epoch += 1
        self.place, self.n_steps, self.n_noted = BEGINNING, 0, 0
        self.is_complete = is_last

    def state(self) -> dict[str, Any]:
        """Return the cursor as JSON."""
        return {
            "epoch": self.epoch,
            "place": list(self.place),
            "n_windows": self.n_steps,
            "n_noted": self.n_noted,
            "n_rows": self.n_rows,
            "history": [validation.state() for validation in self.history],
            "validation": self.validation.state(),
            "is_complete": self.is_complete,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Return the cursor that `state` described.

        Raises
        ------
        DataError
            If a field is missing or has a value that it cannot have.
        """
        COURSE(state, "course")
        partition, batch = state["place"]
        return cls(
            epoch=int(state["epoch"]),
            place=(int(partition), int(batch)),
            n_steps=int(state["n_windows"]),
            n_noted=int(state["n_noted"]),
            n_rows=int(state["n_rows"]),
            history=[ProgressiveValidation.from_state(each) for each in state["history"]],
            validation=ProgressiveValidation.from_state(state["validation"]),
            is_complete=bool(state["is_complete"]),
        )
