"""VotingClassifier: several fitted models, and what most of them say."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.inputs import Texts, labeled
from torrential.errors import ParameterError
from torrential.estimators.common.evaluation import Evaluates
from torrential.estimators.common.saving import Member, Savable, parameters_of
from torrential.estimators.common.tags import text_tags
from torrential.estimators.ensembles.file import ensemble_contents, members_of
from torrential.estimators.ensembles.members import (
    check_members,
    common_classes,
    fitted,
    predictions_of,
    probabilities_of,
    score_of,
    shares_of,
)
from torrential.schema import list_of, optional, record, text
from torrential.types import Arrays, Float64

NAMES = record({"names": list_of(optional(text()))})


class VotingClassifier(Evaluates, ClassifierMixin, MetaEstimatorMixin, Savable, BaseEstimator):
    """Predicts by the votes, or the mean probabilities, of several models.

    Fitted models vote at once: of other files, other features, other kinds, even of other classes.
    Text classifiers that hash alike share the hashing of new rows. ``fit`` fits clones of all.

    Parameters
    ----------
    estimators : list of classifiers, or of pairs of str and classifier
        Names may be left out.
    voting : {'hard', 'soft'}, default='hard'
        'hard' predicts the class that most models predict, the first one of equals; 'soft' the one
        of the highest mean probability, where a class that a model does not know has 0.
    weights : array-like of shape (n_estimators,), default=None
        What each model's vote weighs; None is 1.
    n_jobs : int or None, default=None
        Threads for predictions; None is the models' own.

    Attributes
    ----------
    estimators_ : list of classifiers
    classes_ : array of shape (n_classes,)
        All classes of all models, in ascending order.

    Notes
    -----
    scikit-learn's own fits all models in ``fit``, and to the same classes.

    Examples
    --------
    >>> import torrential as tor
    >>> days = (["good film", "bad film"] * 20, ["yes", "no"] * 20), (["dull"] * 9, ["no"] * 9)
    >>> first = tor.TextClassifier().fit(*days[0])
    >>> other = tor.TextClassifier(ngram_range=(1, 2)).fit(*days[0])
    >>> tor.VotingClassifier([first, other], voting="soft").predict(["a good one"])
    array(['yes'], dtype='<U3')
    """

    _takes_datasets = True

    _kind = "VotingClassifier"

    def __init__(
        self,
        estimators: Sequence[Any],
        *,
        voting: str = "hard",
        weights: ArrayLike | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimators = estimators
        self.voting = voting
        self.weights = weights
        self.n_jobs = n_jobs

    def fit(self, X: Texts, y: Any = None) -> Self:
        """Fit a clone of each estimator, one after the other.

        Estimators that do not read datasets themselves, such as pipelines, get all rows in memory.

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
        y : array-like of shape (n_rows,)
            None with a Dataset, which has its own.
        """
        self._check()
        dataset = labeled(X, y, None)
        if dataset.has_label_sets:
            raise ParameterError(
                "VotingClassifier takes one label a row, but these rows have several labels each: "
                "average models of several labels with average, or bag them."
            )
        self.estimators_ = fitted(_unnamed(self.estimators), dataset)
        return self

    @property
    def classes_(self) -> NDArray[Any]:
        """All classes of all models, in ascending order."""
        return common_classes(self._members())

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the label of each row, shape (n_rows,).

        Parameters
        ----------
        X : Dataset, or array-like of str of shape (n_rows,)
            Or what else the models take.
        """
        classes = self.classes_
        votes = self.predict_proba(X) if self.voting == "soft" else self._votes(X, classes)
        return classes[votes.argmax(axis=1)]

    def predict_proba(self, X: Any) -> Float64:
        """Return mean probabilities, shape (n_rows, n_classes), columns as ``classes_``.

        With ``voting='hard'`` it is the share of the votes.
        """
        classes = self.classes_
        if self.voting == "hard":
            return self._votes(X, classes)
        weights = shares_of(self.weights, len(self.estimators))
        parts = probabilities_of(self._members(), X, classes, self.n_jobs)
        weighted = [share * part for share, part in zip(weights, parts, strict=True)]
        return np.sum(weighted, axis=0)

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy on labeled rows.

        Raises
        ------
        DataError
            No row has a label.
        """
        return score_of(self, X, y, sample_weight, is_regression=False)

    def _contents(self) -> tuple[Arrays, dict[str, Any]]:
        arrays, header = ensemble_contents(self, self._members(), "estimators")
        names = [each[0] if isinstance(each, tuple) else None for each in self.estimators]
        return arrays, header | {"names": names}

    @classmethod
    def _restored(cls, arrays: Arrays, header: dict[str, Any], member: Member) -> Self:
        members = members_of(arrays, header, member)
        NAMES(header, "")
        check_members(members)
        pairs = zip(header["names"], members, strict=True)
        named = [each if name is None else (name, each) for name, each in pairs]
        vote = cls(named, **parameters_of(header))
        vote._check()
        vote.estimators_ = members
        return vote

    def _votes(self, X: Any, classes: NDArray[Any]) -> Float64:
        predicted = predictions_of(self._members(), X, self.n_jobs)
        shares = np.zeros((len(predicted[0]), len(classes)))
        rows = np.arange(len(shares))
        for weight, each in zip(
            shares_of(self.weights, len(self.estimators)), predicted, strict=True
        ):
            shares[rows, np.searchsorted(classes, each.astype(classes.dtype))] += weight
        return shares

    def _members(self) -> list[Any]:
        self._check()
        members = getattr(self, "estimators_", None) or _unnamed(self.estimators)
        for place, member in enumerate(members):
            try:
                check_is_fitted(member)
            except NotFittedError as error:
                raise NotFittedError(
                    f"Model {place} ({type(member).__name__}) is not fitted: pass fitted models, "
                    "or call fit, which fits all of them."
                ) from error
        return list(members)

    def _check(self) -> None:
        if self.voting not in ("hard", "soft"):
            raise ParameterError(f"voting={self.voting!r} is not known: pass 'hard' or 'soft'.")
        if isinstance(self.estimators, str) or not isinstance(self.estimators, Sequence):
            raise ParameterError("estimators is not a list: pass a list of classifiers.")
        if not self.estimators:
            raise ParameterError("estimators is empty: pass at least one classifier.")
        for member in _unnamed(self.estimators):
            if not is_classifier(member):
                raise ParameterError(
                    f"{type(member).__name__} is not a classifier: pass classifiers only."
                )

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether all models are fitted."""
        try:
            self._members()
        except NotFittedError:
            return False
        return True

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that ``fit`` takes a list of texts."""
        return text_tags(super().__sklearn_tags__())


def _unnamed(estimators: Sequence[Any]) -> list[Any]:
    return [each[1] if isinstance(each, tuple) else each for each in estimators]
