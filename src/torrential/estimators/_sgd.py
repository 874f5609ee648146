"""What the estimators over matrices share: parameters, passes and callbacks."""

import logging
import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from torrential.engine.matrix import Patience, decide_matrix, learn_pass
from torrential.errors import ParameterError
from torrential.estimators._validation import check_rows
from torrential.estimators.seeds import seed_of
from torrential.execution.jobs import count_jobs
from torrential.linear import LinearModel, LinearSettings
from torrential.types import Float32, Int32

logger = logging.getLogger("torrential.train")


class MatrixSGD(CallbackSupportMixin, BaseEstimator):
    """Base of the linear estimators over matrices in memory."""

    def _check_parameters(self) -> None:
        """Raise if a parameter of the passes cannot be; `LinearSettings` checks the learner's."""
        for name in ("max_iter", "n_iter_no_change"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise ParameterError(f"{name}={value!r} has to be a number of passes, 1 or more.")
        if self.tol is not None and not (isinstance(self.tol, Real) and float(self.tol) >= 0):
            raise ParameterError(f"tol={self.tol!r} has to be None or a number of 0 or more.")

    def _settings(self) -> LinearSettings:
        """Return the parameters of the learner; the subclass's own attributes where it has them."""
        names = LinearSettings.__dataclass_fields__
        parameters = self.get_params(deep=False)
        return LinearSettings(**{name: parameters[name] for name in names if name in parameters})

    def _start(self, n_features: int, n_classes: int, *, go_on: bool) -> None:
        """Make a new model, or go on with the one there is, with parameters as they now are."""
        settings = self._settings()
        old: LinearModel | None = getattr(self, "_model", None) if go_on else None
        if old is not None and old.settings == settings:
            return
        model = LinearModel(settings, n_features)
        if not settings.is_regression:
            model.add_classes(n_classes if old is None else old.n_classes)
        if old is not None:
            model.set_weights(old.coef(), old.intercept())
        self._model = model

    def _run_passes(
        self,
        matrix: sp.csr_matrix,
        targets: Int32 | Float32,
        weight: Float32 | None,
        X: Any,
        y: Any,
        metadata: dict[str, Any],
    ) -> None:
        """Learn until the progressive loss stops falling, or a callback says so."""
        context = self._init_callback_context(max_subtasks=self.max_iter)
        data = {"estimator": self, "X": X, "y": y, "metadata": metadata}
        context.call_on_fit_task_begin(**data)
        seed, patience = seed_of(self.random_state), Patience(self.tol, self.n_iter_no_change)
        is_over = False
        for epoch in range(self.max_iter):
            subcontext = context.subcontext(task_name=f"pass {epoch + 1}")
            subcontext.call_on_fit_task_begin(**data)
            loss = self._pass(matrix, targets, weight, seed, epoch)
            self.n_iter_ = epoch + 1
            is_over = patience.is_over(loss)
            if subcontext.call_on_fit_task_end(
                **data, reconstruction_attributes=lambda: {"_model": self._model.copy()}
            ):
                is_over = True
            if is_over:
                break
        if not is_over and self.tol is not None:
            warnings.warn(
                f"The loss was still falling after max_iter={self.max_iter} passes: raise max_iter "
                "or tol.",
                ConvergenceWarning,
                stacklevel=3,
            )
        context.call_on_fit_task_end(**data, reconstruction_attributes={})

    def _pass(
        self,
        matrix: sp.csr_matrix,
        targets: Int32 | Float32,
        weight: Float32 | None,
        seed: int,
        epoch: int,
    ) -> float:
        order = np.arange(matrix.shape[0])
        if self.shuffle:
            np.random.default_rng([seed, epoch]).shuffle(order)
        loss = learn_pass(self._model, matrix, targets, weight, order, count_jobs(self.n_jobs))
        if self.verbose:
            logger.info("pass %d: progressive loss %.6f", epoch + 1, loss)
        return loss

    def _learn_once(
        self, matrix: sp.csr_matrix, targets: Int32 | Float32, weight: Float32 | None
    ) -> None:
        order = np.arange(matrix.shape[0])
        learn_pass(self._model, matrix, targets, weight, order, count_jobs(self.n_jobs))
        self.n_iter_ = 1

    def _scores(self, X: Any) -> Float32:
        check_is_fitted(self)
        return decide_matrix(self._model, check_rows(self, X))

    @property
    def t_(self) -> float:
        """Rows learnt so far, plus 1, as in scikit-learn."""
        return float(self._fitted().t + 1)

    def _fitted(self) -> LinearModel:
        check_is_fitted(self)
        return self._model

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there is a model."""
        return hasattr(self, "_model")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that sparse X is taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def check_loss(loss: object, allowed: dict[str, int]) -> None:
    """Raise if a loss is for another kind of estimator."""
    if loss not in allowed:
        choices = ", ".join(map(repr, allowed))
        raise ParameterError(f"loss={loss!r} is not known here: choose one of {choices}.")
