"""Probabilities from scores, fitted on the predictions for rows before they were learned."""

from typing import Any, Self

import numpy as np

from torrential.linear.model import LATE_MARGIN
from torrential.types import Float32, Float64, Int32, Int64

MAX_SCORES = 2**21
"""Most scores in the sample, of all columns together: 8 MB."""

MAX_ROWS = 2**14

MIN_ROWS = 64
"""Least room for rows in the sample, however many columns they have."""

N_STEPS = 50
TOLERANCE = 1e-8

RIDGE = 1e-3
"""Pull towards the identity, for samples that the scores separate or that are tiny."""

MIN_SLOPE = 1e-3


class Calibration:
    """A sample of progressive scores, and the map to probabilities that fits it best.

    Rows are kept at an even spacing, which doubles when the sample is full; the map is fitted on
    the later half of the stream, when the scores resemble those of the final model. So it is a
    function of the stream alone, in bounded memory.

    Two classes: sigmoid(slope * score + offset) with Platt's (1999) smoothed targets. More
    classes: softmax(slope * scores), one slope for all (temperature scaling, Guo et al. 2017).
    """

    def __init__(self) -> None:
        self.slope = 1.0
        self.offset = 0.0
        self._ahead: tuple[float, float] | None = None
        self._spacing = 1
        self._n_seen = 0
        self._n_columns = 1
        self._numbers: list[Int64] = []
        self._scores: list[Float32] = []
        self._codes: list[Int32] = []

    @property
    def n_rows(self) -> int:
        """Number of rows in the sample."""
        return sum(map(len, self._codes))

    def update(self, scores: Float32, codes: Int32) -> None:
        """Add the progressive scores, shape (n_rows, n_columns), of rows in their order."""
        numbers = np.arange(self._n_seen, self._n_seen + len(codes))
        self._n_seen += len(codes)
        self._keep(numbers, scores, codes)
        self._n_columns = scores.shape[1]
        self._thin()

    def ahead(self, scores: Float32, codes: Int32) -> Float32:
        """Add scores of two classes as `update`, and return each row's log odds, shape (n_rows,).

        They are from a map that is fitted to rows before it, whenever their number has doubled; for
        the first `MIN_ROWS` rows they are the scores.
        """
        log_odds = np.empty(len(codes), np.float32)
        if self._ahead is None and self._n_seen >= MIN_ROWS:
            self._ahead = self._fitted()
        begin = 0
        while begin < len(codes):
            due = max(MIN_ROWS, 1 << self._n_seen.bit_length())
            end = min(len(codes), begin + due - self._n_seen)
            slope, offset = self._ahead or (1.0, 0.0)
            log_odds[begin:end] = slope * scores[begin:end, 0] + offset
            self.update(scores[begin:end], codes[begin:end])
            if self._n_seen == due:
                self._ahead = self._fitted()
            begin = end
        return log_odds

    def merge(self, other: Self) -> Self:
        """Add the sample of rows that were learned in parallel, not after these rows."""
        self._take_in(other, 0)
        self._n_seen = max(self._n_seen, other._n_seen)
        return self

    def append(self, other: Self) -> None:
        """Add the sample of rows that were learned after these rows."""
        spacing = max(self._spacing, other._spacing)
        n_before = -(-self._n_seen // spacing) * spacing  # else none of them might be kept
        self._take_in(other, n_before)
        self._n_seen = n_before + other._n_seen

    def _take_in(self, other: Self, n_before: int) -> None:
        self._spacing = max(self._spacing, other._spacing)
        self._n_columns = max(self._n_columns, other._n_columns)
        ours = list(zip(self._numbers, self._scores, self._codes, strict=True))
        theirs = list(zip(other._numbers, other._scores, other._codes, strict=True))
        self._numbers, self._scores, self._codes = [], [], []
        for part in ours:
            self._keep(*part)
        for numbers, scores, codes in theirs:
            self._keep(numbers + n_before, scores, codes)
        self._thin()

    def _thin(self) -> None:
        """Keep every second row while there are too many."""
        while self.n_rows > min(MAX_ROWS, max(MIN_ROWS, MAX_SCORES // self._n_columns)):
            self._spacing *= 2
            kept = list(zip(self._numbers, self._scores, self._codes, strict=True))
            self._numbers, self._scores, self._codes = [], [], []
            for part in kept:
                self._keep(*part)

    def _keep(self, numbers: Any, scores: Float32, codes: Int32) -> None:
        chosen = np.flatnonzero(numbers % self._spacing == 0)
        if len(chosen) > 0:
            self._numbers.append(numbers[chosen])
            self._scores.append(scores[chosen])
            self._codes.append(codes[chosen])

    def fit(self) -> Self:
        """Fit the map to the sample; without a sample the map does not change."""
        self.slope, self.offset = self._fitted()
        return self

    def _fitted(self) -> tuple[float, float]:
        if self.n_rows == 0:
            return self.slope, self.offset
        numbers, scores, codes = self._sample()
        late = numbers >= self._n_seen // 2
        fit = _fit_sigmoid if self._n_columns == 1 else _fit_temperature
        return fit(scores[late].astype(np.float64), codes[late])

    def without_sample(self) -> Self:
        """Return a copy that says what this one says, and does not learn."""
        copy = type(self)()
        copy.slope, copy.offset, copy._n_columns = self.slope, self.offset, self._n_columns
        copy._spacing, copy._n_seen = self._spacing, self._n_seen
        return copy

    def sample(self) -> tuple[Float32, Int32]:
        """Return scores and codes of the rows in the sample."""
        return self._sample()[1:]

    def _sample(self) -> tuple[Int64, Float32, Int32]:
        """Return numbers, scores and codes of all rows in the sample."""
        return (
            np.concatenate([np.zeros(0, np.int64), *self._numbers]),
            np.concatenate(
                [np.zeros((0, self._n_columns), np.float32)]
                + [_widened(part, self._n_columns) for part in self._scores]
            ),
            np.concatenate([np.zeros(0, np.int32), *self._codes]),
        )

    def state(self) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
        """Return the calibration as arrays and JSON, so that learning can continue."""
        numbers, scores, codes = self._sample()
        arrays: dict[str, np.ndarray[Any, Any]] = {
            "calibration_numbers": numbers,
            "calibration_scores": scores,
            "calibration_codes": codes,
        }
        header = {
            "slope": self.slope,
            "offset": self.offset,
            "spacing": self._spacing,
            "n_seen": self._n_seen,
            "ahead": None if self._ahead is None else list(self._ahead),
        }
        return arrays, header

    @classmethod
    def from_state(cls, arrays: dict[str, np.ndarray[Any, Any]], header: dict[str, Any]) -> Self:
        """Return the calibration that `state` described."""
        calibration = cls()
        calibration.slope = float(header["slope"])
        calibration.offset = float(header["offset"])
        calibration._spacing = int(header["spacing"])
        calibration._n_seen = int(header["n_seen"])
        if header.get("ahead") is not None:  # the first files have none
            slope, offset = header["ahead"]
            calibration._ahead = float(slope), float(offset)
        calibration._numbers = [arrays["calibration_numbers"]]
        calibration._scores = [arrays["calibration_scores"]]
        calibration._codes = [arrays["calibration_codes"]]
        calibration._n_columns = calibration._scores[0].shape[1]
        return calibration

    def probabilities(self, scores: Float32) -> Float64:
        """Map scores, shape (n_rows, n_columns), to probabilities, shape (n_rows, n_classes)."""
        values = self.slope * scores.astype(np.float64) + self.offset
        if values.shape[1] == 1:
            positive = 1 / (1 + np.exp(-np.clip(values, -500, 500)))
            return np.hstack([1 - positive, positive])
        return _softmax(values)


def _widened(scores: Float32, n_columns: int) -> Float32:
    """Add a column for a class to scores from before it was seen, with its initial score."""
    n_missing = n_columns - scores.shape[1]
    if n_missing == 0:
        return scores
    if scores.shape[1] == 1:
        scores = np.hstack([-scores, scores])
        n_missing -= 1
    return np.hstack([scores, np.full((len(scores), n_missing), LATE_MARGIN, np.float32)])


def _softmax(values: Float64) -> Float64:
    odds = np.exp(values - values.max(axis=1, keepdims=True))
    probabilities: Float64 = odds / odds.sum(axis=1, keepdims=True)
    return probabilities


def _fit_sigmoid(scores: Float64, codes: Int32) -> tuple[float, float]:
    """Fit slope and offset of a logistic regression on one score, with Newton's method."""
    score = scores[:, 0]
    n_positive = np.count_nonzero(codes == 1)
    n_negative = len(codes) - n_positive
    target = np.where(codes == 1, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    features = np.column_stack([score, np.ones_like(score)])
    weights = np.array([1.0, 0.0])
    for _ in range(N_STEPS):
        p = 1 / (1 + np.exp(-np.clip(features @ weights, -500, 500)))
        gradient = features.T @ (p - target) + RIDGE * (weights - [1.0, 0.0])
        curvature = (features.T * (p * (1 - p))) @ features + RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step * min(1.0, 5.0 / np.abs(step).max(initial=1e-300))
        if np.abs(step).max() < TOLERANCE:
            break
    return float(max(weights[0], MIN_SLOPE)), float(weights[1])


def _fit_temperature(scores: Float64, codes: Int32) -> tuple[float, float]:
    """Fit the positive slope of softmax(slope * scores), with Newton's method for its logarithm."""
    right = np.arange(len(codes)), codes
    log_slope = 0.0
    for _ in range(N_STEPS):
        slope = np.exp(log_slope)
        p = _softmax(slope * scores)
        mean = (p * scores).sum(axis=1)
        variance = (p * scores**2).sum(axis=1) - mean**2
        first = slope * (mean - scores[right]).sum()
        second = slope**2 * variance.sum() + abs(first) + RIDGE
        step = float(np.clip(first / second, -1.0, 1.0))
        log_slope -= step
        if abs(step) < TOLERANCE:
            break
    return float(np.clip(np.exp(log_slope), MIN_SLOPE, 1 / MIN_SLOPE)), 0.0
