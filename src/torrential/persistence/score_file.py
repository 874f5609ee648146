"""Scores on disk, in the order of rows, and the exact value of the k-th highest one."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.persistence.outputs import is_replaceable
from torrential.persistence.whole_file import temporary_next_to
from torrential.types import Bool, Float32, Int64

CHUNK = 1 << 20
"""Scores that are read at a time."""

HALF = np.uint32(16)

SIGN = np.uint32(1 << 31)

NO_SCORE = np.uint32(0xFF800000)
"""Key of a row that has no score; all finite numbers are below it."""


def keys_of(scores: Float32) -> NDArray[np.uint32]:
    """Return integers in the order of numbers, and `NO_SCORE` for what is not finite.

    The bits of positive numbers are in their order, and those of negative ones in the opposite.

    >>> keys_of(np.array([-2, -1, -0.0, 0, 1, np.nan], np.float32)).argsort().tolist()
    [0, 1, 2, 3, 4, 5]
    """
    bits = (np.asarray(scores, np.float32) + np.float32(0)).view(np.uint32)  # -0 is 0
    keys = np.where(bits & SIGN, ~bits, bits | SIGN)
    return np.where(np.isfinite(scores), keys, NO_SCORE)


class ScoreFile:
    """Scores of rows, source by source, as keys in their order; in memory are two histograms only.

    The upper half of the bits of the k-th highest key is found by counting while they are written,
    and the lower half by reading them once more: the exact value, whatever the distribution.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._upper = np.zeros(1 << 16, np.int64)
        self._n_written = 0
        self._starts = [0]

    @property
    def n_scores(self) -> int:
        """Rows that have a score."""
        return int(self._upper.sum())

    def write(self, scores: Float32) -> None:
        """Write the scores of the next rows; nan for none."""
        keys = keys_of(scores)
        self._file.write(keys.data)
        np.add.at(self._upper, keys[keys < NO_SCORE] >> HALF, 1)
        self._n_written += len(keys)

    @property
    def n_sources(self) -> int:
        """Sources that have ended."""
        return len(self._starts) - 1

    def end_source(self) -> None:
        """Mark the end of a source."""
        self._starts.append(self._n_written)

    def mark(self) -> tuple[int, int, Int64]:
        """Return the place that is reached, for `return_to`."""
        return self._n_written, len(self._starts), self._upper.copy()

    def return_to(self, mark: tuple[int, int, Int64]) -> None:
        """Forget the scores behind a place."""
        self._n_written, n_starts, self._upper = mark
        del self._starts[n_starts:]
        self._file.seek(4 * self._n_written)
        self._file.truncate()

    def close(self) -> None:
        """End writing."""
        self._file.close()

    def marks(self, cut: "Cut", first: int, stop: int) -> list["Marks"]:
        """Return which rows of some sources are kept."""
        return [
            Marks(self.path, self._starts[number], self._starts[number + 1], cut, number)
            for number in range(first, stop)
        ]

    def cut(self, n_kept: int) -> "Cut":
        """Return which scores are the `n_kept` highest; of equal ones, the first are taken."""
        self._file.close()
        if n_kept >= self.n_scores:
            return Cut(0, False, np.zeros(len(self._starts), np.int64), n_kept)
        from_top = np.cumsum(self._upper[::-1])
        upper = len(from_top) - 1 - int(np.searchsorted(from_top, n_kept))
        above = int(self._upper[upper + 1 :].sum())
        lower_counts = np.zeros(1 << 16, np.int64)
        for bits in self._chunks():
            of_upper = bits[bits >> HALF == upper]
            lower_counts += np.bincount(of_upper & np.uint32(0xFFFF), minlength=1 << 16)
        from_top = above + np.cumsum(lower_counts[::-1])
        lower = len(from_top) - 1 - int(np.searchsorted(from_top, n_kept))
        n_equal = n_kept - above - int(lower_counts[lower + 1 :].sum())
        bits_of_cut = upper << 16 | lower
        return Cut(bits_of_cut, True, self._equal_before(bits_of_cut), n_equal)

    def _equal_before(self, value: int) -> Int64:
        """Return how many scores before each source are equal to the value."""
        counts = [0]
        for start, stop in pairwise(self._starts):
            equal = 0
            for begin in range(start, stop, CHUNK):
                bits = bits_in(self.path, begin, min(stop, begin + CHUNK))
                equal += int(np.count_nonzero(bits == value))
            counts.append(counts[-1] + equal)
        return np.array(counts, np.int64)

    def _chunks(self) -> Iterator[NDArray[np.uint32]]:
        for begin in range(0, self._n_written, CHUNK):
            yield bits_in(self.path, begin, min(self._n_written, begin + CHUNK))


class Cut:
    """Which scores are the highest.

    Parameters
    ----------
    value : int
        Bits of the lowest one that is kept.
    has_ties : bool
        Whether only some of the scores that are equal to it are kept, not all from it on.
    equal_before : int64 array of shape (n_sources + 1,)
    n_equal : int
        How many of the equal ones are kept.
    """

    def __init__(self, value: int, has_ties: bool, equal_before: Int64, n_equal: int) -> None:
        self._value, self._has_ties = np.uint32(value), has_ties
        self._equal_before, self._n_equal = equal_before, n_equal

    def kept(self, bits: NDArray[np.uint32], source: int) -> Bool:
        """Return which scores of a source are kept, given the bits of all of them."""
        kept: Bool = (bits >= self._value) & (bits < NO_SCORE)
        if self._has_ties:
            equal = np.flatnonzero(bits == self._value)
            first_left_out = max(0, self._n_equal - int(self._equal_before[source]))
            kept[equal[first_left_out:]] = False
        return kept


class Marks:
    """Which rows of a source are kept: read when they are used, and sent to workers as bits.

    Parameters
    ----------
    path : Path
    start, stop : int
    cut : Cut
    source : int
    """

    def __init__(self, path: Path, start: int, stop: int, cut: Cut, source: int) -> None:
        self._path, self._start, self._stop = path, start, stop
        self._cut, self._source = cut, source

    def load(self) -> Bool:
        """Return which rows are kept, shape (n_rows,)."""
        return self._cut.kept(bits_in(self._path, self._start, self._stop), self._source)

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedMarks, (np.packbits(self.load()).tobytes(), self._stop - self._start)


class PackedMarks:
    """Which rows of a source are kept, on a worker.

    Parameters
    ----------
    packed : bytes
    n_rows : int
    """

    def __init__(self, packed: bytes, n_rows: int) -> None:
        self._packed, self._n_rows = packed, n_rows

    def load(self) -> Bool:
        """Return which rows are kept, shape (n_rows,)."""
        bits = np.unpackbits(np.frombuffer(self._packed, np.uint8), count=self._n_rows)
        return bits.astype(np.bool_)


def bits_in(path: Path, start: int, stop: int) -> NDArray[np.uint32]:
    """Return the bits of some of the scores in a file."""
    return np.fromfile(path, np.uint32, stop - start, offset=4 * start)


@contextmanager
def temporary_scores(output: Any) -> Iterator[ScoreFile]:
    """Yield a file of scores next to an output, or in the system's folder for a pipe."""
    with ExitStack() as stack:
        if is_replaceable(output):
            path = stack.enter_context(temporary_next_to(Path(output)))
        else:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory()), "scores")
        scores = ScoreFile(path)
        stack.callback(scores.close)
        yield scores
