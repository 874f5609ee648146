"""Figures of predicted probabilities of two classes, from a histogram of fixed size."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from torrential.kernels.linear.log_odds import (
    MOST,
    N_BINS,
    N_COLUMNS,
    NEGATIVE,
    NEGATIVE_OFFSETS,
    PER_UNIT,
    POSITIVE,
    POSITIVE_OFFSETS,
    count_log_odds,
)
from torrential.schema import integer, list_of, number, optional, record, row_of
from torrential.types import Bool, Float32, Float64

N_GROUPS = 20
"""Groups of equal weight for the expected calibration error."""

CENTERS = (np.arange(N_BINS) + 0.5) / PER_UNIT - MOST
P = 1 / (1 + np.exp(-CENTERS))
P_SLOPE = P * (1 - P)
P_SLOPE[[0, -1]] = 0.0  # these bins have no end

LOSSES = np.column_stack([np.logaddexp(0, -CENTERS), np.logaddexp(0, CENTERS), P - 1, P])
"""Log loss of what each entry of the histogram counts."""

# In bins without an end it is a constant on the right side, and linear on the wrong side.
LOSSES[[0, -1], POSITIVE_OFFSETS] = -1.0, 0.0
LOSSES[[0, -1], NEGATIVE_OFFSETS] = 0.0, 1.0
NO_WEIGHT = np.zeros(0, np.float32)


class Outcomes(NamedTuple):
    """Predicted log odds of the positive class, and what came.

    Attributes
    ----------
    log_odds : float32 array of shape (n_rows,)
    positive : bool array of shape (n_rows,)
    weight : float32 array of shape (n_rows,), or None
    """

    log_odds: Float32
    positive: Bool
    weight: Float32 | None = None

    def rows(self, begin: int, end: int) -> "Outcomes":
        """Return a slice of the rows."""
        weight = None if self.weight is None else self.weight[begin:end]
        return Outcomes(self.log_odds[begin:end], self.positive[begin:end], weight)


@dataclass(frozen=True, slots=True)
class ProbabilityFigures:
    """How good the predicted probabilities of two classes are; rows count by their weights.

    Attributes
    ----------
    log_loss : float
        Within 2e-6 of the exact value.
    normalized_entropy : float or None
        Log loss as a multiple of the entropy of the observed share: below 1 the model knows more
        than the share (He et al., "Practical Lessons from Predicting Clicks on Ads at Facebook",
        2014). None without rows of both classes.
    roc_auc : float or None
        Rows whose log odds are within 1/128 may count as tied. None without rows of both classes.
    roc_auc_error : float or None
        Largest possible error of ``roc_auc``: half of the pairs of rows in one bin.
    mean_predicted : float
        Mean predicted probability of the class that sorts last, within 1e-5 of its value.
    observed : float
        Share of the rows of this class.
    calibration_error : float
        Expected calibration error: mean absolute difference of the two over 20 groups of equal
        weight, by predicted probability (Naeini et al., "Obtaining Well Calibrated Probabilities
        Using Bayesian Binning", 2015). Above 0 by chance with few rows.
    """

    log_loss: float
    normalized_entropy: float | None
    roc_auc: float | None
    roc_auc_error: float | None
    mean_predicted: float
    observed: float
    calibration_error: float


NAMES = tuple(ProbabilityFigures.__dataclass_fields__)


_fraction, _amount = optional(number(0.0, 1.0)), optional(number(0.0, finite=False))
FIGURE_FIELDS = dict.fromkeys(NAMES, _fraction) | dict.fromkeys(
    ("log_loss", "normalized_entropy"), _amount
)
FIGURES = record({}, extra=FIGURE_FIELDS)
"""The result of `figures_to_dict`."""


def figures_to_dict(figures: ProbabilityFigures | None) -> dict[str, float | None]:
    """Return the figures by name, all None without any."""
    return dict.fromkeys(NAMES) if figures is None else asdict(figures)


def figures_of(kept: dict[str, Any]) -> ProbabilityFigures | None:
    """Return the figures that `figures_to_dict` wrote into a larger dict; None without any."""
    if kept.get("log_loss") is None:
        return None
    return ProbabilityFigures(**{name: kept[name] for name in NAMES})


class ProbabilitySketch:
    """Weights of positive and negative rows by predicted log odds: a summary.

    There are 4,096 bins, 1/128 wide, and each knows the mean of its log odds: 128 KiB. The sums do
    not depend on how rows are cut into batches; merging is exact, in any order, as long as the
    weights are whole numbers, but for the last bits of the means.

    Examples
    --------
    >>> sketch = ProbabilitySketch()
    >>> log_odds = np.log(np.array([1 / 9, 2 / 3, 0.5, 4], np.float32))  # of 0.1, 0.4, 0.33, 0.8
    >>> sketch.update(Outcomes(log_odds, np.array([False, False, True, True])))
    >>> figures = sketch.figures()
    >>> figures.roc_auc, figures.roc_auc_error
    (0.75, 0.0)
    >>> round(figures.log_loss, 4), round(figures.mean_predicted, 4), figures.observed
    (0.4845, 0.4083, 0.5)
    """

    def __init__(self) -> None:
        self.table: Float64 = np.zeros((N_BINS, N_COLUMNS))

    def update(self, outcomes: Outcomes) -> None:
        """Add rows in their order."""
        log_odds, positive, weight = outcomes
        weights = NO_WEIGHT if weight is None else np.ascontiguousarray(weight, np.float32)
        count_log_odds(np.ascontiguousarray(log_odds, np.float32), positive, weights, self.table)

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        self.table += other.table
        return self

    def mirrored(self) -> Self:
        """Return the summary of the same rows with the other class as the positive one."""
        sketch = type(self)()
        swapped = [NEGATIVE, POSITIVE, NEGATIVE_OFFSETS, POSITIVE_OFFSETS]
        sketch.table = self.table[::-1, swapped].copy()
        sketch.table[:, POSITIVE_OFFSETS:] *= -1
        return sketch

    def state(self) -> dict[str, Any]:
        """Return the summary as JSON: the bins that have rows."""
        bins = np.flatnonzero(self.table.any(axis=1))
        return {"bins": bins.tolist(), "values": self.table[bins].tolist()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Return the summary that `state` described."""
        sketch = cls()
        if state["bins"]:
            sketch.table[np.array(state["bins"])] = np.array(state["values"], np.float64)
        return sketch

    def figures(self) -> ProbabilityFigures | None:
        """Return the figures of all rows; None without a row of positive weight."""
        log_loss = self.log_loss()
        if log_loss is None:
            return None
        positive, weight = self.table[:, POSITIVE], self.table[:, :POSITIVE_OFFSETS].sum(axis=1)
        offsets = self.table[:, POSITIVE_OFFSETS:].sum(axis=1)
        predicted = weight * P + offsets * P_SLOPE
        total = float(weight.sum())
        observed, mean_predicted = float(positive.sum()) / total, float(predicted.sum()) / total
        entropy = _entropy(observed)
        return ProbabilityFigures(
            log_loss=log_loss,
            normalized_entropy=log_loss / entropy if entropy > 0 else None,
            roc_auc=self.roc_auc(),
            roc_auc_error=self.roc_auc_error(),
            mean_predicted=_share(mean_predicted),
            observed=_share(observed),
            calibration_error=_share(_calibration_error(predicted, positive, weight)),
        )

    def log_loss(self) -> float | None:
        """Return the mean log loss, to first order within bins; None without weight."""
        total = float(self.table[:, :POSITIVE_OFFSETS].sum())
        return float((self.table * LOSSES).sum()) / total if total > 0 else None

    def roc_auc(self) -> float | None:
        """Return the share of (positive, negative) pairs in which the positive row scores higher.

        Ties count half. It is None without rows of both kinds.
        """
        negative = self.table[:, NEGATIVE]
        return self._share_of_pairs(np.cumsum(negative) - negative / 2)

    def roc_auc_error(self) -> float | None:
        """Return the largest possible error of `roc_auc`: half of the pairs within a bin."""
        return self._share_of_pairs(self.table[:, NEGATIVE] / 2)

    def _share_of_pairs(self, of_each_positive: Float64) -> float | None:
        positive, negative = self.table[:, POSITIVE], self.table[:, NEGATIVE]
        n_pairs = float(positive.sum() * negative.sum())
        return _share(float(positive @ of_each_positive) / n_pairs) if n_pairs > 0 else None


SKETCH = record(
    {
        "bins": list_of(integer(0, N_BINS - 1), max_length=N_BINS),
        "values": list_of(row_of(*[number(finite=False)] * N_COLUMNS), max_length=N_BINS),
    }
)
"""The state of a `ProbabilitySketch`."""


def _share(value: float) -> float:
    """Return a share that rounding may have moved beyond 0 or 1."""
    return min(max(value, 0.0), 1.0)


def _entropy(share: float) -> float:
    if not 0 < share < 1:
        return 0.0
    return float(-share * np.log(share) - (1 - share) * np.log1p(-share))


def _calibration_error(predicted: Float64, positive: Float64, weight: Float64) -> float:
    """Return the mean difference of predicted and observed over groups of about equal weight."""
    middles = np.cumsum(weight) - weight / 2
    groups = np.minimum(N_GROUPS * middles / weight.sum(), N_GROUPS - 1).astype(np.int64)
    gaps = np.bincount(groups, predicted - positive, N_GROUPS)
    return float(np.abs(gaps).sum() / weight.sum())
