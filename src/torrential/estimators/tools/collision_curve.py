"""collision_curve: train with increasing numbers of columns."""

from collections.abc import Iterable
from typing import Any

from sklearn.base import clone

from torrential.adapters.inputs import with_any_labels
from torrential.data import Dataset
from torrential.errors import ParameterError
from torrential.estimators.displays.collision_curve import CollisionCurve
from torrential.estimators.text.classifier import TextClassifier
from torrential.features.terms.collisions import report_collisions
from torrential.features.terms.term_budget import parse_budget

BITS = range(14, 25, 2)


def collision_curve(
    dataset: Dataset | Any,
    estimator: TextClassifier | None = None,
    *,
    n_bits: Iterable[int] = BITS,
    test_size: float = 0.25,
) -> CollisionCurve:
    """Train with increasing numbers of columns, and measure accuracy and collisions.

    Parameters
    ----------
    dataset : Dataset, or object of another library with rows
        With a target.
    estimator : TextClassifier, default=None
        What is trained, with other numbers of columns; by default ``TextClassifier(n_jobs=-1)``.
    n_bits : iterable of int, default=range(14, 25, 2)
        Numbers of columns, as powers of 2.
    test_size : float, default=0.25
        Share of the rows to hold out, by a hash of the row.

    Returns
    -------
    CollisionCurve

    Raises
    ------
    ParameterError
        If there is no target, or no number of columns.
    """
    dataset = with_any_labels(dataset, "collision_curve")
    if dataset.target is None:
        raise ParameterError("The dataset has no target: name the column with the labels.")
    chosen = tuple(n_bits)
    if not chosen:
        raise ParameterError("n_bits is empty: give powers of 2, such as range(14, 25, 2).")
    estimator = TextClassifier(n_jobs=-1) if estimator is None else estimator
    train, test = dataset.split(test_size)
    accuracy, reports = [], []
    with_terms: Any = clone(estimator)
    if parse_budget(estimator.terms) is None:
        with_terms.set_params(terms=True)
    for place, bits in enumerate(chosen):
        model: Any = with_terms if place == 0 else clone(estimator)
        model.set_params(n_features=2**bits).fit(train)
        accuracy.append(float(model.score(test)))
        if place == 0:  # the terms are the same for any number of columns
            index, n_terms = model.model_.terms, model.model_.vocabulary.n_terms()
        reports.append(report_collisions(2**bits, n_terms, index.hashed_to(2**bits)))
    return CollisionCurve(chosen, tuple(accuracy), tuple(reports))
