"""Charts of numbers as SVG: targets against predictions, and means by groups of predictions."""

from collections.abc import Sequence

import numpy as np

from torrential.engine.reporting.number_report import PredictionGroup
from torrential.evaluation.findings.heat_map import HeatMap
from torrential.pages.charts import Frame, svg
from torrential.pages.numbers import amount, figure, short, ticks

N_SHADES = 8
"""Shades of the heat map."""

SQUARE = 380
"""Height of a chart whose axes are alike."""


def heat_map_chart(found: HeatMap) -> str:
    """Draw how many rows have a target and a prediction, darker where they are more."""
    weights = np.array(found.weights)
    if not weights.any():
        return ""
    low, high = found.edges[0], found.edges[-1]
    frame = Frame((low, high), (low, high), height=SQUARE)
    # By the root of the weight, so that rare pairs are seen, too.
    shades = np.ceil(N_SHADES * np.sqrt(weights / weights.max())).astype(int)
    paths = []
    for shade in range(1, N_SHADES + 1):
        cells = "".join(
            _cell(frame, found.edges, row, column)
            for row, column in np.argwhere(shades == shade).tolist()
        )
        if cells:
            paths.append(f'<path class="heat" fill-opacity="{shade / N_SHADES:.3g}" d="{cells}"/>')
    across = [(each, short(each)) for each in found.levels or ticks(low, high, 5)]
    return svg(
        "Targets against predictions: how many rows have both",
        frame.axes(across, ("target", "prediction")),
        *paths,
        frame.path([(low, low), (high, high)], "ideal"),
        height=SQUARE,
    )


def _cell(frame: Frame, edges: Sequence[float], row: int, column: int) -> str:
    """Return the rectangle of a bin of the target, across, and one of the prediction, up."""
    left, bottom = frame.at(edges[row], edges[column])
    right, top = frame.at(edges[row + 1], edges[column + 1])
    return f"M{left:.1f} {bottom:.1f}H{right:.1f}V{top:.1f}H{left:.1f}z"


def calibration_chart(groups: Sequence[PredictionGroup]) -> str:
    """Draw the mean target of groups of predictions by their mean prediction."""
    if len(groups) < 2:
        return ""
    points = [(each.mean_prediction, each.mean_target) for each in groups]
    values = [value for point in points for value in point]
    room = 0.04 * (max(values) - min(values)) or 1.0
    low, high = min(values) - room, max(values) + room
    frame = Frame((low, high), (low, high), height=SQUARE)
    titles = [
        f"{figure(each.low)} to {figure(each.high)}: on average {figure(each.mean_prediction)} is "
        f"predicted and {figure(each.mean_target)} is true, of {amount(each.weight)} rows"
        for each in groups
    ]
    across = [(each, short(each)) for each in ticks(low, high, 5)]
    return svg(
        "Mean target by mean prediction, of groups of rows",
        frame.axes(across, ("mean prediction", "mean target")),
        frame.path([(low, low), (high, high)], "ideal"),
        frame.path(points),
        frame.dots(points, titles, 3.5),
        height=SQUARE,
    )
