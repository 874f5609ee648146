"""What reports of one label and of several labels a row have in common."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from torrential.engine.model.hashed_model import HashedModel
from torrential.engine.reporting.building.common import top_terms
from torrential.engine.reporting.parts import ClassTerms, Confusion
from torrential.engine.targets.label_values import plain_label
from torrential.evaluation.findings.confidence import Kept
from torrential.evaluation.ratios import ratio
from torrential.features.terms.term_index import TermIndex

MOST_CONFUSIONS = 40
MOST_WITH_TERMS = 100
"""Classes with terms: those with the most rows."""

PRECISION = 0.95
"""Share of right ones that the threshold of a class is for."""


def by_support(classes: Sequence[Any]) -> list[int]:
    """Return places of classes, those with the most rows first."""
    return sorted(range(len(classes)), key=lambda place: (-classes[place].support, place))


def class_terms(
    model: HashedModel, terms: TermIndex | None, classes: Sequence[Any], *, words_only: bool
) -> tuple[ClassTerms, ...]:
    """Return the heaviest terms of the classes that were seen in training.

    Parameters
    ----------
    model : HashedModel
    terms : TermIndex or None
    classes : sequence
        In ascending order, those of the model first, with their support.
    words_only : bool
    """
    labels = [plain_label(each.label) for each in classes]
    seen = [place for place in by_support(classes) if classes[place].seen]
    return top_terms(model, terms, labels, seen[:MOST_WITH_TERMS], words_only=words_only)


def confusions_of(
    classes: Sequence[Any], pairs: Iterable[tuple[int, int, float]]
) -> tuple[Confusion, ...]:
    """Return pairs of the places of two classes, with their weight, as lines of a report."""
    return tuple(
        Confusion(
            plain_label(classes[true].label),
            plain_label(classes[predicted].label),
            weight,
            ratio(weight, classes[true].support),
        )
        for true, predicted, weight in pairs
    )


def thresholds_of(confidence: Any, classes: Sequence[Any]) -> list[Kept | None]:
    """Return the threshold for a precision of 95 % of each class; None if there is none."""
    found = list(confidence.thresholds(PRECISION, np.array([each.support for each in classes])))
    return found + [None] * (len(classes) - len(found))
