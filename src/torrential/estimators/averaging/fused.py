"""A classifier of hashed rows, trained in parts for ParameterAveraging."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone

from torrential.adapters.inputs import labeled
from torrential.data import Dataset
from torrential.data.fingerprint import Fingerprint, fingerprint
from torrential.engine.checkpoints.cursor import Cursor
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.progress.progress import Progress
from torrential.engine.training.averaging_types import Averaging, Mix
from torrential.engine.training.in_parts import train_parts
from torrential.estimators.averaging.checkpoint import Contents
from torrential.estimators.common.saving import plain_parameters
from torrential.estimators.fused.checkpoint import columns_of
from torrential.estimators.fused.contract import Fused
from torrential.estimators.fused.model_file import contents
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution import Executor
from torrential.linear.class_weight import ClassWeight


@dataclass(slots=True)
class FusedFitting:
    """A training under way.

    Attributes
    ----------
    classifier : TextClassifier
        Not fitted yet.
    model : HashedModel
    dataset : Dataset
    held_out : Dataset or None
    averaging : Averaging
    """

    classifier: Fused
    model: HashedModel
    dataset: Dataset
    held_out: Dataset | None
    averaging: Averaging
    mixes: list[Mix]
    n_rows_of: Sequence[int] = ()

    def run(
        self,
        executor: Executor,
        progress: Progress,
        begin: Cursor | None,
        after_mix: Callable[[Cursor, Mix], bool],
        before_salvage: Callable[[], object],
    ) -> None:
        """Learn all parts in rounds."""

        def note(cursor: Cursor, mix: Mix) -> bool:
            self.mixes.append(mix)
            return after_mix(cursor, mix)

        self.n_rows_of = train_parts(
            self.model,
            self.dataset,
            self.averaging,
            executor,
            class_weight=self.classifier.class_weight,
            held_out=self.held_out,
            C=self.classifier._chosen["C"],
            begin=begin,
            progress=progress,
            after_mix=note,
            before_salvage=before_salvage,
        )

    def fingerprint(self) -> Fingerprint:
        """Return an identity of the rows to learn."""
        return fingerprint(self.dataset)

    def parameters(self) -> dict[str, Any]:
        """Return the classifier's parameters, as JSON represents them."""
        return plain_parameters(self.classifier)

    def contents(self) -> Contents:
        """Return arrays and header of a model file."""
        self.model.settle()
        return contents(
            self.classifier._kind,
            self.model,
            self.parameters(),
            columns=columns_of(self.dataset),
            class_weight=self._class_weight(),
            history=_rounds(self.mixes),
            interrupted=True,
        )

    def _class_weight(self) -> ClassWeight:
        """Return the weights of classes with the rows of each, for later ``partial_fit`` calls."""
        return ClassWeight(self.classifier.class_weight, self.n_rows_of)

    def restore(self, found: Contents, mixes: list[Mix]) -> None:
        """Continue from the result of `contents` after this many averages."""
        arrays, header = found
        self.model = HashedModel.from_state(arrays, header["model"])
        self.mixes = list(mixes)

    @property
    def has_learned(self) -> bool:
        """Whether there is anything to save."""
        return self.model.linear.t > 0

    @property
    def n_rows(self) -> int:
        """Number of rows that were read."""
        return self.model.counts.n_rows

    def estimator(self, *, interrupted: bool) -> Fused:
        """Return the fitted classifier."""
        classifier = self.classifier
        classifier._become(
            self.model,
            self._class_weight(),
            columns_of(self.dataset),
            _rounds(self.mixes),
            interrupted=interrupted,
        )
        return classifier


def begin(
    estimator: Fused,
    X: Any,
    y: Any,
    sample_weight: Any,
    averaging: Averaging,
    validation_fraction: float | None,
) -> FusedFitting:
    """Check the input, and begin with an untrained model."""
    classifier: Fused = clone(estimator)
    dataset, held_out = labeled(X, y, sample_weight), None
    model = classifier._candidate(dataset).model
    if validation_fraction is not None:
        dataset, held_out = dataset.split(validation_fraction, averaging.seed)
    return FusedFitting(classifier, model, dataset, held_out, averaging, [])


def _rounds(mixes: list[Mix]) -> list[ProgressiveValidation]:
    """Return the loss and accuracy of each round, over its averagings.

    Figures of probabilities are those of a round with one averaging.
    """
    rounds = []
    for number in dict.fromkeys(mix.round for mix in mixes):
        of_round = [mix for mix in mixes if mix.round == number]
        n_rows = sum(mix.n_rows for mix in of_round)
        loss = sum(mix.average_loss * mix.n_rows for mix in of_round) / n_rows
        accuracy = sum((mix.accuracy or 0.0) * mix.n_rows for mix in of_round) / n_rows
        figures = of_round[0].probabilities if len(of_round) == 1 else None
        rounds.append(
            ProgressiveValidation.of(n_rows, loss, accuracy, figures, learned_before=number > 1)
        )
    return rounds
