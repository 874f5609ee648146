"""Weights of pairs of numbers, in cells that are as fine as the memory for them allows."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from torrential.types import Bool, Float64, Int64

MOST_CELLS = 2**17
"""Cells with rows, at most: about 3 MB."""

SIGN = np.uint64(2**63)
LAST_BIT = 63

UInt64 = NDArray[np.uint64]
Ends = tuple[Float64, Float64]


class Cells(NamedTuple):
    """Cells in ascending order, of bins of the first number and of the second.

    Attributes
    ----------
    first, second : uint64 array of shape (n_cells,)
        The least of the numbers in each cell, as whole numbers of the same order.
    is_one_first, is_one_second : bool array of shape (n_cells,)
        Whether all of these numbers are equal.
    weight : float64 array of shape (n_cells,)
        Sum of the weights of the rows in each cell.
    """

    first: UInt64
    second: UInt64
    is_one_first: Bool
    is_one_second: Bool
    weight: Float64


class PairSketch:
    """Weights of rows by two numbers each: a summary.

    Up to 131,072 different pairs are kept as they are, and merged exactly in any order, as long as
    the weights are whole numbers. Beyond that, the last bits of numbers are ignored, of each of the
    two until it has few enough bins: a cell then has pairs that differ little, whatever their unit,
    sign and distance from 0. Rows then have the same cells if they are added and merged in the same
    order.

    Parameters
    ----------
    most_cells : int
        At least 4.

    Examples
    --------
    >>> sketch = PairSketch()
    >>> sketch.update(np.array([1.0, 2.0, 1.0]), np.array([0.5, 0.5, 0.5]))
    >>> sketch.cells().weight
    array([2., 1.])
    """

    def __init__(self, most_cells: int = MOST_CELLS) -> None:
        self._most_cells = most_cells
        self._level = 0
        self._ignored = (0, 0)  # bits of the first and of the second number
        self._parts: list[Cells] = []
        self._n_new = 0

    def update(
        self, first: NDArray[Any], second: NDArray[Any], weight: NDArray[Any] | None = None
    ) -> None:
        """Add a batch of finite numbers.

        Parameters
        ----------
        first, second : array of shape (n_rows,)
        weight : array of shape (n_rows,), default=None
            All 1 by default.
        """
        weights: Float64 = np.ones(len(first)) if weight is None else np.array(weight, np.float64)
        are_one = np.ones(len(first), np.bool_)
        self._add(Cells(ordered(first), ordered(second), are_one, are_one, weights))

    def merge(self, other: Self) -> Self:
        """Add the rows of another summary."""
        cells, ours, theirs = other.cells(), self._ignored, other._ignored
        self._ignored = max(ours[0], theirs[0]), max(ours[1], theirs[1])
        self._level = max(self._level, other._level)
        self._add(cells)
        return self

    def cells(self) -> Cells:
        """Return the cells of all rows."""
        if self._n_new > 0:
            cells = _distinct(_joined(self._parts), self._ignored)
            if len(cells.weight) > self._most_cells:
                cells = self._coarser(cells)
            self._parts, self._n_new = [cells], 0
        return self._parts[0] if self._parts else _joined([])

    def bins(self, cells: Cells) -> tuple[Int64, Int64]:
        """Return the number of the bin of each cell, from 0, by the first and second number."""
        first, second = (
            np.unique(_bins(numbers, ignored), return_inverse=True)[1].astype(np.int64)
            for numbers, ignored in zip(cells[:2], self._ignored, strict=True)
        )
        return first, second

    def ends(self, cells: Cells) -> tuple[Ends, Ends]:
        """Return the least and the largest of the numbers that each cell may have, of both."""
        ends = []
        for numbers, are_one, ignored in zip(cells[:2], cells[2:4], self._ignored, strict=True):
            mask = np.uint64((1 << ignored) - 1)
            last = np.where(are_one, numbers, numbers | mask)
            ends.append((unordered(numbers), unordered(last)))
        return ends[0], ends[1]

    def _add(self, cells: Cells) -> None:
        if len(cells.weight) > 0:
            self._parts.append(cells)
            self._n_new += len(cells.weight)
        if self._n_new >= 2 * self._most_cells:
            self.cells()

    def _coarser(self, cells: Cells) -> Cells:
        """Return few enough cells, and ignore the bits that are to be ignored for that.

        Each level halves the number of bins that the two numbers may have together.
        """
        first, of_first = np.unique(cells.first, return_inverse=True)
        second, of_second = np.unique(cells.second, return_inverse=True)

        def ignored_at(level: int) -> tuple[int, int]:
            most = max(2, int(self._most_cells / 2 ** (level / 2)))
            return (
                _least_ignored(first, most, self._ignored[0]),
                _least_ignored(second, most, self._ignored[1]),
            )

        def are_few(level: int) -> bool:
            ignored = ignored_at(level)
            bins = _numbered(first, ignored[0])[of_first], _numbered(second, ignored[1])[of_second]
            places = np.sort(bins[0] * len(second) + bins[1])
            return int(np.count_nonzero(places[1:] != places[:-1])) < self._most_cells

        low, high = self._level, self._level + 1  # with low there are too many
        while not are_few(high):
            low, high = high, high + 2 * (high - low)
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (low, middle) if are_few(middle) else (middle, high)
        self._level, self._ignored = high, ignored_at(high)
        return _distinct(cells, self._ignored)


def ordered(numbers: NDArray[Any]) -> UInt64:
    """Return whole numbers in the order of floating-point numbers."""
    bits = np.array(numbers, np.float64).view(np.uint64)
    size = bits & ~SIGN  # so -0 is 0
    ordered: UInt64 = np.where(bits & SIGN, SIGN - size, SIGN + size)
    return ordered


def unordered(numbers: UInt64) -> Float64:
    """Return the floating-point numbers of whole numbers: the inverse of `ordered`.

    >>> unordered(ordered(np.array([-1.5, 0.0, 2.0]))).tolist()
    [-1.5, 0.0, 2.0]
    """
    is_negative = numbers < SIGN
    bits = np.where(is_negative, (SIGN - numbers) | SIGN, numbers - SIGN)
    found: Float64 = bits.view(np.float64)
    return found


def _bins(numbers: UInt64, ignored: int) -> UInt64:
    return numbers >> np.uint64(ignored)


def _numbered(numbers: UInt64, ignored: int) -> Int64:
    """Return the number of the bin, from 0, of each of ascending numbers."""
    bins = _bins(numbers, ignored)
    return np.append(0, np.cumsum(bins[1:] != bins[:-1]))


def _least_ignored(numbers: UInt64, most: int, ignored: int) -> int:
    """Return how many bits to ignore at least, so that ascending numbers have few enough bins."""
    while ignored < LAST_BIT:
        bins = _bins(numbers, ignored)
        if np.count_nonzero(bins[1:] != bins[:-1]) < most:
            break
        ignored += 1
    return ignored


_NONE = Cells(
    np.zeros(0, np.uint64),
    np.zeros(0, np.uint64),
    np.zeros(0, np.bool_),
    np.zeros(0, np.bool_),
    np.zeros(0),
)


def _joined(parts: Sequence[Cells]) -> Cells:
    first, second, is_one_first, is_one_second, weight = (
        np.concatenate([getattr(each, name) for each in (_NONE, *parts)]) for name in Cells._fields
    )
    return Cells(first, second, is_one_first, is_one_second, weight)


def _distinct(cells: Cells, ignored: tuple[int, int]) -> Cells:
    """Return each cell once, in ascending order."""
    if len(cells.weight) == 0:
        return cells
    first, second = _bins(cells.first, ignored[0]), _bins(cells.second, ignored[1])
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    is_new = np.append(True, (first[1:] != first[:-1]) | (second[1:] != second[:-1]))
    starts = np.flatnonzero(is_new)
    first, is_one_first = _least(cells.first[order], cells.is_one_first[order], starts)
    second, is_one_second = _least(cells.second[order], cells.is_one_second[order], starts)
    weight = np.add.reduceat(cells.weight[order], starts)
    return Cells(first, second, is_one_first, is_one_second, weight)


def _least(numbers: UInt64, are_one: Bool, starts: Int64) -> tuple[UInt64, Bool]:
    """Return the least number from each start to the next, and whether all are equal."""
    least, largest = (each.reduceat(numbers, starts) for each in (np.minimum, np.maximum))
    return least, np.logical_and.reduceat(are_one, starts) & (least == largest)
