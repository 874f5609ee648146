"""What each of these estimators says for itself: its rows, its features and its learner."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from torrential.data import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.training.candidate import Candidate
from torrential.engine.training.schedule import Schedule
from torrential.estimators.common.plain import PlainParameters
from torrential.estimators.common.saving import Savable
from torrential.estimators.fused.settings import (
    Parameters,
    candidate_of,
    check_takes_sets,
    expect_columns,
    schedule_of,
)
from torrential.schema import Schema


class FusedParameters(Savable, PlainParameters):
    """Base of estimators whose models the engine trains: what a class of them defines."""

    _losses: ClassVar[Mapping[str, int]]
    """Losses of its kind of estimator."""

    class_weight: Any = None
    """None where there are no classes."""

    def _labeled(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        """Return labeled rows as a dataset, or raise an error if they are not of the right kind."""
        raise NotImplementedError

    def _of_model(self, dataset: Dataset) -> Dataset:
        """Return the rows of a dataset as the fitted model takes them."""
        return dataset

    def _as_learned(self, X: Any) -> Any:
        """Return rows in memory with the types that the fitted model has learned."""
        return X

    def _measured_rows(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        """Return labeled rows as the fitted model takes them."""
        return self._of_model(self._labeled(self._as_learned(X), y, sample_weight))

    def _unlabeled(self, X: Any) -> Dataset:
        """Return rows to predict as a dataset; it may have no labels."""
        raise NotImplementedError

    @property
    def _chosen(self) -> Parameters:
        """The parameters, with those of the preset for what is not given."""
        return self._chosen_of(self.get_params(deep=False))

    def _chosen_of(self, parameters: Parameters) -> Parameters:
        """Return the parameters of a learner, given those of the estimator."""
        raise NotImplementedError

    def _model_of(self, parameters: Parameters, dataset: Dataset) -> HashedModel:
        """Return an untrained model for a dataset, given the result of `_chosen_of`."""
        raise NotImplementedError

    @staticmethod
    def _header() -> Schema:
        """Return the schema of the header of the estimator's files."""
        raise NotImplementedError

    def _prepared(self) -> Self:
        """Return an estimator that makes several candidates for one dataset."""
        return self

    def _check_parameters(self, model: HashedModel) -> None:
        """Raise a DataError if a model was not made with the parameters."""
        raise NotImplementedError

    def _schedule_of(self, parameters: Parameters) -> Schedule:
        return schedule_of(self._chosen_of(parameters))

    def _candidate(self, dataset: Dataset, **changes: Any) -> Candidate:
        parameters = self._chosen_of(self.get_params(deep=False) | changes)
        check_takes_sets(parameters, dataset)
        multilabel = {"multilabel": dataset.has_label_sets}
        model = self._model_of(parameters | multilabel, dataset)
        expect_columns(model, dataset)
        return candidate_of(model, parameters)
