"""What a fitted estimator has whose model the engine trains, whatever it predicts."""

from typing import TYPE_CHECKING, Any

from torrential.adapters.inputs import Texts
from torrential.engine.model.counts import Counts
from torrential.engine.model.hashed_model import HashedModel
from torrential.estimators.common.applying import Applying
from torrential.estimators.common.fitted import check_fitted
from torrential.estimators.fused.parameters import FusedParameters
from torrential.execution import opened
from torrential.types import Float32

if TYPE_CHECKING:
    from torrential.engine.scoring.hashed import HashedPredictor


class FusedPrediction(FusedParameters, Applying):
    """Base of estimators: all that reads ``model_`` and changes nothing."""

    n_jobs: int | None
    verbose: int
    model_: HashedModel

    def _explained(self) -> tuple[Float32, Float32, list[Any]]:
        """Return weights, shape (n_scores, n_features), intercepts, and their classes, if any."""
        raise NotImplementedError

    @property
    def counts_(self) -> Counts:
        """Rows read in training, and rows that were skipped or malformed."""
        return self._fitted().counts

    @property
    def predictor_(self) -> "HashedPredictor":
        """The fitted model as it is applied to rows, for the functions of ``torrential.engine``."""
        from torrential.engine.scoring.hashed import HashedPredictor

        return HashedPredictor(self._fitted())

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there is a model that can predict."""
        return hasattr(self, "model_") and self.model_.has_learned

    def _fitted(self) -> HashedModel:
        check_fitted(self)
        return self.model_

    def _scores(self, X: Texts, executor: Any) -> Float32:
        from torrential.engine.scoring.predict import decision

        with opened(executor, self.n_jobs) as engine:
            return decision(self._fitted(), self._of_model(self._unlabeled(X)), engine)
