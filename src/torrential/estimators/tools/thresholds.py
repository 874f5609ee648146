"""Thresholds of a model, given or chosen for a goal."""

from typing import Any

from torrential.engine.scoring.chosen import Threshold, given_thresholds, goal_of
from torrential.engine.scoring.contract import Predictor


def thresholds_for(
    predictor: Predictor,
    threshold: Threshold,
    *,
    min_precision: float | None = None,
    min_recall: float | None = None,
    cost: float | None = None,
) -> Any:
    """Return the threshold that is given, or the thresholds that are chosen; None without either.

    Parameters
    ----------
    predictor : Predictor
    threshold : Threshold
    min_precision, min_recall, cost : float, optional
        What thresholds are chosen for, as those of ``choose_thresholds``.

    Raises
    ------
    ParameterError
        If there are two of them, or no label reaches the goal.
    """
    goal = goal_of(min_precision, min_recall, cost)
    return threshold if goal is None else given_thresholds(predictor, threshold, goal)
