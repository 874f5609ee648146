"""Figures: matplotlib, if it is installed."""

from typing import Any

from torrential.errors import ParameterError


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``.

    Raises
    ------
    ParameterError
        It is not installed.
    """
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        raise ParameterError(
            "Figures need matplotlib: install torrential with its extra, torrential[figures]."
        ) from None
    return plt
