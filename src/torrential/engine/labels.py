"""Labels as codes, numbered as they are first seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.errors import DataError
from torrential.types import Int32

UNLABELLED = -1
"""Code of a null label."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Labels of a batch by their place among its own different ones; made where it was read.

    Attributes
    ----------
    codes : int32 array of shape (n_rows,), -1 for null
    values : list
        The different labels, as Python objects.
    """

    codes: Int32
    values: list[Any]


def encode(target: pa.Array) -> Encoded:
    """Give the different labels of a batch numbers; null and NaN are none."""
    if pa.types.is_dictionary(target.type):
        target = target.dictionary_decode()
    if pa.types.is_floating(target.type):
        target = pc.if_else(pc.is_nan(target), None, target)
    if pa.types.is_null(target.type):
        return Encoded(np.full(len(target), UNLABELLED, np.int32), [])
    dictionary = target.dictionary_encode()
    codes = dictionary.indices.fill_null(UNLABELLED).to_numpy(zero_copy_only=False)
    values = dictionary.dictionary.to_pylist()
    return Encoded(codes.astype(np.int32), values)


class Labels:
    """All labels seen so far, in the order in which they were first seen.

    Examples
    --------
    >>> labels = Labels()
    >>> labels.codes(encode(pa.array(["spam", "ham", "spam"])))
    array([0, 1, 0], dtype=int32)
    >>> labels.sorted()
    (array(['ham', 'spam'], dtype='<U4'), array([1, 0]))
    """

    def __init__(self, values: list[Any] | None = None) -> None:
        self.values: list[Any] = list(values or [])
        self._codes = {value: code for code, value in enumerate(self.values)}

    def __len__(self) -> int:
        return len(self.values)

    def codes(self, encoded: Encoded, *, add: bool = True) -> Int32:
        """Return each row's code; an unknown label is added, or else counts as unlabelled."""
        known = [self._codes.get(value, UNLABELLED) for value in encoded.values]
        if add and UNLABELLED in known:
            for place in _by_first_row(encoded.codes):
                value = encoded.values[place]
                if value not in self._codes:
                    self._codes[value] = len(self.values)
                    self.values.append(value)
                known[place] = self._codes[value]
        return np.array([*known, UNLABELLED], np.int32)[encoded.codes]  # the last one is for -1

    def sorted(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, np.dtype[np.intp]]]:
        """Return the labels in ascending order, and the code of each."""
        values = _as_array(self.values)
        try:
            order = np.argsort(values, kind="stable")
        except TypeError as error:
            kinds = sorted({type(value).__name__ for value in self.values})
            raise DataError(
                f"The labels are of kinds that have no common order ({', '.join(kinds)}): "
                "make them all of one type."
            ) from error
        return values[order], order


def _by_first_row(codes: Int32) -> list[int]:
    """Return the codes that occur, in the order of their first row."""
    present, first = np.unique(codes[codes >= 0], return_index=True)
    return [int(code) for code in present[np.argsort(first)]]


def _as_array(values: list[Any]) -> np.ndarray[Any, Any]:
    kinds = {type(value) for value in values}
    if len(kinds) == 1:
        return np.array(values)
    array = np.empty(len(values), object)
    array[:] = values
    return array
