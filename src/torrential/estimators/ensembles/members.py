"""Predictions of several fitted models for the same rows, brought to the same classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_classifier
from sklearn.metrics import accuracy_score, r2_score

from torrential.adapters.errors import data_errors
from torrential.adapters.examples import (
    Examples,
    applied,
    is_text,
    joined_examples,
    labeled_examples,
    labels_of,
    takes_datasets,
    weights_of,
)
from torrential.adapters.forms import texts_of_batch
from torrential.adapters.inputs import as_dataset, labeled, unlabeled, with_text
from torrential.adapters.score import StreamedScore
from torrential.data import Dataset
from torrential.engine.scoring.predict import decisions
from torrential.engine.targets.labels import encode
from torrential.errors import DataError, ParameterError
from torrential.estimators.fused.contract import trains_fused
from torrential.execution import opened
from torrential.types import Float64


def common_classes(members: Sequence[Any]) -> NDArray[Any]:
    """Return all classes of several classifiers, in ascending order.

    Raises
    ------
    DataError
        If they do not sort together.
    """
    try:
        return np.unique(np.concatenate([np.asarray(member.classes_) for member in members]))
    except (TypeError, ValueError) as error:
        raise DataError(
            "The models' classes are of kinds that have no common order: take models of labels of "
            "one type."
        ) from error


def probabilities_of(
    members: Sequence[Any], X: Any, classes: NDArray[Any], n_jobs: int | None
) -> list[Float64]:
    """Return each member's probabilities, shape (n_rows, n_classes); 0 for unknown classes.

    For a member without probabilities, they are 1 for the class that it predicts.
    """
    return [
        _spread(_probabilities(member, given), member, classes)
        for member, given in zip(members, _given(members, X, n_jobs), strict=True)
    ]


def predictions_of(members: Sequence[Any], X: Any, n_jobs: int | None) -> list[NDArray[Any]]:
    """Return each member's predictions, shape (n_rows,)."""
    return [
        _predictions(member, given)
        for member, given in zip(members, _given(members, X, n_jobs), strict=True)
    ]


def fitted(estimators: Sequence[Any], dataset: Dataset) -> list[Any]:
    """Return clones fitted to a dataset, or to its rows in memory if they take no datasets."""
    examples: Examples | None = None
    members = []
    for estimator in estimators:
        if takes_datasets(estimator):
            members.append(clone(estimator).fit(dataset))
            continue
        if examples is None:
            examples = joined_examples(list(labeled_examples(with_text(dataset))))
        if examples is None:
            raise DataError(f"There is no labeled row in {dataset.source}: give labeled rows.")
        members.append(fitted_in_memory(estimator, examples))
    return members


def fitted_in_memory(estimator: Any, examples: Examples) -> Any:
    """Return a clone fitted to labeled rows."""
    weights = {} if examples.weight is None else {"sample_weight": examples.weight}
    with data_errors():
        return clone(estimator).fit(examples.X.tolist(), examples.y, **weights)


def shares_of(weights: ArrayLike | None, n_models: int) -> Float64:
    """Return the share of each model in the total weight; None means equal weights.

    Raises
    ------
    ParameterError
        Not as many, or none that can be weights.
    """
    values = np.ones(n_models) if weights is None else np.asarray(weights, np.float64)
    is_wrong = values.shape != (n_models,) or np.any(values < 0) or not values.sum() > 0
    if is_wrong or not np.all(np.isfinite(values)):
        raise ParameterError(
            f"weights={weights!r} are not weights of {n_models} models: give a number of 0 or more "
            "for each, not all 0."
        )
    return np.asarray(values / values.sum())


def score_of(model: Any, X: Any, y: Any, sample_weight: Any, *, is_regression: bool) -> float:
    """Return the weighted accuracy, or R2, of a model's predictions on labeled rows."""
    if not is_text(X):
        measure = r2_score if is_regression else accuracy_score
        return float(measure(y, model.predict(X), sample_weight=sample_weight))
    dataset = labeled(X, y, sample_weight)
    if dataset.has_label_sets:
        return _share_of_equal_sets(model, dataset)
    keep, true, weight = [], [], []
    for batch in dataset.batches():
        is_labeled, labels = labels_of(batch)
        given = weights_of(batch)
        keep.append(is_labeled)
        true.append(labels)
        weight.append(np.ones(len(labels)) if given is None else given[is_labeled])
    result = StreamedScore.on(dataset, None if is_regression else model.classes_)
    if sum(map(len, true)) > 0:
        predicted = model.predict(dataset)[np.concatenate(keep)]
        result.update(np.concatenate(true), predicted, np.concatenate(weight))
    return result.value(dataset.source)


def _share_of_equal_sets(model: Any, dataset: Dataset) -> float:
    """Return the weighted share of the rows that get exactly their labels."""
    true, weight = list[Any](), list[NDArray[Any]]()
    for batch in dataset.batches():
        encoded = encode(batch.target)
        true += [None if code < 0 else encoded.values[code] for code in encoded.codes.tolist()]
        given = weights_of(batch)
        weight.append(np.ones(batch.n_rows) if given is None else given)
    predicted = model.predict(dataset)
    if predicted.ndim == 2:
        predicted = [tuple(np.flatnonzero(row).tolist()) for row in predicted]
    weights = np.concatenate([np.zeros(0), *weight]) * [each is not None for each in true]
    if not weights.any():
        raise DataError(f"No row of {dataset.source} has a label to score on: check target.")
    is_right = [each == found for each, found in zip(true, predicted, strict=True)]
    return float(np.average(is_right, weights=weights))


class _Scores:
    """Scores of a text classifier for rows, for predictions without hashing them again."""

    def __init__(self, scores: Any) -> None:
        self.scores = scores


def _given(members: Sequence[Any], X: Any, n_jobs: int | None) -> list[Any]:
    """Return the input of each member: its scores if several members hash alike, else rows."""
    given: list[Any] = [X] * len(members)
    table = as_dataset(X)
    if table is not None and not table.text:
        return [table] * len(members)
    if not is_text(X) and not (isinstance(X, list) and not X):
        return given
    rows = unlabeled(X)
    alike: dict[str, list[int]] = {}
    for place, member in enumerate(members):
        if trains_fused(member):
            alike.setdefault(repr(member._fitted().spec), []).append(place)
        else:
            given[place] = rows if takes_datasets(member) else _texts(rows)
    for places in alike.values():
        models = [members[place].model_ for place in places]
        with opened(None, members[places[0]].n_jobs if n_jobs is None else n_jobs) as executor:
            for place, scores in zip(places, decisions(models, rows, executor), strict=True):
                given[place] = _Scores(scores)
    return given


def _texts(rows: Dataset) -> NDArray[Any]:
    return np.concatenate([np.empty(0, object), *map(texts_of_batch, rows.batches())])


def _probabilities(member: Any, given: Any) -> Float64:
    if isinstance(given, _Scores):
        return np.asarray(member._probabilities_of(given.scores))
    if hasattr(member, "predict_proba"):
        return np.asarray(applied(member, "predict_proba", given), np.float64)
    predicted = np.searchsorted(member.classes_, applied(member, "predict", given))
    return np.eye(len(member.classes_))[predicted]


def _predictions(member: Any, given: Any) -> NDArray[Any]:
    if isinstance(given, _Scores):
        return np.asarray(member._predictions_of(given.scores))
    return np.asarray(applied(member, "predict", given))


def _spread(probabilities: Float64, member: Any, classes: NDArray[Any]) -> Float64:
    columns = np.searchsorted(classes, np.asarray(member.classes_).astype(classes.dtype))
    spread = np.zeros((len(probabilities), len(classes)))
    spread[:, columns] = probabilities
    return spread


def check_members(members: Sequence[Any]) -> None:
    """Raise a DataError if a member of a file is not a classifier."""
    for member in members:
        if not is_classifier(member):
            raise DataError(f"it has a {type(member).__name__} among its classifiers")
