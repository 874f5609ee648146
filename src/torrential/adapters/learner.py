"""Any pipeline that can learn batch by batch, and one that does."""

import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from torrential.adapters.errors import data_errors
from torrential.adapters.stream import Steps, transformed
from torrential.errors import ParameterError


def check_streams(estimator: Any) -> None:
    """Raise a ParameterError unless an estimator can learn batch by batch."""
    *steps, (name, final) = _steps(estimator)
    for each, step in steps:
        if not (hasattr(step, "partial_fit") or _needs_no_fit(step)):
            raise ParameterError(
                f"Step {each!r} ({type(step).__name__}) needs all rows at once: it has no "
                "partial_fit and is not fitted; fit it beforehand, or take one that needs no fit, "
                "such as HashingVectorizer."
            )
    if not hasattr(final, "partial_fit"):
        raise ParameterError(
            f"Step {name!r} ({type(final).__name__}) needs all rows at once: it has no "
            "partial_fit; take one that has, such as SGDClassifier."
        )


def lead_of(estimator: Any) -> Steps:
    """Return the first steps that need no fit: the same for all rows, in any order."""
    lead = []
    for name, step in _steps(estimator)[:-1]:
        if hasattr(step, "partial_fit") and get_tags(step).requires_fit:
            break
        if not _needs_no_fit(step):
            break
        lead.append((name, step))
    return lead


class PipelineLearner:
    """A pipeline under way: a clone, whose steps learn each batch in turn.

    Parameters
    ----------
    estimator : Pipeline, or estimator with partial_fit
        Fitted steps without ``partial_fit`` do not change.
    classes : array of shape (n_classes,), or None
        Labels to expect, of a classifier.

    Attributes
    ----------
    pipeline : as the estimator
        Fitted as far as it goes.
    lead : list of steps
        The first ones, which rows are passed through before they come to `learn` and `predict`.
    """

    def __init__(self, estimator: Any, classes: NDArray[Any] | None) -> None:
        self.pipeline = _cloned(estimator)
        self.lead = lead_of(self.pipeline)
        *transformers, (_, self.final) = _steps(self.pipeline)[len(self.lead) :]
        self._transformers = transformers
        self._classes = classes if is_classifier(self.final) else None
        self.takes_weight = takes_weight(self.final)
        self.has_learned = False

    def learn(
        self,
        X: Any,
        y: NDArray[Any] | None,
        weight: NDArray[Any] | None = None,
        *,
        fits_transformers: bool = True,
    ) -> None:
        """Learn rows; rows with weight 0 are left out.

        Parameters
        ----------
        X : what the lead gives
        y : array of shape (n_rows,), or None
        weight : array of shape (n_rows,), default=None
        fits_transformers : bool, default=True
            Whether transformers are to learn, too: they have seen all rows after the first epoch.
        """
        if weight is not None and not np.all(weight):
            if not np.any(weight):
                return
            keep = np.flatnonzero(weight)
            X, y, weight = X[keep], None if y is None else y[keep], weight[keep]
        arguments: dict[str, Any] = {} if self._classes is None else {"classes": self._classes}
        if weight is not None:
            arguments["sample_weight"] = weight
        with data_errors():
            for _, step in self._transformers:
                if fits_transformers and hasattr(step, "partial_fit"):
                    step.partial_fit(X)
                X = step.transform(X)
            self.final.partial_fit(X, *([] if y is None else [y]), **arguments)
        self.has_learned = True

    @property
    def learning_steps(self) -> dict[str, Any]:
        """Steps that learn, by name."""
        names_and_steps = _steps(self.pipeline)
        return {name: step for name, step in names_and_steps if hasattr(step, "partial_fit")}

    def call(self, method: str, X: Any) -> Any:
        """Return the results of a method of the last step for rows that `lead` has transformed."""
        return getattr(self.final, method)(transformed(self._transformers, X))


def takes_weight(final: Any) -> bool:
    """Return whether an estimator's partial_fit takes weights of rows."""
    return "sample_weight" in inspect.signature(final.partial_fit).parameters


def needs_labels(final: Any) -> bool:
    """Return whether an estimator needs labels."""
    return is_classifier(final) or is_regressor(final) or bool(get_tags(final).target_tags.required)


def _steps(estimator: Any) -> list[tuple[str, Any]]:
    if not isinstance(estimator, Pipeline):
        return [(type(estimator).__name__.lower(), estimator)]
    *transformers, final = estimator.steps
    return [*(each for each in transformers if each[1] not in (None, "passthrough")), final]


def _needs_no_fit(step: Any) -> bool:
    if isinstance(step, FeatureUnion):
        parts = [each for _, each in step.transformer_list if each not in ("drop", "passthrough")]
        return all(map(_needs_no_fit, parts))
    if not get_tags(step).requires_fit:
        return True
    if hasattr(step, "partial_fit"):
        return False
    try:
        check_is_fitted(step)
    except NotFittedError:
        return False
    return True


def _cloned(estimator: Any) -> Any:
    """Clone an estimator, except for fitted steps that do not learn here."""
    if not isinstance(estimator, Pipeline):
        return clone(estimator)
    steps = [
        (name, step if isinstance(step, str) or step is None or _is_kept(step) else clone(step))
        for name, step in estimator.steps[:-1]
    ]
    last, final = estimator.steps[-1]
    return Pipeline([*steps, (last, clone(final))])


def _is_kept(step: Any) -> bool:
    return _needs_no_fit(step) and get_tags(step).requires_fit
