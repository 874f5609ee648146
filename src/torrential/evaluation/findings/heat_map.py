"""Rows by target and prediction in a grid, from cells of pairs that a pass has kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from torrential.evaluation.cells import PairSketch
from torrential.types import Float64

N_BINS = 40
"""Bins of each axis."""

N_WITHIN = 4
"""Points of each axis that a cell of several pairs is spread over."""

LEFT_OUT = 0.002
"""Share of the rows at each end that does not set the axes; these rows are in the last bins."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A grid.

    Attributes
    ----------
    edges : tuple of float
        Ascending, of both axes; the first bin and the last have all rows beyond.
    weights : tuple of tuples of float
        Of the rows, by bin of the target and bin of the prediction.
    levels : tuple of float
        What the bins are of, where predictions are levels; else empty.
    """

    edges: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    levels: tuple[float, ...] = ()


def heat_map(pairs: PairSketch, levels: Sequence[float] = ()) -> HeatMap:
    """Return the grid of pairs of target and prediction.

    Parameters
    ----------
    pairs : PairSketch
    levels : sequence of float, default=()
        Ascending; each has a bin.

    Examples
    --------
    >>> pairs = PairSketch()
    >>> pairs.update(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 2.0]))
    >>> heat_map(pairs, [1.0, 2.0]).weights
    ((1.0, 1.0), (0.0, 1.0))
    """
    true, predicted, weights = points(pairs)
    if levels:
        middle = np.array(levels)
        steps = np.diff(middle) / 2
        inner = middle[:-1] + steps
        edges = np.concatenate([[middle[0] - steps[0]], inner, [middle[-1] + steps[-1]]])
    else:
        edges = _edges(np.concatenate([true, predicted]), np.concatenate([weights, weights]))
        inner = edges[1:-1]
    n_bins = len(inner) + 1
    rows, columns = (np.searchsorted(inner, each, side="right") for each in (true, predicted))
    grid = np.bincount(rows * n_bins + columns, weights, n_bins * n_bins)
    lines = np.round(grid.reshape(n_bins, n_bins), 4).tolist()
    return HeatMap(tuple(edges.tolist()), tuple(map(tuple, lines)), tuple(levels))


def points(pairs: PairSketch) -> tuple[Float64, Float64, Float64]:
    """Return targets, predictions and weights, each of shape (n_points,).

    A cell of several pairs is spread evenly.
    """
    cells = pairs.cells()
    first, second = pairs.ends(cells)
    if (first[0] == first[1]).all() and (second[0] == second[1]).all():
        return first[0], second[0], cells.weight
    parts = (np.arange(N_WITHIN) + 0.5) / N_WITHIN
    across = first[0][:, None] + parts * (first[1] - first[0])[:, None]
    up = second[0][:, None] + parts * (second[1] - second[0])[:, None]
    weights = np.repeat(cells.weight / N_WITHIN**2, N_WITHIN**2)
    return np.repeat(across, N_WITHIN, axis=1).ravel(), np.tile(up, N_WITHIN).ravel(), weights


def _edges(numbers: Float64, weights: Float64) -> Float64:
    """Return equal bins of what most of the numbers are in."""
    order = np.argsort(numbers, kind="stable")
    reached = np.cumsum(weights[order])
    shares = np.array([LEFT_OUT, 1 - LEFT_OUT]) * reached[-1]
    low, high = numbers[order][np.minimum(np.searchsorted(reached, shares), len(order) - 1)]
    if low == high:
        room = 0.5 * max(abs(low), 1.0)
        low, high = low - room, high + room
    return np.linspace(low, high, N_BINS + 1)
