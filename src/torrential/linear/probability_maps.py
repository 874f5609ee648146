"""Maps from scores to probabilities: how each is fitted and applied."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from torrential.types import Float32, Float64, Int32

NONE, SIGMOID, TEMPERATURE, ISOTONIC = "none", "sigmoid", "temperature", "isotonic"

N_STEPS = 50
TOLERANCE = 1e-8

RIDGE = 1e-3
"""Pull towards the identity, for samples that the scores separate or that are tiny."""

MIN_SLOPE = 1e-3

FARTHEST = 27.0
"""Log odds beyond which isotonic maps do not look: 1 in 10**12."""

MOST_SCORES = 2**18
"""Scores that the sigmoid of more than two classes is fitted to: it has two parameters."""

N_TRIALS = 4
"""Parts of a sample: maps that are compared predict each but the first from the parts before it."""


def no_steps() -> Float64:
    """Return the steps of a map that is not isotonic: none."""
    return np.zeros((0, 2))


class Sample(NamedTuple):
    """Scores of rows with their classes, in the order of the stream.

    Attributes
    ----------
    scores : float array of shape (n_rows, n_columns)
    codes : int32 array of shape (n_rows,)
    weights : float64 array of shape (n_rows,)
    """

    scores: Float64
    codes: Int32
    weights: Float64

    def rows(self, begin: int, end: int) -> "Sample":
        """Return a slice of the rows."""
        return Sample(self.scores[begin:end], self.codes[begin:end], self.weights[begin:end])

    def thinned(self, n_scores: int) -> "Sample":
        """Return rows at an even spacing, with about this many scores at most."""
        step = -(-self.scores.size // n_scores) or 1
        return Sample(self.scores[::step], self.codes[::step], self.weights[::step])


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityMap:
    """A map from scores to probabilities.

    Attributes
    ----------
    method : {'none', 'sigmoid', 'temperature', 'isotonic'}
        'none', 'temperature': sigmoid(slope * score) for two classes, else softmax(slope * scores).
        'sigmoid': sigmoid(slope * score + offset), of more classes for each, divided by their sum.
        'isotonic': a rising function of the score or, for more classes, of the log odds from the
        temperature, the same for all of them, divided by their sum.
    slope, offset : float
    steps : float64 array of shape (n_steps, 2)
        Argument and value where the isotonic function bends; it is linear in between.
    """

    method: str = NONE
    slope: float = 1.0
    offset: float = 0.0
    steps: Float64 = field(default_factory=no_steps)

    def probabilities(self, scores: Float32 | Float64) -> Float64:
        """Map scores, shape (n_rows, n_columns), to probabilities, shape (n_rows, n_classes)."""
        values = self.slope * scores.astype(np.float64) + self.offset
        is_isotonic = len(self.steps) > 0
        if values.shape[1] == 1:
            odds = values[:, 0]
            positive = (self._rising(odds) if is_isotonic else sigmoid(odds))[:, None]
            return np.hstack([1 - positive, positive])
        if is_isotonic:
            return _shares(self._rising(log_odds(values)))
        if self.method == SIGMOID:
            return _shares(sigmoid(values))
        return softmax(values)

    def _rising(self, odds: Float64) -> Float64:
        found: Float64 = np.interp(odds, self.steps[:, 0], self.steps[:, 1])
        return found


def identity(sample: Sample) -> ProbabilityMap:
    """Return the map that takes scores for log odds."""
    return ProbabilityMap()


def fit_sigmoid(sample: Sample) -> ProbabilityMap:
    """Fit a sigmoid with Platt's (1999) smoothed targets; of more classes one for all of them."""
    scores, codes, weights = sample
    if scores.shape[1] == 1:
        slope, offset = _sigmoid_of(scores[:, 0], codes == 1, weights)
    else:
        some = sample.thinned(MOST_SCORES)
        slope, offset = _sigmoid_of(*_of_all_classes(some, some.scores))
    return ProbabilityMap(SIGMOID, slope, offset)


def fit_temperature(sample: Sample) -> ProbabilityMap:
    """Fit one slope (temperature scaling, Guo et al. 2017): the order of classes stays."""
    scores = sample.scores
    if scores.shape[1] == 1:
        scores = np.hstack([-scores / 2, scores / 2])
    return ProbabilityMap(TEMPERATURE, _temperature_of(scores, sample.codes, sample.weights))


def fit_isotonic(sample: Sample, slope: float | None = None) -> ProbabilityMap:
    """Fit a rising function (Zadrozny and Elkan 2002) of log odds.

    More classes share one function, as in Zhang, Kailkhura and Han, "Mix-n-Match" (2020): there are
    enough rows for it, and the order of classes stays. Each stretch of equal values is a step at
    its mean, with one more row of the mean share: no probability is 0 or 1.

    Parameters
    ----------
    sample : Sample
    slope : float, default=None
        The temperature of more classes, if it is known.
    """
    scores, codes, weights = sample
    if scores.shape[1] == 1:
        slope = 1.0
        odds, positive = scores[:, 0], codes == 1
    else:
        slope = _temperature_of(scores, codes, weights) if slope is None else slope
        odds, positive, weights = _of_all_classes(sample, log_odds(slope * scores))
    return ProbabilityMap(ISOTONIC, slope, 0.0, _steps(odds, positive, weights))


FITS: dict[str, Callable[[Sample], ProbabilityMap]] = {
    NONE: identity,
    TEMPERATURE: fit_temperature,
    SIGMOID: fit_sigmoid,
    ISOTONIC: fit_isotonic,
}
"""Methods, the simplest first."""


def all_maps(sample: Sample) -> list[ProbabilityMap]:
    """Fit each method, the temperature once."""
    temperature = fit_temperature(sample)
    isotonic = fit_isotonic(sample, temperature.slope)
    return [identity(sample), temperature, fit_sigmoid(sample), isotonic]


def trial_losses(sample: Sample) -> dict[str, float]:
    """Return the log loss of each method on rows after those that it is fitted to."""
    n_rows, losses = len(sample.codes), dict.fromkeys(FITS, 0.0)
    cuts = [n_rows * part // N_TRIALS for part in range(1, N_TRIALS + 1)]
    total = float(sample.weights[cuts[0] :].sum())
    for begin, end in pairwise(cuts):
        later = sample.rows(begin, end)
        for each in all_maps(sample.rows(0, begin)):
            probabilities = each.probabilities(later.scores)
            true = probabilities[np.arange(end - begin), later.codes]
            loss = -np.log(np.maximum(true, np.finfo(np.float64).eps))
            losses[each.method] += float(later.weights @ loss) / total if total > 0 else 0.0
    return losses


def sigmoid(odds: Float64) -> Float64:
    """Return the probabilities of log odds."""
    probabilities: Float64 = 1 / (1 + np.exp(-np.clip(odds, -500, 500)))
    return probabilities


def softmax(values: Float64) -> Float64:
    """Return probabilities that sum to 1 in each row."""
    return _shares(np.exp(values - values.max(axis=1, keepdims=True)))


def log_odds(values: Float64) -> Float64:
    """Return the log odds of each class by softmax, within the bounds of isotonic maps."""
    odds = np.exp(values - values.max(axis=1, keepdims=True))
    others = odds.sum(axis=1, keepdims=True) - odds
    with np.errstate(divide="ignore"):
        found: Float64 = np.log(odds) - np.log(np.maximum(others, 0.0))
    return np.clip(found, -FARTHEST, FARTHEST)


def _shares(amounts: Float64) -> Float64:
    shares: Float64 = amounts / amounts.sum(axis=1, keepdims=True)
    return shares


def _of_all_classes(sample: Sample, values: Float64) -> tuple[Float64, np.ndarray, Float64]:
    """Return a value, whether it is of the right class, and a weight, for each row and class."""
    positive = np.zeros(values.shape, np.bool_)
    positive[np.arange(len(values)), sample.codes] = True
    return values.ravel(), positive.ravel(), np.repeat(sample.weights, values.shape[1])


def _sigmoid_of(score: Float64, positive: np.ndarray, weights: Float64) -> tuple[float, float]:
    """Fit slope and offset of a logistic regression on one score, with Newton's method."""
    n_positive = float(weights[positive].sum())
    n_negative = float(weights.sum()) - n_positive
    target = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    features = np.column_stack([score, np.ones_like(score)])
    found = np.array([1.0, 0.0])
    for _ in range(N_STEPS):
        p = sigmoid(features @ found)
        gradient = features.T @ (weights * (p - target)) + RIDGE * (found - [1.0, 0.0])
        curvature = (features.T * (weights * (p * (1 - p)))) @ features + RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        found = found - step * min(1.0, 5.0 / np.abs(step).max(initial=1e-300))
        if np.abs(step).max() < TOLERANCE:
            break
    return float(max(found[0], MIN_SLOPE)), float(found[1])


def _temperature_of(scores: Float64, codes: Int32, weights: Float64) -> float:
    """Fit the positive slope of softmax(slope * scores), with Newton's method for its logarithm."""
    right = np.arange(len(codes)), codes
    log_slope = 0.0
    for _ in range(N_STEPS):
        slope = np.exp(log_slope)
        p = softmax(slope * scores)
        mean = (p * scores).sum(axis=1)
        variance = (p * scores**2).sum(axis=1) - mean**2
        first = slope * (weights * (mean - scores[right])).sum()
        second = slope**2 * (weights * variance).sum() + abs(first) + RIDGE
        step = float(np.clip(first / second, -1.0, 1.0))
        log_slope -= step
        if abs(step) < TOLERANCE:
            break
    return float(np.clip(np.exp(log_slope), MIN_SLOPE, 1 / MIN_SLOPE))


def _steps(odds: Float64, positive: np.ndarray, weights: Float64) -> Float64:
    """Fit the isotonic regression of one argument; return argument and value of its steps."""
    known = weights > 0
    values, groups = np.unique(odds[known], return_inverse=True)
    if len(values) == 0:
        return no_steps()
    weight = np.bincount(groups, weights[known])
    right = np.bincount(groups, weights[known] * positive[known])
    place = weight * values
    while True:  # neighbors in the wrong order are of one stretch, in whatever order they join
        share = right / weight
        begins = np.flatnonzero(np.concatenate([[True], share[1:] > share[:-1]]))
        if len(begins) == len(share):
            break
        weight, right, place = (np.add.reduceat(each, begins) for each in (weight, right, place))
    mean = right.sum() / weight.sum()
    smoothed = (right + mean) / (weight + 1)
    least = 1 / (weight.sum() + 2)
    smoothed = np.maximum.accumulate(np.clip(smoothed, least, 1 - least))
    return np.column_stack([place / weight, smoothed])
