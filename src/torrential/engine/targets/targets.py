"""Targets of rows as a linear model learns them: codes of classes, numbers, or sets of codes."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from torrential.engine.targets.labels import UNLABELED, Encoded, Labels, by_first_row
from torrential.engine.targets.levels import Levels
from torrential.errors import DataError
from torrential.linear import LinearSettings
from torrential.types import Bool, Float32, Float64, Int32, Int64, LabelSets

Targets = Int32 | Float32 | LabelSets
"""Codes of classes, -1 for rows without a label; or numbers, NaN for those; or sets of codes."""

Sets = tuple[Int64, Int32]
"""The sets that codes are of: `LabelSets.starts` and `LabelSets.members`."""

LARGEST = float(np.finfo(np.float32).max)


class TargetTable(Protocol):
    """Turns the targets of batches, which have places among the batch's values, to `Targets`."""

    def targets(self, encoded: Encoded | None, n_rows: int) -> Int32 | Float32:
        """Return the target of each row of a batch; that of a set is its number in the window.

        Parameters
        ----------
        encoded : Encoded or None
            None for rows without targets.
        n_rows : int
        """
        ...

    def sets(self) -> Sets | None:
        """Return the sets that were numbered, and begin another window; None without sets."""
        ...


class Numbers:
    """The table of regression: a target is its own value.

    Parameters
    ----------
    levels : Levels, default=None
        All targets have to be among them.

    Examples
    --------
    >>> Numbers().targets(Encoded(np.array([1, 0, -1], np.int32), [0.5, 3]), 3)
    array([3. , 0.5, nan], dtype=float32)
    """

    def __init__(self, levels: Levels | None = None) -> None:
        self._levels = levels

    def targets(self, encoded: Encoded | None, n_rows: int) -> Float32:
        """Return the number of each row of a batch, or raise a DataError for one that is none."""
        return self.exact(encoded, n_rows).astype(np.float32)

    def exact(self, encoded: Encoded | None, n_rows: int) -> Float64:
        """Return the same numbers in double precision."""
        if encoded is None:
            return np.full(n_rows, np.nan)
        values = np.array([*map(_number, encoded.values), np.nan])  # the last one is for -1
        if self._levels is not None:
            self._levels.check(values)
        numbers: Float64 = values[encoded.codes]
        return numbers

    def sets(self) -> None:
        """Return None: a row has one number."""


class SetTable:
    """The table of several labels a row: sets are numbered in each window, labels once.

    So memory is that of a window's sets, however many the rows have in all.

    Parameters
    ----------
    labels : Labels
        New labels are added.

    Examples
    --------
    >>> table = SetTable(Labels())
    >>> table.targets(Encoded(np.array([1, 0, -1], np.int32), [("a", "b"), ("b",)]), 3)
    array([ 0,  1, -1], dtype=int32)
    >>> table.sets()
    (array([0, 1, 3]), array([0, 0, 1], dtype=int32))
    """

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._begin()

    def _begin(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._members: list[int] = []
        self._ends = [0]

    def targets(self, encoded: Encoded | None, n_rows: int) -> Int32:
        """Return the number of each row's set, -1 for rows without one."""
        if encoded is None:
            return np.full(n_rows, UNLABELED, np.int32)
        numbers = np.full(len(encoded.values) + 1, UNLABELED, np.int32)  # the last one is for -1
        for place in by_first_row(encoded.codes):
            value = as_set(encoded.values[place])
            number = self._numbers.get(value)
            if number is None:
                number = self._numbers[value] = len(self._numbers)
                self._members += sorted(map(self._labels.code_of, value))
                self._ends.append(len(self._members))
            numbers[place] = number
        return numbers[encoded.codes]

    def sets(self) -> Sets:
        """Return the sets that were numbered, and begin another window."""
        found = np.array(self._ends, np.int64), np.array(self._members, np.int32)
        self._begin()
        return found


def table_of(settings: LinearSettings, labels: Labels, levels: Levels | None = None) -> TargetTable:
    """Return the table of the targets of a linear model: its labels, sets of them, or numbers."""
    if settings.is_regression:
        return Numbers(levels)
    return SetTable(labels) if settings.multilabel else labels


def as_set(value: Any) -> tuple[Any, ...]:
    """Return a set of labels: of a single label, with that one only."""
    return value if isinstance(value, tuple) else (value,)


def sets_of(encoded: Encoded, labels: Labels) -> LabelSets:
    """Return the sets of the rows of a batch; new labels are added."""
    table = SetTable(labels)
    codes = table.targets(encoded, len(encoded.codes))
    return LabelSets(codes, *table.sets())


def of_window(targets: Int32 | Float32, table: TargetTable) -> Targets:
    """Return the targets of a window, of which a table has given all."""
    sets = table.sets()
    return targets if sets is None else LabelSets(targets.astype(np.int32), *sets)


def taken(targets: Targets, rows: Int64 | Bool) -> Any:
    """Return the targets of some rows."""
    return targets.take(rows) if isinstance(targets, LabelSets) else targets[rows]


def _number(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise DataError(
            f"The target {value!r} is not a number: give a column of numbers, or learn classes."
        ) from None
    if not abs(number) <= LARGEST:
        raise DataError(
            f"The target {value!r} is not a finite float32 number: correct or leave out its row."
        )
    return number


def are_labeled(targets: Targets | Float64) -> Bool:
    """Return which rows have a target.

    Examples
    --------
    >>> are_labeled(np.array([0, -1], np.int32)), are_labeled(np.array([np.nan, -1], np.float32))
    (array([ True, False]), array([False,  True]))
    """
    if isinstance(targets, LabelSets):
        targets = targets.codes
    labeled: Bool = ~np.isnan(targets) if targets.dtype.kind == "f" else targets > UNLABELED
    return labeled


def labeled_rows(
    numbers: Float32 | Float64, predicted: NDArray[Any], weight: Float32 | None
) -> tuple[Any, NDArray[Any], Float32 | None]:
    """Return targets, predictions and weights, shape (n_rows,), of the rows that have a number.

    >>> labeled_rows(np.array([np.nan, 2.0]), np.array([1.0, 3.0]), None)
    (array([2.]), array([3.]), None)
    """
    labeled = are_labeled(numbers)
    return numbers[labeled], predicted[labeled], None if weight is None else weight[labeled]
