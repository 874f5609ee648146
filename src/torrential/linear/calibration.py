"""Probabilities from scores, fitted on the predictions for rows before they were learned."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Self

import numpy as np

from torrential.linear.calibration_rows import MIN_ROWS, Part, Truth, joined, most_rows, truth_of
from torrential.linear.probability_maps import (
    FITS,
    ISOTONIC,
    NONE,
    SIGMOID,
    TEMPERATURE,
    ProbabilityMap,
    Sample,
    no_steps,
    trial_losses,
)
from torrential.types import Arrays, Float32, Float64, Int32, LabelSets

NEVER = float("inf")
"""Threshold that no probability reaches."""

DEFAULT, AUTO = "default", "auto"

METHODS = (DEFAULT, AUTO, SIGMOID, ISOTONIC, TEMPERATURE, None)
"""Values of the parameter ``calibration``."""


class Calibration:
    """A sample of progressive scores, and the map to probabilities that fits it best.

    Rows are kept at an even spacing, which doubles when the sample is full; the map is fitted on
    the later half of the stream, when the scores resemble those of the final model, by the weights
    of the rows. So it is a function of the stream alone, in bounded memory.

    Parameters
    ----------
    method : {'default', 'auto', 'sigmoid', 'isotonic', 'temperature'} or None, default='default'
        'default' is 'sigmoid' for two classes, else 'temperature'; 'auto' the method with the least
        log loss on rows of the sample after those that it is fitted to. None maps nothing. Of
        several labels a row, the map is fitted to pairs of a row and a label, as two classes.

    Attributes
    ----------
    map : ProbabilityMap
        The map that is fitted.
    losses : dict of str to float
        Log loss of each method, of 'auto'.
    thresholds : dict of int to float
        Least probability of labels by code, where they were chosen; `NEVER` for a label of several
        that is not to be given.
    """

    def __init__(self, method: str | None = DEFAULT) -> None:
        self.method = method
        self.map = ProbabilityMap()
        self.losses: dict[str, float] = {}
        self.thresholds: dict[int, float] = {}
        self._ahead: tuple[float, float] | None = None
        self._spacing = 1
        self._n_seen = 0
        self._n_columns = 1
        self._parts: list[Part] = []

    @property
    def n_rows(self) -> int:
        """Number of rows in the sample."""
        return sum(len(part.codes) for part in self._parts)

    @property
    def has_sets(self) -> bool:
        """Whether rows have several labels each."""
        return any(part.codes.ndim > 1 for part in self._parts)

    @property
    def slope(self) -> float:
        """What the map multiplies scores with."""
        return self.map.slope

    @property
    def offset(self) -> float:
        """What the map adds to them then."""
        return self.map.offset

    def update(
        self, scores: Float32, codes: Truth | LabelSets, weights: Float32 | None = None
    ) -> None:
        """Add the progressive scores, shape (n_rows, n_columns), of rows in their order."""
        chosen = slice(-self._n_seen % self._spacing, None, self._spacing)
        numbers = np.arange(self._n_seen, self._n_seen + len(scores))[chosen]
        self._n_seen += len(scores)
        if len(numbers) > 0:
            kept = np.ones(len(numbers), np.float32) if weights is None else weights[chosen]
            truth = truth_of(codes, chosen, scores.shape[1])
            self._drop_pairs(has_sets=truth.ndim > 1)
            self._parts.append(Part(numbers, scores[chosen].copy(), truth, kept.copy()))
        self._n_columns = scores.shape[1]
        self._thin()

    def ahead(self, scores: Float32, codes: Int32, weights: Float32 | None = None) -> Float32:
        """Add scores of two classes as `update`, and return each row's log odds, shape (n_rows,).

        They are from a map that is fitted to rows before it, whenever their number has doubled; for
        the first `MIN_ROWS` rows they are the scores. It is a temperature where that is the method,
        else a sigmoid.
        """
        log_odds = np.empty(len(codes), np.float32)
        if self._ahead is None and self._n_seen >= MIN_ROWS:
            self._ahead = self._fitted_ahead()
        begin = 0
        while begin < len(codes):
            due = max(MIN_ROWS, 1 << self._n_seen.bit_length())
            end = min(len(codes), begin + due - self._n_seen)
            slope, offset = self._ahead or (1.0, 0.0)
            log_odds[begin:end] = slope * scores[begin:end, 0] + offset
            some = None if weights is None else weights[begin:end]
            self.update(scores[begin:end], codes[begin:end], some)
            if self._n_seen == due:
                self._ahead = self._fitted_ahead()
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
        parts = [*self._parts, *(part.after(n_before) for part in other._parts)]
        self._parts = []
        for part in parts:
            self._keep(part)
        self._thin()

    def _thin(self) -> None:
        """Keep every second row while there are too many."""
        while self.n_rows > most_rows(self._n_columns):
            self._spacing *= 2
            parts, self._parts = self._parts, []
            for part in parts:
                self._keep(part)

    def _keep(self, part: Part) -> None:
        chosen = np.flatnonzero(part.numbers % self._spacing == 0)
        if len(chosen) > 0:
            self._parts.append(part.rows(chosen))

    def widen(self, n_columns: int, *, has_sets: bool = False) -> None:
        """Add the columns of classes, or of several labels a row, that came after the rows."""
        self._drop_pairs(has_sets=has_sets)
        self._n_columns = n_columns
        self._thin()

    def _drop_pairs(self, *, has_sets: bool) -> None:
        """Drop what files of earlier versions have of several labels: pairs without the labels."""
        if has_sets and not self.has_sets:
            self._parts = []

    def fit(self) -> Self:
        """Fit the map to the sample; without a sample the map does not change."""
        if self.method is None or self.n_rows == 0:
            return self
        method, sample = self._default, self.late_sample()
        if self.method == AUTO and len(sample.codes) >= MIN_ROWS:
            self.losses = trial_losses(sample)
            method = min(self.losses, key=lambda name: self.losses[name])
        elif self.method in FITS:
            method = self.method
        self.map = FITS[method](sample)
        return self

    @property
    def _default(self) -> str:
        return SIGMOID if self._n_columns == 1 or self.has_sets else TEMPERATURE

    def _fitted_ahead(self) -> tuple[float, float] | None:
        if self.n_rows == 0:
            return self._ahead
        method = TEMPERATURE if self.method == TEMPERATURE else SIGMOID
        found = FITS[method](self.late_sample())
        return found.slope, found.offset

    def without_sample(self) -> Self:
        """Return a copy that says what this one says, and does not learn."""
        other = type(self)(self.method)
        other.map, other._n_columns = self.map, self._n_columns
        other.losses, other.thresholds = dict(self.losses), dict(self.thresholds)
        other._spacing, other._n_seen = self._spacing, self._n_seen
        return other

    def with_thresholds(self, thresholds: Mapping[int, float]) -> Self:
        """Return a copy with other thresholds, which shares the sample."""
        other = copy(self)
        other.thresholds = dict(thresholds)
        return other

    def rows(self) -> Part:
        """Return the rows in the sample as they were added, with equal numbers of columns."""
        return joined(self._parts, self._n_columns, has_sets=self.has_sets)

    def late_sample(self) -> Sample:
        """Return the rows in the sample that are of the later half of the stream, in its order.

        Of several labels a row they are pairs of a row and a label.
        """
        return self.late_rows().sample()

    def late_rows(self) -> Part:
        """Return these rows with the class, or the labels, that each has."""
        part = self.rows()
        late = part.rows(np.flatnonzero(part.numbers >= self._n_seen // 2))
        in_order = bool((late.numbers[1:] >= late.numbers[:-1]).all())
        order = slice(None) if in_order else np.argsort(late.numbers, kind="stable")
        return late.rows(order)

    def state(self) -> tuple[Arrays, dict[str, Any]]:
        """Return the calibration as arrays and JSON, so that learning can continue."""
        part = self.rows()
        arrays: Arrays = {
            "calibration_numbers": part.numbers,
            "calibration_scores": part.scores,
            "calibration_codes": part.codes.view(np.uint8) if self.has_sets else part.codes,
        }
        header: dict[str, Any] = {
            "slope": self.map.slope,
            "offset": self.map.offset,
            "spacing": self._spacing,
            "n_seen": self._n_seen,
            "ahead": None if self._ahead is None else list(self._ahead),
        }
        if bool((part.weights != 1).any()):
            arrays["calibration_weights"] = part.weights
        if self.method != DEFAULT:
            header |= {"method": self.method, "map": self.map.method, "losses": self.losses}
        if self.thresholds:
            pairs = sorted(self.thresholds.items())
            header["thresholds"] = [list(pair) for pair in pairs if pair[1] != NEVER]
            header["withheld"] = [code for code, threshold in pairs if threshold == NEVER]
        if len(self.map.steps) > 0:
            arrays["calibration_steps"] = self.map.steps
        return arrays, header

    @classmethod
    def from_state(cls, arrays: Arrays, header: dict[str, Any]) -> Self:
        """Return the calibration that `state` described."""
        calibration = cls(header.get("method", DEFAULT))
        calibration._spacing = int(header["spacing"])
        calibration._n_seen = int(header["n_seen"])
        if header.get("ahead") is not None:  # the first files have none
            slope, offset = header["ahead"]
            calibration._ahead = float(slope), float(offset)
        codes = arrays["calibration_codes"]
        codes = codes.view(np.bool_) if codes.ndim > 1 else codes
        weights = arrays.get("calibration_weights", np.ones(len(codes), np.float32))
        scores = arrays["calibration_scores"]
        calibration._parts = [Part(arrays["calibration_numbers"], scores, codes, weights)]
        calibration._n_columns = scores.shape[1]
        calibration.losses = dict(header.get("losses", {}))
        slope, offset = float(header["slope"]), float(header["offset"])
        is_fitted = (slope, offset) != (1.0, 0.0)
        calibration.thresholds = dict(header.get("thresholds", []))
        calibration.thresholds |= dict.fromkeys(header.get("withheld", []), NEVER)
        calibration.map = ProbabilityMap(
            header.get("map", calibration._default if is_fitted else NONE),
            slope,
            offset,
            arrays.get("calibration_steps", no_steps()),
        )
        return calibration

    def probabilities(self, scores: Float32) -> Float64:
        """Map scores, shape (n_rows, n_columns), to probabilities, shape (n_rows, n_classes)."""
        return self.map.probabilities(scores)
