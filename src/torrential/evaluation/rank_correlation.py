"""How well numbers order rows: Spearman's rank correlation and ROC AUC, from cells of pairs."""

from typing import NamedTuple

import numpy as np

from torrential.evaluation.cells import Cells, PairSketch, UInt64
from torrential.types import Bool, Float64, Int64


class Estimate(NamedTuple):
    """A figure, and the most that it can be off: 0 if the figure is exact.

    Both are nan if nothing is to compare.
    """

    value: float
    error: float


NOTHING = Estimate(float("nan"), float("nan"))


def known(estimate: Estimate) -> tuple[float | None, float | None]:
    """Return a figure and its error; None for both if the figure is nan."""
    if np.isnan(estimate.value):
        return None, None
    return estimate.value, estimate.error


def spearman(sketch: PairSketch) -> Estimate:
    """Return Spearman's rank correlation of pairs, as of `scipy.stats.spearmanr`.

    Equal numbers have the mean of their ranks, and a row of weight 2 is two rows. All numbers of a
    bin count as equal. The error is a bound and not an estimate, from the orders within bins that
    change the correlation most.

    Examples
    --------
    >>> sketch = PairSketch()
    >>> sketch.update(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0]))
    >>> spearman(sketch)
    Estimate(value=0.8, error=0.0)
    """
    cells = sketch.cells()
    if len(cells.weight) == 0:
        return NOTHING
    bins = sketch.bins(cells)
    first = _axis_of(bins[0], cells.first, cells.is_one_first, cells.weight)
    second = _axis_of(bins[1], cells.second, cells.is_one_second, cells.weight)
    product = float(cells.weight @ (first.ranks * second.ranks))
    spreads = first.spread * second.spread
    if not spreads > 0.0:
        return NOTHING
    value = product / np.sqrt(spreads)
    if not (first.hidden or second.hidden):
        return Estimate(float(np.clip(value, -1.0, 1.0)), 0.0)
    change = _most_along(cells, first, second) + _most_along(cells, second, first)
    change += np.sqrt(first.hidden * second.hidden)
    largest = (first.spread + first.hidden) * (second.spread + second.hidden)
    low, high = product - change, product + change
    lowest = low / np.sqrt(spreads if low < 0 else largest)
    highest = high / np.sqrt(spreads if high > 0 else largest)
    return Estimate(float(np.clip(value, -1.0, 1.0)), float(max(highest - value, value - lowest)))


def roc_auc(sketch: PairSketch) -> Estimate:
    """Return the share of pairs of a row of 1 and a row of 0 in which that of 1 is higher.

    Parameters
    ----------
    sketch : PairSketch
        Of 0 or 1, and the number of each row. Equal numbers count half.
    """
    cells = sketch.cells()
    kinds, bins = sketch.bins(cells)
    zeros, ones = (
        np.bincount(bins[of], cells.weight[of], bins.max(initial=0) + 1)
        for of in (kinds == 0, kinds == 1)
    )
    n_pairs = float(zeros.sum() * ones.sum())
    if not n_pairs:
        return NOTHING
    value = float(ones @ (np.cumsum(zeros) - zeros / 2)) / n_pairs
    is_mixed = _are_mixed(bins, cells.second, cells.is_one_second)
    return Estimate(value, float(ones @ (zeros * is_mixed)) / 2 / n_pairs)


class _Axis(NamedTuple):
    """Ranks by one of the two numbers.

    Attributes
    ----------
    bins : int64 array of shape (n_cells,)
        Bin of each cell, numbered from 0.
    ranks : float64 array of shape (n_cells,)
        Mean rank of the bin, less that of all rows.
    spread : float
        Sum of the squares of the ranks of all rows.
    is_mixed : bool array of shape (n_bins,)
        Whether the numbers of a bin differ.
    hidden : float
        Most that the order within bins adds to the spread.
    """

    bins: Int64
    ranks: Float64
    spread: float
    is_mixed: Bool
    hidden: float


def _are_mixed(bins: Int64, numbers: UInt64, are_one: Bool) -> Bool:
    """Return for each bin whether the numbers in its cells differ."""
    is_mixed = np.zeros(bins.max(initial=-1) + 1, np.bool_)
    some = np.zeros(len(is_mixed), np.uint64)
    some[bins] = numbers
    is_mixed[bins[(numbers != some[bins]) | ~are_one]] = True
    return is_mixed


def _axis_of(bins: Int64, numbers: UInt64, are_one: Bool, weight: Float64) -> _Axis:
    by_bin = np.bincount(bins, weight)
    ranks = np.cumsum(by_bin) - by_bin / 2 - by_bin.sum() / 2
    spread = float(by_bin @ np.square(ranks))
    is_mixed = _are_mixed(bins, numbers, are_one)
    return _Axis(bins, ranks[bins], spread, is_mixed, float((by_bin**3) @ is_mixed / 12))


def _most_along(cells: Cells, axis: _Axis, other: _Axis) -> float:
    """Return the most that orders within the bins of an axis add to the sum of products."""
    order = np.lexsort((other.bins, axis.bins))
    bins, weight = axis.bins[order], cells.weight[order]
    by_bin = np.bincount(bins, weight)
    ends = np.cumsum(weight)
    begins = (np.cumsum(by_bin) - by_bin)[bins]
    within = ends - weight / 2 - begins - by_bin[bins] / 2
    return abs(float((weight * axis.is_mixed[bins]) @ (within * other.ranks[order])))
