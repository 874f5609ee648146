"""average: one linear model from several fitted models."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_regressor

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.targets.labels import Encoded, Labels
from torrential.errors import ParameterError
from torrential.estimators.ensembles.members import common_classes, shares_of
from torrential.estimators.fused.contract import Fused, trains_fused
from torrential.estimators.linear.base import MatrixSGD
from torrential.linear.class_weight import ClassWeight
from torrential.linear.model import LATE_MARGIN
from torrential.types import Float64


def average(models: Sequence[Any], weights: ArrayLike | None = None) -> Any:
    """Average the weights of fitted linear models, with their classes aligned.

    The result predicts as fast as one model. A class that a model does not know has no weights in
    it, and an intercept of -1, as a class has that is first seen after other rows; where models
    know different ones, the average so leans to those that know a class.

    Parameters
    ----------
    models : sequence of fitted estimators
        TextClassifiers that hash alike; or linear classifiers or regressors (with ``coef_`` and
        ``intercept_``) of one kind and as many features. They are not changed.
    weights : array-like of shape (n_models,), default=None
        What each model weighs, such as the number of its rows; None is 1.

    Returns
    -------
    model : fitted estimator of the same kind
        A TextClassifier has counts, document frequencies (``idf=``) and the sample that its
        probabilities come from, too, of all models together.

    Raises
    ------
    ParameterError
        If there is no model, models differ in kind or features, or weights are invalid.

    See Also
    --------
    ParameterAveraging : trains the models, and averages them many times.

    Notes
    -----
    The sums of squared gradients of ``learning_rate='adagrad'`` are not averaged: learning
    continues with rates as at the beginning. Of models with many classes it takes memory for the
    dense weights of two of them.

    Examples
    --------
    >>> import torrential as tor
    >>> monday = tor.TextClassifier().fit(["good film", "bad film"] * 20, ["yes", "no"] * 20)
    >>> tuesday = tor.TextClassifier().fit(["good cast", "dull film"] * 20, ["yes", "no"] * 20)
    >>> tor.average([monday, tuesday]).predict(["good", "dull", "bad"])
    array(['yes', 'no', 'no'], dtype='<U3')
    """
    models = list(models)
    if not models:
        raise ParameterError("models is empty: pass at least one fitted model.")
    _check_alike(models)
    shares = shares_of(weights, len(models))
    if trains_fused(models[0]):
        return _average_fused(models, shares)
    return _average_linear(models, shares)


def _average_fused(models: Sequence[Fused], shares: Float64) -> Fused:
    result: Fused = clone(models[0])
    parts = [each._fitted() for each in models]
    model: HashedModel = parts[0].untrained()
    if model.is_regression:
        classes = np.empty(0)
        coef = np.tensordot(shares, [each.linear.coef() for each in parts], 1)
        intercept = np.tensordot(shares, [each.linear.intercept() for each in parts], 1)
    else:
        classes = common_classes(models)
        model.expect(Encoded(np.arange(len(classes), dtype=np.int32), classes.tolist()))
        model.labels = Labels(classes.tolist())
        softmax = parts[0].linear.settings.softmax
        coef, intercept = _means(models, shares, classes, is_softmax=softmax)
    model.linear.set_weights(coef, intercept)
    for fitted, part in zip(models, parts, strict=True):
        model.counts.merge(part.counts)
        model.vocabulary.merge(part.vocabulary)
        if model.weighting.idf is not None:
            model.weighting.frequencies.merge(part.weighting.frequencies)
        _calibrate(model, fitted, part, classes)
    model.settle()
    result._become(model, ClassWeight(result.class_weight), models[0].columns_, [])
    return result


def _calibrate(model: HashedModel, fitted: Fused, part: HashedModel, classes: NDArray[Any]) -> None:
    """Add the calibration sample of a model."""
    rows = part.calibration.rows()
    if model.levels is not None:
        model.calibration.update(rows.scores, rows.codes, rows.weights)
    if len(rows.codes) == 0 or model.is_regression:
        return
    order = part.labels.order()
    own = order.classes
    columns = _aligned(order.by_class(rows.scores).T, own, classes, LATE_MARGIN, scale=1.0).T
    if model.is_multilabel:
        truth: NDArray[Any] = np.zeros(columns.shape, np.bool_)
        truth[:, np.searchsorted(classes, own.astype(classes.dtype))] = order.by_class(rows.codes)
    else:
        places = np.searchsorted(classes, own.astype(classes.dtype))[order.places]
        truth = places[rows.codes].astype(np.int32)
    model.calibration.update(np.ascontiguousarray(columns, np.float32), truth, rows.weights)


def _average_linear(models: Sequence[Any], shares: Float64) -> Any:
    first = models[0]
    result = clone(first)
    if is_regressor(first):
        coef = np.tensordot(shares, [each.coef_ for each in models], 1)
        intercept = np.tensordot(shares, [each.intercept_ for each in models], 1)
    else:
        classes = common_classes(models)
        softmax = isinstance(first, MatrixSGD) and first._fitted().settings.softmax
        coef, intercept = _means(models, shares, classes, is_softmax=softmax)
    if isinstance(result, MatrixSGD):
        known = None if is_regressor(first) else classes
        result._become(coef, intercept, known)
        return result
    result.coef_, result.intercept_ = coef, intercept
    if not is_regressor(first):
        result.classes_ = classes
    if hasattr(first, "n_features_in_"):
        result.n_features_in_ = first.n_features_in_
    return result


def _means(
    models: Sequence[Any], shares: Float64, classes: NDArray[Any], *, is_softmax: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return mean weights and intercepts, with a row for each class; one row for two classes."""
    scale = 0.5 if is_softmax else 1.0
    coef: Any = 0.0
    intercept: Any = 0.0
    for model, share in zip(models, shares, strict=True):
        own = np.asarray(model.classes_)
        one, other = np.asarray(model.coef_), np.asarray(model.intercept_).reshape(-1)
        coef = coef + np.float32(share) * _aligned(one, own, classes, 0.0, scale)
        intercept = intercept + share * _aligned(other[:, None], own, classes, LATE_MARGIN, scale)
    return coef, intercept[:, 0]


def _aligned(
    rows: NDArray[Any], own: NDArray[Any], classes: NDArray[Any], missing: float, scale: float
) -> NDArray[Any]:
    """Align an array with one row for each class, or one row for two classes, to other classes."""
    if len(own) == len(classes):
        return rows
    if len(rows) < len(own):
        rows = scale * np.concatenate([-rows, rows])
    aligned = np.full((len(classes), rows.shape[1]), missing, rows.dtype)
    aligned[np.searchsorted(classes, own.astype(classes.dtype))] = rows
    return aligned


def _check_alike(models: Sequence[Any]) -> None:
    first = models[0]
    for place, model in enumerate(models):
        if not (hasattr(model, "coef_") and hasattr(model, "intercept_")):
            raise ParameterError(
                f"Model {place} ({type(model).__name__}) is not linear, or not fitted: pass fitted "
                "models with coef_ and intercept_."
            )
        if type(model) is not type(first):
            raise ParameterError(
                f"Model {place} is a {type(model).__name__}, but the first is a "
                f"{type(first).__name__}: average models of one kind."
            )
        if trains_fused(model):
            _check_features(model, first, place)
        elif np.shape(model.coef_)[-1] != np.shape(first.coef_)[-1]:
            raise ParameterError(
                f"Model {place} has {np.shape(model.coef_)[-1]} features, but the first has "
                f"{np.shape(first.coef_)[-1]}: average models of the same features."
            )


def _check_features(model: Any, first: Any, place: int) -> None:
    ours, theirs = (asdict(each._fitted().hashing) for each in (model, first))
    for each, own in ((model, ours), (first, theirs)):
        fitted = each._fitted()
        levels = None if fitted.levels is None else fitted.levels.values
        own |= {"idf": fitted.weighting.idf, "loss": each.loss, "levels": levels}
        own["several labels a row"] = fitted.is_multilabel
    for name, value in ours.items():
        if value != theirs[name]:
            raise ParameterError(
                f"Model {place} has {name}={value!r}, but the first has {theirs[name]!r}: average "
                "models of the same features and loss."
            )
