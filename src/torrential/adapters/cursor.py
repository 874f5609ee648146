"""How far the training of a pipeline has come."""

from dataclasses import dataclass, field

from torrential.adapters.stream import StreamedExamples
from torrential.engine.batches.hashed_batch import BEGINNING, Place
from torrential.evaluation.progressive import ProgressiveValidation


@dataclass(slots=True)
class Standing:
    """How far a training has come: always between two batches.

    Attributes
    ----------
    epoch : int
        The one under way.
    place : Place
        The first batch that is still to be learnt in it.
    n_batches : int
        Batches that were learnt in it.
    n_rows : int
        Rows that were read in all epochs.
    history : list of ProgressiveValidation
        Of the epochs before.
    validation : ProgressiveValidation
        Of the one under way.
    """

    epoch: int = 0
    place: Place = BEGINNING
    n_batches: int = 0
    n_rows: int = 0
    history: list[ProgressiveValidation] = field(default_factory=list)
    validation: ProgressiveValidation = field(default_factory=ProgressiveValidation)

    @property
    def passes(self) -> list[ProgressiveValidation]:
        """Those of all epochs that were begun."""
        return [*self.history, *([self.validation] if self.n_batches else [])]

    def end_batch(self, examples: StreamedExamples) -> None:
        """Note that a batch was learnt."""
        partition, batch = examples.place
        self.place = (partition, batch + 1)
        self.n_batches += 1
        self.n_rows += examples.n_rows

    def end_epoch(self) -> None:
        """Note that all batches of an epoch were learnt."""
        self.history.append(self.validation)
        self.validation = ProgressiveValidation(learnt_before=True)
        self.epoch, self.place, self.n_batches = self.epoch + 1, BEGINNING, 0
