"""Thresholds that users give, or that are chosen from the predictions of a training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from torrential.engine.scoring.contract import Predictor
from torrential.engine.scoring.label_names import codes_of
from torrential.errors import ParameterError
from torrential.evaluation.thresholds import Goal

CHOSEN = "chosen"
"""The thresholds that were chosen for the model."""

Threshold = float | str | Mapping[Any, float] | None
"""A probability for all labels, by label, or `CHOSEN`."""


def given_thresholds(predictor: Predictor, threshold: Any, goal: Goal | None = None) -> Any:
    """Return the thresholds that users give, or that were chosen from predictions of training.

    Parameters
    ----------
    predictor : Predictor
    threshold : Threshold
    goal : Goal, default=None
        What thresholds are chosen for now.

    Raises
    ------
    ParameterError
        If both are given, no label reaches the goal, or the model has no chosen thresholds.
    """
    if goal is not None:
        if threshold is not None:
            raise ParameterError(f"{goal} chooses thresholds: give it or threshold, but not both.")
        report = _progressive(predictor).choose_thresholds(goal)
        if not np.isfinite([*report.thresholds.values()]).any():
            raise ParameterError(
                f"No label reaches {goal} on the predictions of the training: give less, or "
                "probabilities as threshold."
            )
        return report.thresholds
    if not is_chosen_word(threshold):
        return threshold
    if isinstance(threshold, Mapping) and len(threshold) > 1:
        raise ParameterError(f"threshold={CHOSEN!r} has all labels: give no others.")
    thresholds = _progressive(predictor).thresholds
    if not thresholds:
        raise ParameterError(
            f"threshold={CHOSEN!r}, but the model has none: call choose_thresholds before it is "
            "saved, or give probabilities."
        )
    return thresholds


def is_chosen_word(threshold: Any) -> bool:
    """Return whether a threshold is `CHOSEN`, for all labels."""
    word = threshold.get(None) if isinstance(threshold, Mapping) else threshold
    return isinstance(word, str) and word == CHOSEN


def goal_of(
    min_precision: float | None, min_recall: float | None, cost: float | None
) -> Goal | None:
    """Return the goal that users give; None if they give none."""
    goal = Goal(min_precision, min_recall, cost)
    return None if goal.name is None else goal


def of_labels(
    thresholds: Mapping[Any, float], labels: Sequence[Any]
) -> Iterator[tuple[int, float]]:
    """Yield code and probability of each label that thresholds name; None is not a label."""
    named = {label: least for label, least in thresholds.items() if label is not None}
    for code, least in zip(codes_of(named, labels, "threshold"), named.values(), strict=True):
        yield code, probability_of(least)


def probability_of(value: Any) -> float:
    """Return a probability, or infinity, which none reaches; or raise a ParameterError."""
    try:
        probability = float(value)
    except (TypeError, ValueError):
        probability = np.nan
    if not (0 <= probability <= 1 or probability == np.inf):
        raise ParameterError(
            f"threshold={value!r:.60} is not a probability: give a number from 0 to 1."
        )
    return probability


def _progressive(predictor: Predictor) -> Any:
    if not hasattr(predictor, "choose_thresholds") or not predictor.labels:
        raise ParameterError(
            "Only a TextClassifier or a TableClassifier keeps predictions of its training to "
            "choose thresholds from: give probabilities as threshold."
        )
    return predictor
