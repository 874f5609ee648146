"""Any pipeline that can learn batch by batch, and one that does."""

import inspect
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags

from torrential.adapters.errors import data_errors
from torrential.adapters.forms import TEXTS, Form
from torrential.adapters.needs import Needs, culprit, needs_of
from torrential.adapters.step_learning import fit_to_columns, learn_step
from torrential.adapters.stream import Lead, taken, transformed
from torrential.errors import ParameterError


def check_streams(estimator: Any) -> None:
    """Raise a ParameterError unless an estimator can learn batch by batch."""
    *steps, (name, final) = _steps(estimator)
    for each, step in steps:
        if needs_of(step) is Needs.ALL:
            part = culprit(step)
            shown = type(step).__name__
            shown = shown if part is step else f"{shown} with {type(part).__name__}"
            raise ParameterError(
                f"Step {each!r} ({shown}) needs all rows at once: it has no partial_fit and is not "
                f"fitted; fit it beforehand, or take one that needs no fit, {_advice(part)}."
            )
    if not hasattr(final, "partial_fit"):
        raise ParameterError(
            f"Step {name!r} ({type(final).__name__}) needs all rows at once: it has no "
            "partial_fit; take one that has, such as SGDClassifier."
        )


def _advice(step: Any) -> str:
    if hasattr(step, "categories"):
        return "such as one with given categories=, without limits of their number"
    if hasattr(step, "missing_values"):
        return "such as SimpleImputer(strategy='constant')"
    return "such as HashingVectorizer"


def lead_of(estimator: Any, form: Form) -> Lead:
    """Return the first steps that need no fit: the same for all rows, in any order."""
    steps = transformers_of(estimator)
    return Lead(list(takewhile(lambda each: needs_of(each[1]) is Needs.NOTHING, steps)), form)


class PipelineLearner:
    """A pipeline under way: a clone, whose steps learn each batch in turn.

    Parameters
    ----------
    estimator : Pipeline, or estimator with partial_fit
        Fitted steps without ``partial_fit`` do not change.
    classes : array of shape (n_classes,), or None
        Labels to expect, of a classifier.
    form : Form, default=TEXTS
        The form in which the first step takes rows.
    first : rows in this form, default=None
        Rows for the first steps whose fit is about columns only; None to fit them to the first
        rows that are learned.

    Attributes
    ----------
    pipeline : as the estimator
        Fitted as far as it goes.
    learning_steps : dict of str to estimator
        Steps that learn, or are fitted to the first rows, by name.
    lead : Lead
        The first steps, which rows are passed through before they come to `learn` and `predict`.
    """

    def __init__(
        self,
        estimator: Any,
        classes: NDArray[Any] | None,
        form: Form = TEXTS,
        first: Any = None,
    ) -> None:
        self.pipeline = _cloned(estimator)
        *steps, (name, self.final) = _steps(self.pipeline)
        learning = [each for each in steps if _learns(each[1])]
        self.learning_steps = dict([*learning, (name, self.final)])
        if first is not None:
            fit_to_columns(steps, first)
        self.lead = lead_of(self.pipeline, form)
        self._transformers = steps[len(self.lead.steps) :]
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
        is_prepared: bool = False,
    ) -> None:
        """Learn rows; rows with weight 0 are left out.

        Parameters
        ----------
        X : what the lead gives
        y : array of shape (n_rows,), or None
        weight : array of shape (n_rows,), default=None
        fits_transformers : bool, default=True
            Whether transformers are to learn, too: they have seen all rows after the first epoch.
        is_prepared : bool, default=False
            Whether X is what `prepared` gives.
        """
        if weight is not None and not np.all(weight):
            if not np.any(weight):
                return
            keep = np.flatnonzero(weight)
            X, y, weight = taken(X, keep), None if y is None else y[keep], weight[keep]
        arguments: dict[str, Any] = {} if self._classes is None else {"classes": self._classes}
        if weight is not None:
            arguments["sample_weight"] = weight
        with data_errors():
            for name, step in () if is_prepared else self._transformers:
                if fits_transformers and name in self.learning_steps:
                    learn_step(step, X)
                X = step.transform(X)
            self.final.partial_fit(X, *([] if y is None else [y]), **arguments)
        self.has_learned = True

    @property
    def form(self) -> Form:
        """The form in which the first step takes rows."""
        return self.lead.form

    def prepared(self, X: Any) -> Any:
        """Return what the lead gives as the last step takes it, while no transformer learns."""
        with data_errors():
            return transformed(self._transformers, X)

    def call(self, method: str, X: Any, *, is_prepared: bool = False) -> Any:
        """Return the results of a method of the last step for rows that `lead` has transformed."""
        X = X if is_prepared else self.prepared(X)
        with data_errors():
            return getattr(self.final, method)(X)


def takes_weight(final: Any) -> bool:
    """Return whether an estimator's partial_fit takes weights of rows."""
    return "sample_weight" in inspect.signature(final.partial_fit).parameters


def needs_labels(final: Any) -> bool:
    """Return whether an estimator needs labels."""
    return is_classifier(final) or is_regressor(final) or bool(get_tags(final).target_tags.required)


def transformers_of(estimator: Any) -> list[tuple[str, Any]]:
    """Return all steps of a pipeline but the last, each with its name."""
    return _steps(estimator)[:-1]


def _steps(estimator: Any) -> list[tuple[str, Any]]:
    if not isinstance(estimator, Pipeline):
        return [(type(estimator).__name__.lower(), estimator)]
    *transformers, final = estimator.steps
    return [*(each for each in transformers if each[1] not in (None, "passthrough")), final]


def _learns(step: Any) -> bool:
    is_frozen = isinstance(step, FrozenEstimator)
    return not is_frozen and (hasattr(step, "partial_fit") or needs_of(step) is not Needs.NOTHING)


def _cloned(estimator: Any) -> Any:
    """Clone an estimator, except for fitted steps that do not learn here."""
    if not isinstance(estimator, Pipeline):
        return clone(estimator)
    steps = [(name, _cloned_step(step)) for name, step in estimator.steps[:-1]]
    last, final = estimator.steps[-1]
    return Pipeline([*steps, (last, clone(final))])


def _cloned_step(step: Any) -> Any:
    if step is None or isinstance(step, str) or _is_kept(step):
        return step
    new = clone(step)
    if isinstance(step, FeatureUnion):
        new.transformer_list = [(name, _cloned_part(part)) for name, part in step.transformer_list]
    return new


def _cloned_part(part: Any) -> Any:
    is_fitted = isinstance(part, Pipeline | ColumnTransformer) and _is_kept(part)
    return FrozenEstimator(part) if is_fitted else _cloned_step(part)


def _is_kept(step: Any) -> bool:
    return needs_of(step) is Needs.NOTHING and get_tags(step).requires_fit
