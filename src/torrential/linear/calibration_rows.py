"""Rows in the sample of a calibration."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from torrential.linear.model import LATE_MARGIN
from torrential.linear.probability_maps import Sample
from torrential.types import Bool, Float32, Int32, Int64, LabelSets

MAX_SCORES = 2**21
"""Most scores in the sample, of all columns together: 8 MB."""

MAX_ROWS = 2**14

MIN_ROWS = 64
"""Least room for rows in the sample, however many columns they have."""

MOST_PAIRS = 2**18
"""Pairs of a row and a label that the map of several labels is fitted to: it has few parameters."""

Truth = Int32 | Bool
"""The class of each row, shape (n_rows,); or whether it has each label, (n_rows, n_columns)."""


class Part(NamedTuple):
    """Consecutive rows of the sample: their numbers in the stream, and what came."""

    numbers: Int64
    scores: Float32
    codes: Truth
    weights: Float32

    def rows(self, chosen: Any) -> "Part":
        """Return some of the rows."""
        return Part(*(each[chosen] for each in self))

    def after(self, n_before: int) -> "Part":
        """Return the rows with numbers after this many others."""
        return self._replace(numbers=self.numbers + n_before)

    def sample(self) -> Sample:
        """Return what maps are fitted to; of several labels a row, pairs of a row and a label."""
        if self.codes.ndim == 1:
            codes, weights = self.codes.astype(np.int32, copy=False), self.weights
            return Sample(self.scores.astype(np.float64), codes, weights.astype(np.float64))
        some = self.rows(slice(None, None, -(-self.scores.size // MOST_PAIRS) or 1))
        return Sample(
            some.scores.reshape(-1, 1).astype(np.float64),
            some.codes.ravel().astype(np.int32),
            np.repeat(some.weights.astype(np.float64), some.scores.shape[1]),
        )

    def widened(self, n_columns: int) -> "Part":
        """Add columns for classes or labels that came after these rows."""
        if self.codes.ndim == 1:
            return self._replace(scores=widened(self.scores, n_columns))
        after = ((0, 0), (0, n_columns - self.scores.shape[1]))
        scores = np.pad(self.scores, after, constant_values=LATE_MARGIN)
        return self._replace(scores=scores, codes=np.pad(self.codes.astype(np.bool_), after))


def widened(scores: Float32, n_columns: int) -> Float32:
    """Add a column for a class to scores from before it was seen, with its initial score."""
    n_missing = n_columns - scores.shape[1]
    if n_missing == 0:
        return scores
    if scores.shape[1] == 1:
        scores = np.hstack([-scores, scores])
        n_missing -= 1
    return np.hstack([scores, np.full((len(scores), n_missing), LATE_MARGIN, np.float32)])


def most_rows(n_columns: int) -> int:
    """Return how many rows of this many scores a sample has at most."""
    return min(MAX_ROWS, max(MIN_ROWS, MAX_SCORES // n_columns))


def sample_bytes(n_columns: int, n_rows: int | None = None, *, has_sets: bool = False) -> int:
    """Return the memory that the sample of a model takes at most.

    Parameters
    ----------
    n_columns : int
        Scores of a row.
    n_rows : int, optional
        Rows of the data, where they are known.
    has_sets : bool, default=False
        Whether rows have several labels each.

    Examples
    --------
    >>> sample_bytes(115, has_sets=True)
    9617408
    """
    most = most_rows(n_columns)
    kept = most if n_rows is None else min(n_rows, most)
    number, score, weight, code = (np.dtype(each).itemsize for each in ("i8", "f4", "f4", "i4"))
    truth = n_columns if has_sets else code
    return kept * (number + score * n_columns + weight + truth)


def truth_of(codes: Truth | LabelSets, chosen: slice, n_columns: int) -> Truth:
    """Return the classes of some rows, or whether they have each of the first labels."""
    if isinstance(codes, LabelSets):
        return codes.take(chosen).dense(n_columns)
    return codes[chosen].copy()


def joined(parts: Sequence[Part], n_columns: int, *, has_sets: bool) -> Part:
    """Return the rows of all parts, with the same number of columns."""
    empty = Part(
        np.zeros(0, np.int64),
        np.zeros((0, n_columns), np.float32),
        np.zeros((0, n_columns), np.bool_) if has_sets else np.zeros(0, np.int32),
        np.zeros(0, np.float32),
    )
    same = [part.widened(n_columns) for part in parts]
    return Part(*map(np.concatenate, zip(empty, *same, strict=True)))
