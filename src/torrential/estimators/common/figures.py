"""Figures: matplotlib, if it is installed."""

from typing import Any

from torrential.extras import extra_module


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``.

    Raises
    ------
    ParameterError
        If matplotlib is not installed.
    """
    return extra_module("matplotlib", "A figure", "matplotlib.pyplot")


def axes(ax: Any, size: tuple[float, float]) -> Any:
    """Return axes to draw on: the given ones, or those of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes or None
    size : tuple of float
        Width and height of a new figure, in inches.
    """
    return pyplot().subplots(figsize=size, layout="constrained")[1] if ax is None else ax
