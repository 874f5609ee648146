"""Tasks: what the scores of a linear model predict, and how good that is."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from torrential.engine.targets.levels import Levels
from torrential.evaluation.tasks import BINARY, MULTICLASS, MULTILABEL, TARGETS
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.calibration import Calibration
from torrential.linear.links import IDENTITY, Link
from torrential.types import Bool, Float32, Float64, Int32


class Task(Protocol):
    """Turns scores, shape (n_rows, n_columns), to predictions.

    Targets of classification are codes of classes, numbered as they were first seen. All columns
    are by code; `ClassOrder` brings them to the order of classes.

    Attributes
    ----------
    kinds : tuple of str
        Names of the task in the table of scorers; all that it may be, before classes are known.
    solved_by : str
        What solves it, for messages.
    """

    kinds: ClassVar[tuple[str, ...]]
    solved_by: ClassVar[str]

    @classmethod
    def takes(cls, tasks: tuple[str, ...]) -> bool:
        """Return whether a scorer for these tasks applies to this one."""
        return any(kind in tasks for kind in cls.kinds)

    def predict(self, scores: Float32) -> NDArray[Any]:
        """Return the predicted target of each row."""
        ...

    def correct(self, scores: Float32, targets: Any) -> NDArray[np.bool_] | None:
        """Return whether each row's target is predicted; None if a target has only a distance.

        Targets that the model does not know, such as -1, are never predicted.
        """
        ...

    def losses(self, linear: LinearModel, scores: Float32, targets: Any) -> Float64:
        """Return the loss of each row."""
        ...


@dataclass(frozen=True, slots=True)
class Classification(Task):
    """One class for each row; base of tasks.

    Attributes
    ----------
    n_classes : int
        Classes that are known.
    """

    kinds: ClassVar[tuple[str, ...]] = (BINARY, MULTICLASS)
    solved_by: ClassVar[str] = "classifier"

    n_classes: int

    @staticmethod
    def of(n_classes: int, n_columns: int) -> "Classification":
        """Return the task for scores with this many columns; more classes may be known."""
        return Binary(n_classes) if n_columns == 1 else Multiclass(n_classes)

    def predict(self, scores: Float32) -> Int32:
        """Return the code of the class with the highest score in each row."""
        raise NotImplementedError

    def correct(self, scores: Float32, targets: NDArray[Any]) -> NDArray[np.bool_]:
        """Return whether each row's class has the highest score."""
        return np.asarray(self.predict(scores) == targets)

    def losses(self, linear: LinearModel, scores: Float32, targets: Any) -> Float64:
        """Return the loss of each row, over all of its columns."""
        return linear.losses(scores, targets)

    def probabilities(self, scores: Float32, calibration: Calibration) -> Float64:
        """Return the probability of each class, shape (n_rows, n_classes)."""
        return calibration.probabilities(scores)

    def needs_calibration(self, settings: LinearSettings) -> bool:
        """Return whether scores are not log odds, so that probabilities need calibration."""
        return settings.loss != "log_loss"


@dataclass(frozen=True, slots=True)
class Binary(Classification):
    """Up to two classes, which share one column: positive for code 1."""

    kinds: ClassVar[tuple[str, ...]] = (BINARY,)

    def predict(self, scores: Float32) -> Int32:
        """Return 1 for each row with a score above 0, if there is a second class."""
        codes: Int32 = (scores[:, 0] > 0).astype(np.int32)
        return codes if self.n_classes > 1 else np.zeros_like(codes)

    def probabilities(self, scores: Float32, calibration: Calibration) -> Float64:
        """Return the probability of both classes; 1 for a single class."""
        if self.n_classes == 1:
            return np.ones((len(scores), 1))
        return calibration.probabilities(scores)


@dataclass(frozen=True, slots=True)
class Multiclass(Classification):
    """More than two classes, each with a column."""

    kinds: ClassVar[tuple[str, ...]] = (MULTICLASS,)

    def predict(self, scores: Float32) -> Int32:
        """Return the column of the highest score of each row; the first of equal scores."""
        best: Int32 = scores.argmax(axis=1).astype(np.int32)
        return best

    def needs_calibration(self, settings: LinearSettings) -> bool:
        """Return True for one-vs-rest with every loss: its columns are not one distribution."""
        return not settings.softmax


@dataclass(frozen=True, slots=True)
class Multilabel(Task):
    """Any number of labels for each row: those whose score is above 0, or that reach a threshold.

    Attributes
    ----------
    n_classes : int
        Labels that are known; without one the model has a column that says nothing.
    calibration : Calibration or None
        Its thresholds decide; labels without one are decided by their scores.
    """

    kinds: ClassVar[tuple[str, ...]] = (MULTILABEL,)
    solved_by: ClassVar[str] = "classifier of several labels"

    n_classes: int
    calibration: Calibration | None = None

    def predict(self, scores: Float32) -> Bool:
        """Return whether each row gets each label, shape (n_rows, n_classes).

        Labels without a column yet are not predicted.
        """
        found: Bool = np.zeros((len(scores), self.n_classes), np.bool_)
        n_columns = min(self.n_classes, scores.shape[1])
        found[:, :n_columns] = scores[:, :n_columns] > 0
        if self.calibration is None or not self.calibration.thresholds:
            return found
        pairs = [each for each in self.calibration.thresholds.items() if each[0] < n_columns]
        codes = np.array([code for code, _ in pairs], np.intp)
        least = np.array([threshold for _, threshold in pairs], np.float32)
        probabilities = self.probabilities(scores[:, codes], self.calibration)
        found[:, codes] = probabilities.astype(np.float32) >= least
        return found

    def correct(self, scores: Float32, targets: Any) -> NDArray[np.bool_]:
        """Return whether each row gets exactly its labels; targets are `LabelSets`."""
        n_labels = int(targets.members.max(initial=-1)) + 1
        found = self.predict(scores)
        found = np.pad(found, ((0, 0), (0, max(0, n_labels - found.shape[1]))))
        truth = targets.dense(found.shape[1])
        return np.asarray((found == truth).all(axis=1) & (targets.codes >= 0))

    def losses(self, linear: LinearModel, scores: Float32, targets: Any) -> Float64:
        """Return the loss of each row, over all of its columns."""
        return linear.losses(scores, targets)

    def probabilities(self, scores: Float32, calibration: Calibration) -> Float64:
        """Return the probability of each label, shape (n_rows, n_classes)."""
        scores = scores[:, : self.n_classes]
        return calibration.probabilities(scores.reshape(-1, 1))[:, 1].reshape(scores.shape)

    def needs_calibration(self, settings: LinearSettings) -> bool:
        """Return whether scores are not log odds, so that probabilities need calibration."""
        return settings.loss != "log_loss"


@dataclass(frozen=True, slots=True)
class Regression(Task):
    """One real number for each row.

    Attributes
    ----------
    link : Link
        Of numbers and scores.
    levels : Levels or None
        Where levels are predicted: numbers are turned to them.
    """

    kinds: ClassVar[tuple[str, ...]] = (TARGETS,)
    solved_by: ClassVar[str] = "regressor"

    link: Link = IDENTITY
    levels: Levels | None = None

    def predict(self, scores: Float32) -> NDArray[Any]:
        """Return the predictions, shape (n_rows,); with a log link all positive and finite."""
        numbers = self.numbers(scores)
        return numbers if self.levels is None else self.levels.predict(numbers)

    def numbers(self, scores: Float32) -> Float32:
        """Return the numbers that levels are made of, shape (n_rows,)."""
        return self.link.predict(scores[:, 0])

    def correct(self, scores: Float32, targets: NDArray[Any]) -> None:
        """Return None: no number is exactly right."""

    def losses(self, linear: LinearModel, scores: Float32, targets: Any) -> Float64:
        """Return the loss of each row."""
        return linear.losses(scores, targets)
