"""BaggingClassifier: many models from one pass, and how far they agree."""

import math
from functools import partial
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone, is_classifier
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.inputs import Texts, say_missing_names
from torrential.adapters.steps import final_step
from torrential.data import Dataset
from torrential.data.views.row_keys import HashKeys
from torrential.engine.batches.resampling import Resample
from torrential.engine.progress.display import make_progress
from torrential.engine.shared.model_group import SideBySide
from torrential.engine.shared.shared_pass import SharedPass
from torrential.engine.targets.class_order import sets_of
from torrential.engine.training.candidate import Candidate, number_for
from torrential.engine.training.checks import check_learned
from torrential.errors import ParameterError
from torrential.estimators.common.evaluation import Evaluates
from torrential.estimators.common.parameters import check_count
from torrential.estimators.common.saving import Member, Savable, parameters_of
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.common.tags import text_tags
from torrential.estimators.ensembles.bagged_pipelines import bagged_pipelines
from torrential.estimators.ensembles.file import ensemble_contents, members_of
from torrential.estimators.ensembles.members import (
    check_members,
    common_classes,
    probabilities_of,
    score_of,
)
from torrential.estimators.fused.contract import Fused, labeled_for, trains_fused
from torrential.estimators.text.classifier import TextClassifier
from torrential.execution import count_jobs
from torrential.types import Arrays, Float64

DRAWN = 1 - 1 / math.e
"""Share of the rows that a sample of as many rows has, once or several times."""


class BaggingClassifier(Evaluates, ClassifierMixin, MetaEstimatorMixin, Savable, BaseEstimator):
    """An ensemble of models, each of a random sample of the rows, from one pass over them.

    Each model gives each row a different weight, drawn from a Poisson distribution with mean 1 by
    the hash of the row (online bagging), as if it had a bootstrap sample of all rows. Rows are read
    and hashed once for all models. These are the same to the bit for any ``n_jobs``.

    Parameters
    ----------
    estimator : TextClassifier, OutOfCore, Pipeline, or classifier with partial_fit, default=None
        Cloned, not changed. None is ``TextClassifier()``. An estimator alone gets a
        ``HashingVectorizer()`` in front; one whose ``partial_fit`` takes no weights learns a row as
        often as its weight says.
    n_estimators : int, default=10
    n_jobs : int or None, default=None
        Threads; None is the estimator's own.
    random_state : int, RandomState or None, default=0
        Seed of the samples.
    verbose : int, default=0
        1 shows progress.

    Attributes
    ----------
    estimators_ : list of fitted estimators
    classes_ : array of shape (n_classes,)
        All classes that any of them knows, in ascending order.

    Notes
    -----
    N. Oza and S. Russell, "Online bagging and boosting" (AISTATS 2001), section 2. There a row is
    learned as many times as its weight says; here a TextClassifier learns it once, with that
    weight.

    Examples
    --------
    >>> import torrential as tor
    >>> texts = ["good film", "bad film", "very good", "very bad"] * 20
    >>> labels = ["yes", "no", "yes", "no"] * 20
    >>> bag = tor.BaggingClassifier(tor.TextClassifier(n_features=2**10), n_estimators=5)
    >>> mean, std = bag.fit(texts, labels).predict_proba(["a good one"], return_std=True)
    >>> mean.shape, std.shape
    ((1, 2), (1, 2))
    """

    _takes_datasets = True

    _kind = "BaggingClassifier"

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        n_jobs: int | None = None,
        random_state: Any = 0,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Texts, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn all models in one pass.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
            None with a Dataset, which has its own.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        DataError
            If there is no row or no label, only one class, or rows are malformed.
        ParameterError
            If a parameter is invalid, or the estimator does not learn batch by batch.
        """
        check_count("n_estimators", self.n_estimators)
        estimator = TextClassifier() if self.estimator is None else self.estimator
        seed = seed_of(self.random_state)
        dataset = labeled_for(estimator, X, y, sample_weight)
        if trains_fused(estimator) and is_classifier(estimator):
            self.estimators_ = self._fused(estimator, dataset, seed)
            return self
        inner = getattr(estimator, "estimator", estimator)
        if not is_classifier(final_step(inner)):
            raise ParameterError(
                f"{type(final_step(inner)).__name__} is not a classifier: pass one that is."
            )
        samples = [Resample(number).weights for number in range(self.n_estimators)]
        self.estimators_ = bagged_pipelines(
            estimator, dataset, HashKeys(seed), samples, self.n_jobs, self.verbose
        )
        return self

    def _fused(self, estimator: Fused, dataset: Dataset, seed: int) -> list[Fused]:
        prepared = estimator._prepared()
        candidates = [prepared._candidate(dataset) for _ in range(self.n_estimators)]
        n_rows = round(DRAWN * number_for(candidates, dataset))
        groups = [
            SideBySide(Resample(number), [candidate], n_rows)
            for number, candidate in enumerate(candidates)
        ]
        n_jobs = count_jobs(estimator.n_jobs if self.n_jobs is None else self.n_jobs)
        SharedPass(
            groups,
            dataset,
            HashKeys(seed),
            n_jobs=n_jobs,
            progress=make_progress(self.verbose),
            limit=0,
        ).train()
        for candidate in candidates:
            if candidate.failure is not None:
                raise candidate.failure
        for candidate in candidates:
            check_learned(candidate.model, dataset)
        labels = {label for each in candidates for label in each.model.labels.values}
        say_missing_names(estimator.class_weight, list(labels))
        return list(map(partial(_fitted, estimator, dataset), candidates))

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        check_is_fitted(self, "estimators_")
        return ensemble_contents(self, self.estimators_, "estimator")

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        members = members_of(arrays, header, member)
        bag = cls(clone(members[0]), **parameters_of(header))
        check_count("n_estimators", bag.n_estimators)
        check_members(members)
        bag.estimators_ = members
        return bag

    @property
    def classes_(self) -> NDArray[Any]:
        """All classes that any of the models knows, in ascending order."""
        check_is_fitted(self, "estimators_")
        return common_classes(self.estimators_)

    @overload
    def predict_proba(self, X: Any, *, return_std: Literal[False] = ...) -> Float64: ...

    @overload
    def predict_proba(self, X: Any, *, return_std: Literal[True]) -> tuple[Float64, Float64]: ...

    def predict_proba(
        self, X: Any, *, return_std: bool = False
    ) -> Float64 | tuple[Float64, Float64]:
        """Return mean and standard deviation of each class's probability over the models.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        return_std : bool, default=False
            Whether to return the standard deviation over the models, too.

        Returns
        -------
        mean : float array of shape (n_rows, n_classes), columns as ``classes_``
        std : float array of shape (n_rows, n_classes)
            If requested.
        """
        check_is_fitted(self, "estimators_")
        parts = probabilities_of(self.estimators_, X, self.classes_, self.n_jobs)
        mean = np.mean(parts, axis=0)
        return (mean, np.std(parts, axis=0)) if return_std else mean

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label of each row with the highest mean probability, shape (n_rows,).

        With several labels a row, those of a mean probability above a half; see
        :meth:`TextClassifier.predict`.
        """
        mean, first = self.predict_proba(X), self.estimators_[0]
        if trains_fused(first) and first.model_.is_multilabel:
            has_label = mean > 0.5
            is_matrix = first.columns_.get("n_label_columns") is not None
            return has_label.astype(np.int64) if is_matrix else sets_of(self.classes_, has_label)
        return self.classes_[mean.argmax(axis=1)]

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy on labeled rows.

        Raises
        ------
        DataError
            No row has a label.
        """
        check_is_fitted(self, "estimators_")
        return score_of(self, X, y, sample_weight, is_regression=False)

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is a list of texts."""
        return text_tags(super().__sklearn_tags__())


def _fitted(estimator: Fused, dataset: Dataset, candidate: Candidate) -> Fused:
    fitted: Fused = clone(estimator)
    fitted._keep(candidate, dataset)
    return fitted
