"""Base of the estimators over matrices: parameters, passes and callbacks."""

import warnings
from abc import abstractmethod
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from torrential.engine.progress.display import is_seen, make_progress
from torrential.engine.progress.progress import Progress
from torrential.engine.training.matrix import Patience, decide_matrix, learn_pass
from torrential.estimators.common.callback_support import CallbackSupportMixin, with_callbacks
from torrential.estimators.common.callbacks import FitCallbacks
from torrential.estimators.common.columns import columns_of, give_columns
from torrential.estimators.common.parameters import check_learning, check_strength
from torrential.estimators.common.saving import (
    Member,
    Savable,
    parameters_of,
    plain_parameters,
    stamp,
)
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.linear.file import check_model
from torrential.estimators.linear.validation import (
    Rows,
    check_init,
    check_rows,
    check_rows_and_targets,
    check_weight,
    hold_out,
)
from torrential.evaluation.progressive import ProgressiveValidation
from torrential.execution.jobs import count_jobs
from torrential.linear import LinearModel, LinearSettings
from torrential.linear.settings import LAST_PASS, rows_of
from torrential.types import Arrays, Float32, Int32, Int64


class MatrixSGD(CallbackSupportMixin, Savable, BaseEstimator):
    """Base of the linear estimators over matrices in memory."""

    _alpha, _eta0 = 0.0, 1.0  # the defaults

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        coef_init: ArrayLike | None = None,
        intercept_init: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn all rows, in as many passes as needed.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        coef_init : array-like of the shape of ``coef_``, optional
        intercept_init : array-like of the shape of ``intercept_``, optional
            Weights to begin with, instead of 0 or, with warm_start, of those that are there.
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        self

        Raises
        ------
        DataError
            If values, labels, lengths or shapes are invalid.
        ParameterError
            If a parameter is invalid; the message lists the valid values.
        """
        self._check_parameters()
        go_on, is_numeric = self.warm_start and hasattr(self, "_model"), not is_classifier(self)
        matrix, y = check_rows_and_targets(self, X, y, reset=not go_on, y_numeric=is_numeric)
        weight = check_weight(sample_weight, matrix)
        targets, factors, n_classes = self._targets(y, weight, go_on=go_on)
        self._start(matrix.shape[1], n_classes, go_on=go_on)
        self._begin_with(coef_init, intercept_init)
        self._run_passes(
            Rows(matrix, targets, factors), FitCallbacks(self, self.max_iter, X, y, sample_weight)
        )
        return self

    @abstractmethod
    def _targets(
        self, y: NDArray[Any], weight: Float32 | None, *, go_on: bool
    ) -> tuple[Int32 | Float32, Float32 | None, int]:
        """Return targets and weights as the model learns them, and how many classes there are."""

    def _check_parameters(self) -> None:
        """Raise an error for an invalid parameter of the passes; `LinearSettings` checks others."""
        check_learning(self.get_params(deep=False))
        check_strength(self.get_params(deep=False), self._alpha)

    def _settings(self) -> LinearSettings:
        """Return the parameters of the learner, including the subclass's own attributes."""
        return LinearSettings.of(self.get_params(deep=False), self._eta0)

    def _start(self, n_features: int, n_classes: int, *, go_on: bool) -> None:
        """Make a new model, or continue with the existing model and the current parameters."""
        settings = self._settings()
        old: LinearModel | None = getattr(self, "_model", None) if go_on else None
        if old is not None and settings.average == LAST_PASS:
            old.take_average()
            settings = replace(settings, average=old.settings.average)
        if old is not None and getattr(self, "C", None) is not None:
            settings = replace(settings, alpha=old.settings.alpha)
        if old is not None and old.settings == settings:
            return
        model = LinearModel(settings, n_features)
        if not settings.is_regression:
            model.add_classes(n_classes if old is None else old.n_classes)
        if old is not None:
            model.set_weights(old.coef(), old.intercept())
        self._model = model

    def _strengthen(self, n_rows: int) -> None:
        """Set the strength of the penalty for this many rows."""
        C = getattr(self, "C", None)
        if C is not None:
            self._model.set_strength(C, n_rows)

    @property
    def n_rows_(self) -> int | None:
        """Rows that the penalty was last for, alpha = 1 / (C n); None without C."""
        C, settings = getattr(self, "C", None), self._fitted().settings
        return None if C is None else rows_of(C, settings.alpha)

    def _begin_with(self, coef_init: Any, intercept_init: Any) -> None:
        """Set initial weights in the order of ``coef_``; None means the existing weights."""
        if coef_init is None and intercept_init is None:
            return
        coef = check_init("coef_init", coef_init, self.coef_)
        intercept = check_init("intercept_init", intercept_init, self.intercept_)
        weights = np.column_stack([coef.reshape(len(intercept), -1), intercept])
        weights = self._by_code(weights)
        self._model.set_weights(weights[:, :-1], weights[:, -1])

    def _become(self, coef: Any, intercept: Any, classes: NDArray[Any] | None) -> None:
        """Take over these weights in the order of ``coef_``, and classes in ascending order.

        Parameters
        ----------
        coef : array of shape (n_columns, n_features), or (n_features,) in regression
        intercept : array of shape (n_columns,)
        classes : array of shape (n_classes,), or None in regression
        """
        rows = np.atleast_2d(np.asarray(coef, np.float32))
        self._start(rows.shape[1], 1 if classes is None else len(classes), go_on=False)
        self._model.set_weights(rows, np.atleast_1d(np.asarray(intercept, np.float32)))
        self.n_features_in_, self.n_iter_, self.interrupted_ = rows.shape[1], 0, False

    def _by_code(self, columns: Float32) -> Float32:
        """Convert the first axis from the order of users to that of the model."""
        return columns

    def _run_passes(self, rows: Rows, callbacks: FitCallbacks) -> None:
        """Make the passes; on Ctrl-C keep the weights learned so far."""
        self.n_iter_, self.interrupted_ = 0, False
        try:
            self._make_passes(rows, callbacks)
        except KeyboardInterrupt:
            self.interrupted_ = True
            raise

    def _make_passes(self, rows: Rows, callbacks: FitCallbacks) -> None:
        """Learn until the measure does not improve for some passes, or a callback stops the fit.

        The measure is the progressive loss; with ``early_stopping``, the score on held-out rows.
        """
        seed = seed_of(self.random_state)
        learned, held_out = np.arange(len(rows.targets)), None
        if self.early_stopping:
            learned, held_out = hold_out(
                rows.targets, self.validation_fraction, seed, stratify=is_classifier(self)
            )
        self._strengthen(len(learned))
        patience = Patience(self.tol, self.n_iter_no_change)
        is_over = False
        with make_progress(self.verbose) as progress:
            for epoch in range(self.max_iter):
                callbacks.begin_pass()
                if self._averages(epoch):
                    self._model.begin_average()
                progress.begin(f"pass {epoch + 1}")
                order = self._pass_order(learned, seed, epoch)
                measure = self._pass(rows, order, progress, learned_before=epoch > 0)
                if held_out is not None:
                    measure = -self._score_targets(rows.only(held_out))
                self.n_iter_ = epoch + 1
                is_over = patience.is_over(measure)
                if callbacks.end_pass(lambda: {"_model": self._model.copy()}):
                    is_over = True
                if is_over:
                    break
        if not is_over and self.tol is not None:
            warnings.warn(
                f"The loss was still falling after max_iter={self.max_iter} passes: raise max_iter "
                "or tol.",
                ConvergenceWarning,
                stacklevel=4,
            )
        if self.average == LAST_PASS:
            self._model.take_average()
        callbacks.end()

    def _averages(self, epoch: int) -> bool:
        """Return whether a pass may be the last one, over which weights are averaged."""
        may_be_last = epoch + 1 == self.max_iter or self.tol is not None
        return self.average == LAST_PASS and epoch > 0 and may_be_last

    def _learn_once(self, rows: Rows) -> None:
        """Learn all rows in their order."""
        self._strengthen(self._model.t + len(rows.targets))
        with make_progress(self.verbose) as progress:
            progress.begin("pass 1")
            order = np.arange(len(rows.targets))
            self._pass(rows, order, progress, measured=is_seen(self.verbose))
        self.n_iter_ = 1

    def _pass_order(self, rows: Int64, seed: int, epoch: int) -> Int64:
        order = rows.copy()
        if self.shuffle:
            np.random.default_rng([seed, epoch]).shuffle(order)
        return order

    def _pass(
        self,
        rows: Rows,
        order: Int64,
        progress: Progress,
        *,
        learned_before: bool = False,
        measured: bool = True,
    ) -> float:
        data = rows.matrix, rows.targets, rows.weight
        loss = learn_pass(self._model, *data, order, count_jobs(self.n_jobs), measured=measured)
        validation = ProgressiveValidation.of(len(order), loss, None, learned_before=learned_before)
        n_bytes = int(rows.matrix.data.nbytes)
        progress.advance(len(order), n_bytes, validation if measured else None)
        return loss

    def _score_targets(self, rows: Rows) -> float:
        """Return the score of the model on rows; higher is better."""
        raise NotImplementedError

    def _scores(self, X: Any) -> Float32:
        check_is_fitted(self)
        return decide_matrix(self._model, check_rows(self, X))

    @property
    def t_(self) -> float:
        """Rows learned so far, plus 1, as in scikit-learn."""
        return float(self._fitted().t + 1)

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        arrays, linear = self._fitted().state()
        return arrays, {
            **stamp(self._kind),
            "parameters": plain_parameters(self),
            "linear": linear,
            "columns": columns_of(self),
            "n_iter": int(self.n_iter_),
            "interrupted": bool(getattr(self, "interrupted_", False)),
        }

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        check_model(arrays, header)
        estimator = cls(**parameters_of(header))
        give_columns(estimator, header["columns"])
        estimator._model = LinearModel.from_state(arrays, header["linear"])
        estimator.n_iter_, estimator.interrupted_ = header["n_iter"], bool(header["interrupted"])
        return estimator

    def _fitted(self) -> LinearModel:
        check_is_fitted(self)
        return self._model

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there is a model."""
        return hasattr(self, "_model")

    def __sklearn_tags__(self) -> Any:
        """Return the tags of the estimator, with sparse X as input."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
