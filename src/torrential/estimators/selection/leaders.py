"""Which candidates of a search lead while they learn, by their progressive accuracy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from torrential.estimators.selection.run import FoldRun

FIRST_ROWS = 1024
"""Rows after which the leaders are first reported, and again whenever the rows have doubled."""

N_REPORTED = 3


class Leaders:
    """Reports the leading candidates from time to time.

    Parameters
    ----------
    fits : FoldRun
    settings : sequence of dict
        Parameters of each candidate.
    """

    def __init__(self, fits: FoldRun, settings: Sequence[Mapping[str, Any]]) -> None:
        self._fits = fits
        self._settings = settings
        self._next = FIRST_ROWS
        self._reported = np.zeros(0)

    def after_rows(self, n_rows: int) -> None:
        """Report the leading candidates if the rows have doubled."""
        if n_rows < self._next or len(self._settings) == 1:
            return
        accuracies = np.array(self._fits.progressive())
        if np.isnan(accuracies).all() or np.array_equal(accuracies, self._reported, equal_nan=True):
            return
        self._reported = accuracies
        while self._next <= n_rows:
            self._next *= 2
        n_known = int(np.count_nonzero(~np.isnan(accuracies)))
        order = np.argsort(-np.nan_to_num(accuracies, nan=-1.0), kind="stable")
        order = order[: min(N_REPORTED, n_known)]
        words = [f"{accuracies[place]:.4f} {_shown(self._settings[place])}" for place in order]
        self._fits.report(f"leading after {n_rows:,} rows: {'; '.join(words)}")

    def best(self) -> tuple[int, float] | None:
        """Return the place of the leader, and its accuracy; None without one."""
        accuracies = np.array(self._fits.progressive())
        if len(accuracies) == 0 or np.isnan(accuracies).all():
            return None
        place = int(np.nanargmax(accuracies))
        return place, float(accuracies[place])


def _shown(setting: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in setting.items())
