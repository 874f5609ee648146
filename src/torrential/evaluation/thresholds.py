"""Thresholds of labels, chosen from predictions for rows before they were learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from torrential.errors import ParameterError
from torrential.evaluation.ratios import ratio
from torrential.shown import ForPeople, Shown, counted, number, percent
from torrential.types import Bool, Float32, Float64, Int32

NO_LABEL = -1
"""Code of rows whose label is rejected."""

LEAST = 1e-30
"""What probabilities are divided by where the threshold is 0."""


@dataclass(frozen=True, slots=True)
class LabelThreshold:
    """The threshold of a label, and what it was chosen for; figures are of the label alone.

    Attributes
    ----------
    label : any
    threshold : float or None
        Least probability; None if none reaches the goal, and the label is not to be given.
    precision, recall, f1 : float
        Of rows that reach it, whatever else they reach; 0 where there are none.
    support : float
        Weight of the rows that have the label.
    is_shared : bool
        Of several labels a row: whether it is that of all labels with few rows.
    """

    label: Any
    threshold: float | None
    precision: float
    recall: float
    f1: float
    support: float
    is_shared: bool = False


HEADER = ("label", "threshold", "precision", "recall")


def shown_labels(labels: Sequence[LabelThreshold]) -> list[tuple[Any, ...]]:
    """Return the rows below HEADER."""
    return [
        (each.label, number(each.threshold), *map(percent, (each.precision, each.recall)))
        for each in labels
    ]


@dataclass(frozen=True, slots=True, repr=False)
class ThresholdReport(ForPeople):
    """Thresholds of all labels, and what they do together, on predictions of the training.

    Attributes
    ----------
    goal : str
    n_rows : int
        Rows in the sample of predictions that they were chosen on.
    labels : tuple of LabelThreshold
    coverage : float
        Share of the rows that keep a label.
    precision : float or None
        Share of these that is right; None without any.
    """

    goal: str
    n_rows: int
    labels: tuple[LabelThreshold, ...]
    coverage: float
    precision: float | None

    def _shown(self) -> Shown:
        facts = [
            self.goal,
            counted(self.n_rows, "row"),
            f"coverage {percent(self.coverage)}",
            f"precision {percent(self.precision)}",
        ]
        return Shown("ThresholdReport", facts, HEADER, shown_labels(self.labels))

    @property
    def thresholds(self) -> dict[Any, float]:
        """Thresholds by label, as ``predict`` and ``predict_to`` take them."""
        return {each.label: each.threshold for each in self.labels if each.threshold is not None}


@dataclass(frozen=True, slots=True)
class Goal:
    """What thresholds are chosen for: the best F1, unless one of the others is given.

    Attributes
    ----------
    min_precision, min_recall : float, optional
    cost : float, optional
        Cost of a wrong label, where that of a row without a label is 1.
    """

    min_precision: float | None = None
    min_recall: float | None = None
    cost: float | None = None

    def __post_init__(self) -> None:
        given = [name for name in self.__slots__ if getattr(self, name) is not None]
        if len(given) > 1:
            raise ParameterError(f"{given[0]} and {given[1]} exclude each other: give one of them.")
        for name in given:
            self._check(name, getattr(self, name))

    @staticmethod
    def _check(name: str, value: Any) -> None:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = np.nan
        if name == "cost":
            if not 1 < number < np.inf:
                raise ParameterError(
                    f"cost={value!r} has to be a number above 1, the cost of a row without a label."
                )
        elif not 0 < number < 1:
            raise ParameterError(f"{name}={value!r} has to be a number between 0 and 1.")

    @property
    def name(self) -> str | None:
        """Name of what is given; None for the best F1."""
        given = (name for name in self.__slots__ if getattr(self, name) is not None)
        return next(given, None)

    def __str__(self) -> str:
        return "best F1" if self.name is None else f"{self.name}={getattr(self, self.name):g}"

    def place(
        self, reached: Float64, right: Float64, support: float, *, of_sets: bool = False
    ) -> int | None:
        """Return the place of the threshold; None if none reaches the goal.

        Parameters
        ----------
        reached, right : float64 array of shape (n_thresholds,)
            Weights of the rows that reach a threshold, and of the right ones; highest first.
        support : float
            Weight of the rows that have the label.
        of_sets : bool, default=False
            Whether rows may have other labels as well: without this one, they cost 1 if they have
            it, and nothing if they do not.
        """
        if support <= 0 or len(reached) == 0:
            return None
        if self.min_precision is not None:
            # One more wrong row: a few right ones are not enough.
            fits = np.flatnonzero(right >= self.min_precision * (reached + 1))
            return int(fits[-1]) if len(fits) else None
        if self.min_recall is not None:
            return int(np.flatnonzero(right >= self.min_recall * support)[0])
        if self.cost is not None and of_sets:
            costs = self.cost * (reached - right) - right
            return int(np.argmin(costs)) if costs.min() < 0 else None
        if self.cost is not None:
            # Rows that do not reach it cost 1, which all of them have in common.
            return int(np.argmin(self.cost * (reached - right) - reached))
        return int(np.argmax(2 * right / (reached + support)))


def choose(
    goal: Goal, probabilities: Float32, codes: Int32, weights: Float64, labels: Sequence[Any]
) -> ThresholdReport:
    """Choose the threshold of each label.

    Each label is taken alone, as if it were given to all rows that reach its threshold; but for a
    cost only rows count whose most probable label it is, as others would not be rejected for it.

    Parameters
    ----------
    goal : Goal
    probabilities : float32 array of shape (n_rows, n_labels)
    codes : int32 array of shape (n_rows,)
    weights : float64 array of shape (n_rows,)
    labels : sequence
        Label of each column.

    Examples
    --------
    >>> likely = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.2], np.float32)
    >>> codes = np.array([1, 1, 0, 1, 0, 0], np.int32)
    >>> report = choose(
    ...     Goal(), np.column_stack([1 - likely, likely]), codes, np.ones(6), ["ham", "spam"]
    ... )
    >>> {label: round(least, 2) for label, least in report.thresholds.items()}
    {'ham': 0.3, 'spam': 0.4}
    """
    best = probabilities.argmax(axis=1) if goal.cost is not None else None
    found = []
    for code, label in enumerate(labels):
        likely, is_it = probabilities[:, code], codes == code
        counted = weights if best is None else weights * (best == code)
        threshold = threshold_of(goal, likely, is_it, counted)
        found.append(measured(label, threshold, likely, is_it, weights))
    thresholds = [(code, each.threshold) for code, each in enumerate(found)]
    given = [(code, least) for code, least in thresholds if least is not None]
    decided = decide(
        probabilities[:, [code for code, _ in given]],
        [code for code, _ in given],
        [least for _, least in given],
    )
    kept = decided != NO_LABEL
    total, of_kept = float(weights.sum()), float(weights[kept].sum())
    right = float(weights[decided == codes].sum())
    return ThresholdReport(
        goal=str(goal),
        n_rows=len(codes),
        labels=tuple(found),
        coverage=of_kept / total if total > 0 else 0.0,
        precision=right / of_kept if of_kept > 0 else None,
    )


def decide(of_codes: Float32, codes: Sequence[int], thresholds: Sequence[float]) -> Int32:
    """Return the label of each row that reaches its threshold, or `NO_LABEL`.

    Of several it is the one whose probability exceeds its threshold by the largest factor, and of
    equal ones the first.

    Parameters
    ----------
    of_codes : float32 array of shape (n_rows, n_codes)
        Probabilities.
    codes : sequence of int of shape (n_codes,)
    thresholds : sequence of float of shape (n_codes,)

    Examples
    --------
    >>> of_codes = np.array([[0.6, 0.4], [0.75, 0.25], [0.3, 0.1]], np.float32)
    >>> decide(of_codes, [0, 1], [0.5, 0.3]).tolist()
    [1, 0, -1]
    """
    decided = np.full(len(of_codes), NO_LABEL, np.int32)
    if len(codes) == 0:
        return decided
    least = np.asarray(thresholds, np.float32)
    reached: Bool = of_codes >= least
    factors = np.where(reached, of_codes / np.maximum(least, np.float32(LEAST)), -1.0)
    some = reached.any(axis=1)
    decided[some] = np.asarray(codes, np.int32)[factors[some].argmax(axis=1)]
    return decided


def threshold_of(
    goal: Goal, likely: Float32, is_it: Bool, counted: Float64, *, of_sets: bool = False
) -> float | None:
    """Choose the threshold of a label; None if none reaches the goal.

    Parameters
    ----------
    goal : Goal
    likely : float32 array of shape (n_rows,)
        Probability of the label.
    is_it : bool array of shape (n_rows,)
        Whether rows have it.
    counted : float64 array of shape (n_rows,)
        Weights of the rows, 0 for those that do not count.
    of_sets : bool, default=False
        Whether rows may have other labels as well.
    """
    order = np.argsort(-likely, kind="stable")
    values, reached = likely[order], np.cumsum(counted[order])
    right = np.cumsum((counted * is_it)[order])
    ends = np.flatnonzero(np.append(values[1:] != values[:-1], [True])[: len(values)])
    support = float(counted[is_it].sum())
    place = goal.place(reached[ends], right[ends], support, of_sets=of_sets)
    return None if place is None else float(values[ends[place]])


def measured(
    label: Any, threshold: float | None, likely: Float32, is_it: Bool, weights: Float64
) -> LabelThreshold:
    """Return a threshold with what it does to rows; parameters as those of `threshold_of`."""
    support = float(weights[is_it].sum())
    if threshold is None:
        return LabelThreshold(label, None, 0.0, 0.0, 0.0, support)
    reaches = likely >= np.float32(threshold)
    reached, right = float(weights[reaches].sum()), float(weights[is_it & reaches].sum())
    return LabelThreshold(
        label=label,
        threshold=threshold,
        precision=ratio(right, reached),
        recall=ratio(right, support),
        f1=ratio(2 * right, reached + support),
        support=support,
    )
