"""Estimators whose models the engine trains itself, and the question whether one is of them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, TypeGuard

from numpy.typing import NDArray

from torrential.adapters.inputs import labeled
from torrential.data import Dataset
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.types import Float32, Float64


class Fused(Protocol):
    """An estimator with a model of the engine: many of them learn and predict in one pass.

    Searches, cross-validation, bagging, averages and voting ask `trains_fused`, and never for a
    class: another estimator with these methods works in all of them. Every other estimator is
    trained by its own ``partial_fit``.

    Attributes
    ----------
    trains_fused : bool
        True.
    model_ : HashedModel
        When it is fitted.
    columns_ : dict
        The columns that it was trained on.
    terms : bool or object
        Whether names of terms are kept; where many learn in one pass they are not.
    """

    trains_fused: ClassVar[bool]
    _losses: ClassVar[Mapping[str, int]]
    model_: Any
    columns_: dict[str, Any]
    class_weight: Any
    n_jobs: int | None
    terms: Any

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name."""
        ...

    def set_params(self, **parameters: Any) -> Any:
        """Set parameters, and return the estimator."""
        ...

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Learn labeled rows."""
        ...

    def score(self, X: Any, y: Any = None, sample_weight: Any = None, *, executor: Any) -> float:
        """Return the score on labeled rows, which an executor reads."""
        ...

    def _labeled(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        """Return labeled rows as a dataset, or raise an error if they are not of the right kind."""
        ...

    def _prepared(self) -> "Fused":
        """Return an estimator that makes several candidates for one dataset."""
        ...

    def _candidate(self, dataset: Dataset, **changes: Any) -> Candidate:
        """Return the beginning of a training on a dataset, with some parameters changed."""
        ...

    _kind: ClassVar[str]
    _chosen: dict[str, Any]

    def _chosen_of(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of the learner, given those of the estimator."""
        ...

    def _schedule_of(self, parameters: dict[str, Any]) -> Schedule:
        """Return the passes over the data, given the parameters of the estimator."""
        ...

    def _keep(self, candidate: Candidate, dataset: Dataset, *, interrupted: bool = False) -> None:
        """Take over the state of a candidate."""
        ...

    def _become(
        self,
        model: Any,
        class_weight: Any,
        columns: dict[str, Any],
        history: list[Any],
        *,
        interrupted: bool = False,
    ) -> None:
        """Take over a model, with the validation of each of its passes."""
        ...

    def _fitted(self) -> Any:
        """Return the model, or raise a NotFittedError."""
        ...

    def _predictions_of(self, scores: Float32) -> NDArray[Any]:
        """Return the prediction for each row, given the scores of the model."""
        ...

    def _probabilities_of(self, scores: Float32) -> Float64:
        """Return the probability of each class, given the same scores."""
        ...


def labeled_for(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Dataset:
    """Return labeled rows as a dataset; a table in memory, unless the estimator is of texts."""
    if trains_fused(estimator):
        return estimator._labeled(X, y, sample_weight)
    return labeled(X, y, sample_weight, tables=True)


def trains_fused(estimator: Any) -> TypeGuard[Fused]:
    """Return whether the engine trains an estimator's model itself.

    Examples
    --------
    >>> import torrential as tor
    >>> trains_fused(tor.TextClassifier()), trains_fused(tor.SGDClassifier())
    (True, False)
    """
    return getattr(type(estimator), "trains_fused", False) is True
