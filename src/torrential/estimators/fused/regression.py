"""Regression: the numbers that a fitted estimator predicts, and how good they are."""

from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from torrential.adapters.inputs import Texts
from torrential.data import Dataset
from torrential.data.columns.label_lists import is_list
from torrential.engine.progress.display import make_progress
from torrential.engine.scoring.evaluate_numbers import evaluate_numbers
from torrential.engine.targets.task import Regression
from torrential.errors import DataError
from torrential.estimators.fused.reports import FusedReports
from torrential.estimators.fused.settings import Parameters
from torrential.evaluation.at_cut import check_cut
from torrential.evaluation.regression import RegressionReport
from torrential.execution import opened
from torrential.linear.settings import REGRESSION_LOSSES
from torrential.types import Float32, Float64


class FusedRegression(FusedReports):
    """Base of regressors: numbers and their errors."""

    _losses = REGRESSION_LOSSES

    def predict(self, X: Texts, *, executor: Any = None) -> NDArray[Any]:
        """Return the number of each row, shape (n_rows,); with ``levels`` its level.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
            May be empty.
        executor : Threads, Dask, Joblib, str or None, default=None
            The engine that reads, hashes and scores, in all methods; None is ``n_jobs`` threads.
        """
        return self._predictions_of(self._scores(X, executor))

    def decision_function(self, X: Texts, *, executor: Any = None) -> Float32:
        """Return the number of each row, shape (n_rows,), also where levels are predicted.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        executor : Threads, Dask, Joblib, str or None, default=None
        """
        scores = self._scores(X, executor)
        return Regression(self.model_.linear.settings.link).predict(scores)

    def score(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        executor: Any = None,
    ) -> float:
        """Return R2 on rows with a number as their target; others are ignored.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        executor : Threads, Dask, Joblib, str or None, default=None

        Raises
        ------
        DataError
            If no row has a target, or one is not a finite number.
        """
        report = self._measured(X, y, sample_weight, executor, "score")
        return float("nan") if report.r2 is None else report.r2

    def evaluate(
        self,
        X: Texts,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        *,
        cut: float | None = None,
        executor: Any = None,
    ) -> RegressionReport:
        """Measure the model on labeled rows, in one pass and bounded memory.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,); None with a Dataset
        sample_weight : array-like of shape (n_rows,), optional
        cut : float, default=None
            How well do predictions rank and select the rows whose target is at least this?
        executor : Threads, Dask, Joblib, str or None, default=None

        Returns
        -------
        report : RegressionReport
            R2, mean absolute and mean squared error, Spearman's rank correlation and, at the cut,
            ROC AUC, F1, precision and recall; the same to the bit for any executor.

        Raises
        ------
        DataError
            As `score`.
        ParameterError
            If the cut is not a number.
        """
        return self._measured(X, y, sample_weight, executor, "evaluate", check_cut(cut))

    def partial_fit(self, X: Texts, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn more rows, in their order.

        After an error in the middle, such as a file that is cut off, and after Ctrl-C the rows that
        were learned before it stay learned, and learning can continue.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        DataError
            If rows are malformed, or a target is not a finite number.
        ParameterError
            If a parameter is invalid; the message lists the valid values.
        """
        return self._learn_more(X, y, sample_weight)

    @property
    def coef_(self) -> Float32:
        """Weights, shape (n_features,)."""
        return self._fitted().linear.coef()[0]

    @property
    def intercept_(self) -> Float32:
        """Intercept, shape (1,)."""
        return self._fitted().linear.intercept()

    @property
    def cut_points_(self) -> Float64:
        """The least number of each level but the lowest, shape (n_levels - 1,)."""
        levels = self._fitted().levels
        if levels is None:
            raise AttributeError(f"{self._kind} has cut_points_ with levels only.")
        return np.array(levels.cuts)

    def _predictions_of(self, scores: Float32) -> NDArray[Any]:
        """Return the number or level of each row, given the scores of the model."""
        predicted, levels = self.model_.task(scores).predict(scores), self.model_.levels
        if levels is not None and all(level.is_integer() for level in levels.values):
            return predicted.astype(np.int64)
        return predicted

    def _measured(
        self,
        X: Texts,
        y: Any,
        sample_weight: ArrayLike | None,
        executor: Any,
        task: str,
        cut: float | None = None,
    ) -> RegressionReport:
        model, dataset = self._fitted(), self._measured_rows(X, y, sample_weight)
        progress = make_progress(self.verbose if task == "evaluate" else 0)
        with opened(executor, self.n_jobs) as engine:
            return evaluate_numbers(model, dataset, engine, progress, task=task, cut=cut)

    def _explained(self) -> tuple[Float32, Float32, list[Any]]:
        linear = self._fitted().linear
        return linear.coef(), linear.intercept(), []

    def _chosen_of(self, parameters: Parameters) -> Parameters:
        return super()._chosen_of(parameters) | {"relative": True}

    def _labeled(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        dataset = super()._labeled(X, y, sample_weight)
        check_type_of_numbers(dataset)
        return dataset


def check_type_of_numbers(dataset: Dataset) -> None:
    """Raise a DataError unless the target is a column of numbers."""
    kind, types = dataset.schema.field(dataset.target).type, pa.types
    kind = kind.value_type if types.is_dictionary(kind) else kind
    if is_list(kind):
        raise DataError(
            f"The target {dataset.target!r} of {dataset.source} has several labels each, but "
            "regression takes a number for each row: name another column, or learn labels."
        )
    are_numbers = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    if not (are_numbers or types.is_boolean(kind) or types.is_null(kind)):
        raise DataError(
            f"The target {dataset.target!r} of {dataset.source} is of type {kind}, but regression "
            "takes numbers: name another column, read it with target_type='double', or learn "
            "classes."
        )
