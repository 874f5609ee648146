"""PartitionEnsemble: any estimator fitted to each part of the data, in parallel."""

from contextlib import closing
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier, is_regressor
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.configuration import Configured
from torrential.adapters.examples import examples_of, joined_examples
from torrential.adapters.inputs import Texts, labeled, with_text
from torrential.data.views.parts import Part, parts_of
from torrential.engine.training.checks import check_survey
from torrential.engine.training.survey import survey
from torrential.errors import DataError, ParameterError
from torrential.estimators.common.evaluation import Evaluates
from torrential.estimators.common.parameters import check_count
from torrential.estimators.common.saving import Member, Savable, parameters_of
from torrential.estimators.common.seeds import seed_of
from torrential.estimators.common.tags import text_tags
from torrential.estimators.ensembles.file import ensemble_contents, members_of
from torrential.estimators.ensembles.members import (
    check_members,
    fitted_in_memory,
    predictions_of,
    score_of,
)
from torrential.estimators.ensembles.voting import VotingClassifier
from torrential.execution import opened, stop_requested
from torrential.types import Arrays, Float64


def _classifies(self: "PartitionEnsemble") -> bool:
    return not is_regressor(self.estimator)


class PartitionEnsemble(Evaluates, MetaEstimatorMixin, Savable, BaseEstimator):
    """An ensemble of any scikit-learn estimator: one model for each part of the data.

    The rows are assigned to parts; workers read the rows of a part into memory and fit a clone to
    them, in parallel. The models vote. For estimators without ``partial_fit``, such as trees, that
    need all of their rows at once: a part has to fit in memory, not the data.

    Parameters
    ----------
    estimator : estimator
        Any classifier or regressor of texts: mostly a Pipeline. Cloned, not changed.
    n_partitions : int, default=8
        Parts, and models.
    voting : {'soft', 'hard'}, default='soft'
        Whether the mean probabilities of classifiers decide, or their votes.
    executor : Threads, Dask, Joblib, str or None, default=None
        The engine that fits the models; None is threads on all cores. Estimators that hold the GIL
        are faster on ``Joblib()``, in processes.
    random_state : int, RandomState or None, default=0
        Seed of the dealing.

    Attributes
    ----------
    estimators_ : list of fitted estimators
    classes_ : array of shape (n_classes,)
        Labels in ascending order, of classifiers.

    See Also
    --------
    BaggingClassifier : models of samples of all rows, for estimators that learn batch by batch.

    Notes
    -----
    L. Breiman, "Pasting small votes for classification in large databases and on-line" (Machine
    Learning 36, 1999). Rows are assigned at random, so each part resembles the whole.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> import torrential as tor
    >>> texts = ["good film", "bad film", "very good", "very bad"] * 20
    >>> labels = ["yes", "no", "yes", "no"] * 20
    >>> trees = make_pipeline(CountVectorizer(), DecisionTreeClassifier())
    >>> forest = tor.PartitionEnsemble(trees, n_partitions=4).fit(texts, labels)
    >>> len(forest.estimators_), forest.predict(["a good one"])
    (4, array(['yes'], dtype='<U3'))
    """

    _takes_datasets = True

    _kind = "PartitionEnsemble"

    def __init__(
        self,
        estimator: Any,
        *,
        n_partitions: int = 8,
        voting: str = "soft",
        executor: Any = None,
        random_state: Any = 0,
    ) -> None:
        self.estimator = estimator
        self.n_partitions = n_partitions
        self.voting = voting
        self.executor = executor
        self.random_state = random_state

    def fit(self, X: Texts, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Fit a clone to each part.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
            None with a Dataset, which has its own.
        sample_weight : array-like of shape (n_rows,), optional
            Only for an estimator alone: a pipeline does not say which step takes them.

        Raises
        ------
        DataError
            If there is no row or no label, only one class, or rows are malformed or not usable.
        ParameterError
            If a parameter is invalid; the message lists the valid values.
        ClusterError
            If the cluster is not reachable, or fails to do the work.
        """
        check_count("n_partitions", self.n_partitions)
        if self.voting not in ("hard", "soft"):
            raise ParameterError(f"voting={self.voting!r} is not known: pass 'hard' or 'soft'.")
        if not hasattr(self.estimator, "fit"):
            raise ParameterError(
                f"{type(self.estimator).__name__} has no fit: pass an estimator, not a class."
            )
        dataset, classifies = with_text(labeled(X, y, sample_weight)), _classifies(self)
        with opened(self.executor, -1) as executor:
            found = survey(dataset, executor, labels=classifies)
            if classifies:
                check_survey(found, dataset)
            seed = seed_of(self.random_state)
            parts = parts_of(dataset.partitions(), found.sizes, self.n_partitions, seed)
            with closing(executor.map(Configured(_fit_part), parts, self.estimator)) as fitted:
                self.estimators_ = [each for each in fitted if each is not None]
        if not self.estimators_:
            raise DataError(f"There is no labeled row in {dataset.source}: give labeled rows.")
        return self

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels in ascending order."""
        return self._vote().classes_

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label of each row, or the mean of the predicted values, shape (n_rows,).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        """
        if _classifies(self):
            return self._vote().predict(X)
        check_is_fitted(self, "estimators_")
        mean: NDArray[Any] = np.mean(predictions_of(self.estimators_, X, None), axis=0)
        return mean

    @available_if(_classifies)
    def predict_proba(self, X: Any) -> Float64:
        """Return mean probabilities, or shares of votes, shape (n_rows, n_classes)."""
        return self._vote().predict_proba(X)

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy on labeled rows, or R2 in regression.

        Raises
        ------
        DataError
            No row has a label.
        """
        check_is_fitted(self, "estimators_")
        return score_of(self, X, y, sample_weight, is_regression=not _classifies(self))

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        check_is_fitted(self, "estimators_")
        return ensemble_contents(self, self.estimators_, "estimator")

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        members = members_of(arrays, header, member)
        ensemble = cls(clone(members[0]), **parameters_of(header))
        if is_classifier(members[0]):
            check_members(members)
        ensemble.estimators_ = members
        return ensemble

    def _vote(self) -> VotingClassifier:
        check_is_fitted(self, "estimators_")
        return VotingClassifier(self.estimators_, voting=self.voting)

    def __sklearn_tags__(self) -> Any:
        """Return the tags of the estimator, with a list of texts as input."""
        return text_tags(super().__sklearn_tags__(), self.estimator)


def _fit_part(estimator: Any, part: Part) -> Any:
    """Fit a clone to the labeled rows of a part; return None without rows."""
    batches = []
    for piece in part.pieces:
        for batch in piece.batches():
            if stop_requested():
                return None
            batches.append(examples_of(batch))
    examples = joined_examples([each for each in batches if len(each.y) > 0])
    if examples is None:
        return None
    return fitted_in_memory(estimator, examples)
