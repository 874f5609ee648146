"""Thresholds of labels of which rows have any number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from torrential.evaluation.ratios import ratio
from torrential.evaluation.thresholds import (
    HEADER,
    Goal,
    LabelThreshold,
    measured,
    shown_labels,
    threshold_of,
)
from torrential.shown import ForPeople, Shown, counted, percent
from torrential.types import Bool, Float32, Float64

MIN_ROWS = 10
"""Least rows of a label with a threshold of its own; labels with fewer share one."""


@dataclass(frozen=True, slots=True, repr=False)
class SetThresholdReport(ForPeople):
    """Thresholds of several labels a row, and what they do together, on predictions of training.

    Attributes
    ----------
    goal : str
    n_rows : int
        Rows in the sample of predictions that they were chosen on.
    labels : tuple of LabelThreshold
    precision, recall, micro_f1 : float
        Of all pairs of a row and a label.
    macro_f1 : float
        Mean over the labels.
    """

    goal: str
    n_rows: int
    labels: tuple[LabelThreshold, ...]
    precision: float
    recall: float
    micro_f1: float
    macro_f1: float

    def _shown(self) -> Shown:
        facts = [
            self.goal,
            counted(self.n_rows, "row"),
            f"micro-F1 {percent(self.micro_f1)}",
            f"macro-F1 {percent(self.macro_f1)}",
        ]
        return Shown("SetThresholdReport", facts, HEADER, shown_labels(self.labels))

    @property
    def thresholds(self) -> dict[Any, float]:
        """Thresholds by label, as ``predict`` takes them; infinity for one that is not given."""
        return {
            each.label: float("inf") if each.threshold is None else each.threshold
            for each in self.labels
        }


def choose_for_sets(
    goal: Goal, probabilities: Float32, has_label: Bool, weights: Float64, labels: Sequence[Any]
) -> SetThresholdReport:
    """Choose the threshold of each label.

    The best threshold of a label with a few rows is that of chance: such labels share one, which
    is chosen on all pairs of a row and one of them.

    Parameters
    ----------
    goal : Goal
    probabilities : float32 array of shape (n_rows, n_labels)
    has_label : bool array of shape (n_rows, n_labels)
    weights : float64 array of shape (n_rows,)
    labels : sequence
        Label of each column.

    Examples
    --------
    >>> probabilities = np.tile(np.float32([[0.9], [0.6], [0.4], [0.1]]), (10, 2))
    >>> has_label = np.tile([[True, True], [True, False], [True, False], [False, False]], (10, 1))
    >>> report = choose_for_sets(Goal(), probabilities, has_label, np.ones(40), ["oil", "gas"])
    >>> {label: round(least, 2) for label, least in report.thresholds.items()}
    {'oil': 0.4, 'gas': 0.9}
    """
    is_rare = np.count_nonzero(has_label, axis=0) < MIN_ROWS
    shared = None
    if is_rare.any():
        likely, is_it = probabilities[:, is_rare].ravel(), has_label[:, is_rare].ravel()
        of_pairs = np.repeat(weights, np.count_nonzero(is_rare))
        shared = threshold_of(goal, likely, is_it, of_pairs, of_sets=True)
    found = []
    for code, label in enumerate(labels):
        likely, is_it, threshold = probabilities[:, code], has_label[:, code], shared
        if not is_rare[code]:
            threshold = threshold_of(goal, likely, is_it, weights, of_sets=True)
        each = measured(label, threshold, likely, is_it, weights)
        found.append(replace(each, is_shared=bool(is_rare[code])))
    least = [np.inf if each.threshold is None else each.threshold for each in found]
    gets = probabilities >= np.array(least, np.float32)
    right = float(weights @ (gets & has_label).sum(axis=1))
    given, support = float(weights @ gets.sum(axis=1)), float(weights @ has_label.sum(axis=1))
    return SetThresholdReport(
        goal=str(goal),
        n_rows=len(weights),
        labels=tuple(found),
        precision=ratio(right, given),
        recall=ratio(right, support),
        micro_f1=ratio(2 * right, given + support),
        macro_f1=ratio(sum(each.f1 for each in found), len(found)),
    )
