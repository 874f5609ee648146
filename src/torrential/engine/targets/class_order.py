"""The order of classes: that of labels in ascending order, and that in which they were seen."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Columns = TypeVar("Columns", bound=np.ndarray[Any, Any])


@dataclass(frozen=True)
class ClassOrder:
    """Classes in ascending order, as users get them, and the code that a model has for each.

    A model numbers classes as it first sees them, and has a column for each; two classes share one
    column, positive for code 1. It is mirrored if that class sorts first.

    Attributes
    ----------
    classes : array of shape (n_classes,)
        Labels in ascending order.
    codes : int array of shape (n_classes,)
        Code of each class.

    Examples
    --------
    >>> order = ClassOrder.of(np.array(["spam", "ham"]))
    >>> order.classes
    array(['ham', 'spam'], dtype='<U4')
    >>> order.labels_of(np.array([0, 0, 1]))
    array(['spam', 'spam', 'ham'], dtype='<U4')
    >>> order.by_class(np.array([[2.0], [-1.0]])).tolist()
    [[-2.0], [1.0]]
    """

    classes: NDArray[Any]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, labels: NDArray[Any]) -> Self:
        """Return the order for labels that are given in the order of their codes.

        Raises
        ------
        TypeError
            If the labels have no common order.
        """
        codes = np.argsort(labels, kind="stable")
        return cls(labels[codes], codes)

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Place of each code among the classes, shape (n_classes,)."""
        return np.argsort(self.codes)

    @property
    def is_mirrored(self) -> bool:
        """Whether the one column of two classes is positive for the first of them."""
        return len(self.codes) == 2 and bool(self.codes[0] == 1)

    def labels_of(self, codes: NDArray[np.integer]) -> NDArray[Any]:
        """Return the label of each code."""
        labels: NDArray[Any] = self.classes[self.places[codes]]
        return labels

    def sets_of(self, has_label: NDArray[np.bool_]) -> NDArray[Any]:
        """Return the labels of each row as a tuple, shape (n_rows,), in ascending order.

        Parameters
        ----------
        has_label : bool array of shape (n_rows, n_classes)
            By class.

        Examples
        --------
        >>> order = ClassOrder.of(np.array(["spam", "ham"]))
        >>> order.sets_of(np.array([[True, True], [False, False]])).tolist()
        [('ham', 'spam'), ()]
        """
        return sets_of(self.classes, has_label)

    def by_class(self, columns: Columns, axis: int = -1) -> Columns:
        """Convert an axis from the order of codes to that of classes.

        Parameters
        ----------
        columns : array
            One entry of the axis for each class, or one in all for up to two classes.
        axis : int, default=-1
        """
        return self._taken(columns, self.codes, axis)

    def by_code(self, columns: Columns, axis: int = -1) -> Columns:
        """Convert an axis from the order of classes to that of codes: undo `by_class`."""
        return self._taken(columns, self.places, axis)

    def _taken(self, columns: Columns, order: NDArray[np.intp], axis: int) -> Columns:
        if columns.shape[axis] > 1:
            return columns.take(order, axis)  # type: ignore[return-value]
        return -columns if self.is_mirrored else columns


def sets_of(classes: NDArray[Any], has_label: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the labels of each row as a tuple, shape (n_rows,); see `ClassOrder.sets_of`."""
    rows, places = np.nonzero(has_label)
    labels = classes[places].tolist()
    ends = np.append(0, np.cumsum(np.bincount(rows, minlength=len(has_label)))).tolist()
    sets = (tuple(labels[begin:end]) for begin, end in pairwise(ends))
    return np.fromiter(sets, object, len(has_label))
