"""Online bagging: how often each model learns a row, by the row's hash."""

import math
from dataclasses import dataclass

import numpy as np

from torrential.data.views.row_keys import mixed
from torrential.engine.batches.selection import Chosen, KeyedBatch
from torrential.types import Float32, Int64

MOST = 8
"""Largest number of times that a row is learned; more has a probability of 1e-6."""

CUMULATED = np.cumsum([math.exp(-1) / math.factorial(n) for n in range(MOST)])


@dataclass(frozen=True, slots=True)
class Resample:
    """The rows of one model of a bag, with their weights.

    In a bootstrap sample of n rows each one occurs Binomial(n, 1/n) times, which tends to a Poisson
    distribution with mean 1: so each row of a stream is given such a weight (Oza and Russell,
    "Online bagging and boosting", 2001). Here it is a function of the row's hash and the model's
    number, and so the same in every epoch, and for any number of workers.

    Attributes
    ----------
    number : int
        Number of the model.
    """

    number: int

    def weights(self, keys: Int64) -> Float32:
        """Return the weight of each row, shape (n_rows,), by its hash."""
        drawn = mixed(keys.view(np.uint64), self.number)
        share = (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return np.searchsorted(CUMULATED, share, side="right").astype(np.float32)

    def __call__(self, batch: KeyedBatch) -> Chosen:
        """Return the rows that have a weight."""
        times = self.weights(batch.keys)
        rows = np.flatnonzero(times)
        return Chosen(rows, times[rows])
