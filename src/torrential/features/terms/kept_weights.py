"""Document frequencies of the columns that a compact model keeps, a byte each."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from torrential.features.views import View, column_edges
from torrential.features.weighting import Weighting
from torrential.kernels.kept.ranks import Ranks, ranks_of
from torrential.types import Float32, Int64, UInt8

MANTISSA_BITS = 3
"""Steps of an octave, as a power of two: a count is exact to 1 / 16."""

PRECISION = 1024
"""Weights of terms are rounded to 1 over this, so that the logarithm of no machine differs."""

N_OCTAVES = 2**8


def octaves_of(counts: Int64) -> UInt8:
    """Return the steps on a scale of octaves that are next to numbers of documents, plus 1.

    Examples
    --------
    >>> octaves_of(np.array([0, 1, 2, 1000, 1010, 2001]))
    array([  0,   8,  12,  79,  79,  87], dtype=uint8)
    """
    shift = 23 - MANTISSA_BITS
    from_one = counts.astype(np.int64) + 1  # counts of files have 32 bits where that is enough
    bits = np.minimum(from_one, 2**31).astype(np.float32).view(np.int32) >> shift
    octaves: UInt8 = (bits - (127 << MANTISSA_BITS)).astype(np.uint8)
    return octaves


def idf_by_octave(n_documents: int) -> Float32:
    """Return the inverse document frequency of each octave, as scikit-learn's of its counts.

    Parameters
    ----------
    n_documents : int
    """
    steps = 1 << MANTISSA_BITS
    result = np.zeros(N_OCTAVES, np.float32)
    for octave in range(N_OCTAVES):
        exponent, step = divmod(octave, steps)
        low = 2**exponent * (steps + step) / steps
        width = max(2**exponent / steps, 1.0)
        idf = math.log((n_documents + 1) / (low + (width - 1) / 2)) + 1
        result[octave] = round(idf * PRECISION) / PRECISION
    return result


@dataclass
class KeptWeights:
    """The weighting of rows whose other columns were left out.

    A column that was left out counts as one that no document had: it has no part in the norm.

    Attributes
    ----------
    octaves : uint8 array of shape (n_kept,)
    columns : int64 array of shape (n_kept,)
    n_features : int
    """

    octaves: UInt8
    columns: Int64
    n_features: int
    ranks: Ranks = field(init=False)

    def __post_init__(self) -> None:
        self.ranks = ranks_of(self.columns, self.n_features)

    def factors(self, n_documents: int, views: tuple[View, ...]) -> Float32:
        """Return the factor of each column: its IDF, or 1 in a view without."""
        return factors_of(self.octaves, self.columns, self.n_features, n_documents, views)

    def weighting(self, n_documents: int, norm: Any, views: tuple[View, ...]) -> Weighting:
        """Return the weighting of rows."""
        factors = self.factors(n_documents, views)
        return Weighting(False, factors, norm, views, self.ranks, self.n_features)


def factors_of(
    octaves: UInt8, columns: Int64, n_features: int, n_documents: int, views: tuple[View, ...]
) -> Float32:
    """Return the factor of some columns, by their octaves: the IDF, or 1 in a view without."""
    factors = idf_by_octave(n_documents)[octaves]
    if views:
        edges = column_edges(n_features, len(views))
        has_idf = np.array([view.idf for view in views])
        factors[~has_idf[np.searchsorted(edges, columns, "right") - 1]] = 1
    return factors
