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
