"""Predictions and attributes of a fitted OutOfCore."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_regressor
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.forms import TEXTS, Form, narrowed, rows_for
from torrential.adapters.inputs import Texts, labeled, with_text
from torrential.adapters.learner import (
    PipelineLearner,
    needs_labels,
)
from torrential.adapters.results import nothing, stacked
from torrential.adapters.score import StreamedScore
from torrential.adapters.steps import final_step
from torrential.adapters.stream import streamed_examples
from torrential.data import Dataset
from torrential.estimators.common.evaluation import Evaluates, Predicted
from torrential.execution import count_jobs


def _final_has(name: str) -> Any:
    """Return whether the last step has a method."""

    def check(self: Any) -> bool:
        return hasattr(final_step(self.estimator), name)

    return check


class PipelinePrediction(Evaluates):
    """Predictions and scores of the pipeline, batch by batch."""

    estimator: Any
    n_jobs: int | None
    _learner: PipelineLearner

    @available_if(_final_has("predict"))
    def predict(self, X: Texts) -> NDArray[Any]:
        """Return the label, value or cluster of each row, shape (n_rows,).

        Parameters
        ----------
        X : Dataset, array-like of str of shape (n_rows,), or table in memory
            As in the other predictions; the result is in memory, rows are not. A frame, Arrow
            table, dict of columns or list of dicts has the columns that were learned in any order,
            an array in the same.
        """
        return self._call("predict", X)

    @available_if(_final_has("predict_proba"))
    def predict_proba(self, X: Texts) -> NDArray[Any]:
        """Return the probability of each class, shape (n_rows, n_classes), as in ``classes_``."""
        return self._call("predict_proba", X)

    @available_if(_final_has("decision_function"))
    def decision_function(self, X: Texts) -> NDArray[Any]:
        """Return scores, shape (n_rows,) for two classes, else (n_rows, n_classes)."""
        return self._call("decision_function", X)

    @available_if(_final_has("transform"))
    def transform(self, X: Texts) -> Any:
        """Return the rows as the last step transforms them, shape (n_rows, n_features_out)."""
        return self._call("transform", X)

    def score(self, X: Texts, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy on labeled rows, or R2 in regression.

        Raises
        ------
        DataError
            No row has a label.
        """
        check_is_fitted(self, "estimator_")
        dataset = self._narrowed(labeled(X, y, sample_weight, tables=True))
        classes = None if is_regressor(self._learner.final) else self.classes_
        result = StreamedScore.on(dataset, classes)
        for rows in self._predicted(dataset, has_probabilities=False):
            result.update(rows.true, rows.predicted, rows.weight)
        return result.value(dataset.source)

    def _predicted(
        self, dataset: Dataset, *, has_probabilities: bool = True
    ) -> Iterator[Predicted]:
        learner = self._learner
        has_probabilities &= hasattr(learner.final, "predict_proba")
        partitions = self._narrowed(dataset).partitions()
        with closing(self._stream(learner, partitions)) as batches:
            for rows in batches:
                if rows.n_labeled > 0:
                    predicted = learner.call("predict", rows.views[0])
                    wanted = has_probabilities
                    likely = learner.call("predict_proba", rows.views[0]) if wanted else None
                    yield Predicted(rows.y, predicted, rows.weight, likely)

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        check_is_fitted(self, "estimator_")
        classes: NDArray[Any] = self._learner.final.classes_
        return classes

    def _call(self, method: str, X: Texts) -> NDArray[Any]:
        check_is_fitted(self, "estimator_")
        partitions = rows_for(X, self._learner.form).partitions()
        with closing(self._stream(self._learner, partitions, labels=False)) as batches:
            parts = [
                self._learner.call(method, examples.views[0])
                for examples in batches
                if examples.n_labeled > 0
            ]
        return stacked(parts) if parts else self._nothing(method)

    def _narrowed(self, dataset: Dataset) -> Dataset:
        """Return a dataset of the columns that were learned, or raise a DataError."""
        form = self._learner.form
        return narrowed(dataset, form) if form.is_table else with_text(dataset)

    def _keep_names(self, form: Form) -> None:
        """Keep the number of columns of a table, and their names unless it was an array."""
        for name in ("n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)
        if form.is_table:
            self.n_features_in_ = len(form.names)
        if form.is_table and form.kind != "numpy":
            self.feature_names_in_ = np.array(form.names, object)

    def _nothing(self, method: str) -> NDArray[Any]:
        """Return predictions for no rows, with the type and shape of those of an empty text."""
        if self._learner.form.is_table:
            return nothing(self._learner.final, method)
        examples = self._stream(self._learner, rows_for([""], TEXTS).partitions(), labels=False)
        with closing(examples) as batches:
            result: NDArray[Any] = self._learner.call(method, next(batches).views[0])[:0]
        return result

    def _stream(
        self,
        learner: PipelineLearner,
        partitions: Any,
        **options: Any,
    ) -> Any:
        labels = options.pop("labels", needs_labels(learner.final))
        n_jobs = count_jobs(self.n_jobs)
        return streamed_examples(partitions, [learner.lead], n_jobs, labels=labels, **options)
