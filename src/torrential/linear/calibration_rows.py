"""Rows in the sample of a calibration."""

from typing import Any, NamedTuple

import numpy as np

from torrential.linear.model import LATE_MARGIN
from torrential.linear.probability_maps import Sample
from torrential.types import Float32, Int32, Int64


class Part(NamedTuple):
    """Consecutive rows of the sample: their numbers in the stream, and what came."""

    numbers: Int64
    scores: Float32
    codes: Int32
    weights: Float32

    def rows(self, chosen: Any) -> "Part":
        """Return some of the rows."""
        return Part(*(each[chosen] for each in self))

    def after(self, n_before: int) -> "Part":
        """Return the rows with numbers after this many others."""
        return self._replace(numbers=self.numbers + n_before)

    def sample(self) -> Sample:
        """Return what maps are fitted to."""
        return Sample(self.scores.astype(np.float64), self.codes, self.weights.astype(np.float64))


def widened(scores: Float32, n_columns: int) -> Float32:
    """Add a column for a class to scores from before it was seen, with its initial score."""
    n_missing = n_columns - scores.shape[1]
    if n_missing == 0:
        return scores
    if scores.shape[1] == 1:
        scores = np.hstack([-scores, scores])
        n_missing -= 1
    return np.hstack([scores, np.full((len(scores), n_missing), LATE_MARGIN, np.float32)])
