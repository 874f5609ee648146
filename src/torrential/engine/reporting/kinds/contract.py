"""What the pass of a report asks of each kind of target."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, Self

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.scored_texts import ScoredTexts
from torrential.types import Bool, Float64, Int64


class Judged(NamedTuple):
    """Labeled rows of a batch, and how good their predictions are.

    Attributes
    ----------
    rows : int64 array of shape (n_labeled,)
        Places of the rows in the batch.
    weights : float64 array of shape (n_labeled,)
    measures : float64 array of shape (n_labeled, n_measures)
        What segments have the means of.
    """

    rows: Int64
    weights: Float64
    measures: Float64


class Verdicts(NamedTuple):
    """Labeled rows of a batch, and what a model predicts for them, to compare it with another.

    Attributes
    ----------
    rows : int64 array of shape (n_labeled,)
        Places of the rows in the batch.
    weights : float64 array of shape (n_labeled,)
    measures : float64 array of shape (n_labeled, n_measures)
        What paired differences are of. By the first one a row is better or worse.
    is_right : bool array of shape (n_labeled,), or None
        None of numbers and of several labels, which are right by degrees.
    certainty : float64 array of shape (n_labeled,), or None
        Probabilities of the predictions.
    true, predicted : callable
        Return target and prediction of a labeled row, given its place among them.
    """

    rows: Int64
    weights: Float64
    measures: Float64
    is_right: Bool | None
    certainty: Float64 | None
    true: Callable[[int], Any]
    predicted: Callable[[int], Any]


class Findings(Protocol):
    """The metrics of a model, and what a report shows besides them: a summary.

    Attributes
    ----------
    evaluation : object
        The metrics, and the counts of the rows.
    """

    evaluation: Any

    def update(self, model: HashedModel, scored: ScoredTexts) -> Judged | None:
        """Add a batch, and return its labeled rows; None without a target."""
        ...

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        ...
