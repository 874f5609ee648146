"""TextRows: texts in, and the parameters that say how they are hashed."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from torrential.adapters.inputs import Texts, labeled, unlabeled, with_text
from torrential.data import Dataset
from torrential.engine.model.hashed_model import HashedModel
from torrential.errors import DataError
from torrential.estimators.fused.explanation import check_number
from torrential.estimators.fused.settings import Parameters
from torrential.estimators.fused.training import FusedTraining
from torrential.estimators.text.file_schema import check_parameters
from torrential.estimators.text.presets import with_preset
from torrential.estimators.text.settings import new_model
from torrential.features.settings import HashSettings
from torrential.types import text_columns

if TYPE_CHECKING:
    from torrential.evaluation.explanation import Explanation


class TextRows(FusedTraining):
    """Base of estimators of texts: what it takes, and its features."""

    def explain(self, text: str, n: int | None = None) -> "Explanation":
        """Return the contribution of each term of a text to the decision.

        The contributions and the intercept add up to the decision function. No index is needed: the
        text has the names.

        Parameters
        ----------
        text : str
        n : int, optional
            Terms at most, those of the largest contributions; by default all.

        Returns
        -------
        Explanation
        """
        from torrential.engine.explaining.explanation import explain

        if not isinstance(text, str):
            raise DataError(f"explain takes one text, a str, not {type(text).__name__}.")
        if n is not None:
            check_number(n)
        model = self._fitted()
        columns = text_columns(pa.array([text], pa.string()))
        return explain(model, columns, *self._explained(), n)

    def _labeled(self, X: Texts, y: Any, sample_weight: Any) -> Dataset:
        return with_text(labeled(X, y, sample_weight))

    def _unlabeled(self, X: Texts) -> Dataset:
        return with_text(unlabeled(X))

    def _chosen_of(self, parameters: Parameters) -> Parameters:
        return with_preset(parameters)

    def _model_of(self, parameters: Parameters, dataset: Dataset) -> HashedModel:
        with_text(dataset)
        return new_model(parameters, self._losses)

    def _check_parameters(self, model: HashedModel) -> None:
        check_parameters(self._chosen, model)

    @property
    def _own_pattern(self) -> str | None:
        """The pattern of a fitted model if it is not the default."""
        features = self.model_.hashing
        assert isinstance(features, HashSettings)
        return features.token_pattern if features.has_pattern else None
