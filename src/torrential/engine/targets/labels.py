"""Labels as codes, numbered in the order of their first rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.label_lists import distinct_sets, is_list, parts_of
from torrential.engine.targets.class_order import ClassOrder
from torrential.engine.targets.label_values import as_numpy
from torrential.errors import DataError
from torrential.types import Int32

UNLABELED = -1
"""Code of a null label."""

MAX_FRACTIONS = 100
"""Most labels that are fractions, such as 4.5: more are not names of classes."""

MIN_ROWS = 20
"""Least labeled rows for a conclusion from mostly different fractions."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Labels of a batch, as places among its distinct labels; made by the worker that read it.

    Attributes
    ----------
    codes : int32 array of shape (n_rows,), -1 for null
    values : list
        The different labels, as Python objects. With several labels a row, different sets: tuples
        of different labels in ascending order.
    """

    codes: Int32
    values: list[Any]


def encode(target: pa.Array) -> Encoded:
    """Return the distinct labels of a batch and their codes; null and NaN are not labels.

    Those of lists are sets of labels.

    Examples
    --------
    >>> encode(pa.array([["oil", "gas"], None, [], ["gas", "oil"]]))
    Encoded(codes=array([ 0, -1,  1,  0], dtype=int32), values=[('gas', 'oil'), ()])
    """
    if is_list(target.type):
        labels = encode(parts_of(target)[1])
        return Encoded(*distinct_sets(target, labels.values, labels.codes))
    target = _plain(target)
    if pa.types.is_floating(target.type):
        target = pc.if_else(pc.is_nan(target), None, target)
    if pa.types.is_null(target.type):
        return Encoded(np.full(len(target), UNLABELED, np.int32), [])
    dictionary = target.dictionary_encode()
    indices = dictionary.indices
    codes = (indices.fill_null(UNLABELED) if indices.null_count else indices).to_numpy()
    try:
        values = dictionary.dictionary.to_pylist()
    except UnicodeDecodeError as error:
        raise DataError(
            f"The label {error.object!r} is not UTF-8: convert the data to UTF-8 first."
        ) from None
    return Encoded(codes.astype(np.int32, copy=False), values)


def n_repeated(target: pa.Array, encoded: Encoded) -> int:
    """Return how many labels of lists are in their rows a second time; 0 without lists."""
    if not is_list(target.type):
        return 0
    sizes = np.array([*map(len, encoded.values), 0], np.int64)
    return int(parts_of(target)[0][-1] - sizes[encoded.codes].sum())


def _plain(target: pa.Array) -> pa.Array:
    """Return labels in a type that can be encoded, and whose values Python can represent."""
    kind, types = target.type, pa.types
    if types.is_dictionary(kind):
        return _plain(target.dictionary_decode())
    if types.is_decimal(kind) and kind.bit_width < 128:
        return target.cast(pa.decimal128(kind.precision, kind.scale))
    if not types.is_date(kind) and getattr(kind, "unit", None) == "ns":
        return _in_microseconds(target)
    return target


def _in_microseconds(target: pa.Array) -> pa.Array:
    kind = target.type
    wanted = pa.time64("us")
    if pa.types.is_timestamp(kind):
        wanted = pa.timestamp("us", kind.tz)
    elif pa.types.is_duration(kind):
        wanted = pa.duration("us")
    try:
        return target.cast(wanted)
    except pa.ArrowInvalid as error:
        raise DataError(
            f"The labels are times with nanoseconds ({error}), which Python does not have: read "
            "them with target_type='string'."
        ) from error


def joined(parts: Sequence[Encoded]) -> Encoded:
    """Return the labels of several batches, one after the other, as those of one.

    >>> joined([Encoded(np.array([0, -1]), ["a"]), Encoded(np.array([1, 0]), ["a", "b"])]).codes
    array([ 0, -1,  1,  0], dtype=int32)
    """
    numbers: dict[Any, int] = {}
    codes = []
    for part in parts:
        places = [numbers.setdefault(value, len(numbers)) for value in part.values]
        codes.append(np.array([*places, UNLABELED], np.int32)[part.codes])  # the last is for -1
    return Encoded(np.concatenate(codes), list(numbers))


class Labels:
    """All labels seen so far, in the order in which they were first seen.

    Examples
    --------
    >>> labels = Labels()
    >>> labels.codes(encode(pa.array(["spam", "ham", "spam"])))
    array([0, 1, 0], dtype=int32)
    >>> labels.order().classes
    array(['ham', 'spam'], dtype='<U4')
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        self.values: list[Any] = list(values or [])
        self._codes = {value: code for code, value in enumerate(self.values)}
        self._n_fractions = sum(map(_is_fraction, self.values))

    def __len__(self) -> int:
        return len(self.values)

    def codes(self, encoded: Encoded, *, add: bool = True) -> Int32:
        """Return each row's code; an unknown label is added, or else treated as unlabeled."""
        known = [self._codes.get(value, UNLABELED) for value in encoded.values]
        if add and UNLABELED in known:
            for place in by_first_row(encoded.codes):
                value = encoded.values[place]
                if value not in self._codes:
                    self._add(value)
                known[place] = self._codes[value]
        return np.array([*known, UNLABELED], np.int32)[encoded.codes]  # the last one is for -1

    def targets(self, encoded: Encoded | None, n_rows: int) -> Int32:
        """Return the code of each row of a batch, which may have no labels; new ones are added."""
        if encoded is None:
            return np.full(n_rows, UNLABELED, np.int32)
        return self.codes(encoded)

    def sets(self) -> None:
        """Return None: a row has one label."""

    def code_of(self, value: Any, *, add: bool = True) -> int:
        """Return the code of a label; an unknown label is added, or else is -1."""
        if add and value not in self._codes:
            self._add(value)
        return self._codes.get(value, UNLABELED)

    def _add(self, value: Any) -> None:
        if isinstance(value, tuple):
            raise DataError(
                "The rows have several labels each, where one label a row is needed: give a column "
                "of single labels."
            )
        self._n_fractions += _is_fraction(value)
        if self._n_fractions > MAX_FRACTIONS:
            raise continuous(self.values)
        self._codes[value] = len(self.values)
        self.values.append(value)

    def order(self) -> ClassOrder:
        """Return the labels in ascending order, and the code of each."""
        try:
            return ClassOrder.of(as_numpy(self.values))
        except TypeError as error:
            kinds = sorted({type(value).__name__ for value in self.values})
            raise DataError(
                f"The labels are of kinds that have no common order ({', '.join(kinds)}): "
                "make them all of one type."
            ) from error


def by_first_row(codes: Int32) -> list[int]:
    """Return the codes that occur, in the order of their first row."""
    present, first = np.unique(codes[codes >= 0], return_index=True)
    return [int(code) for code in present[np.argsort(first)]]


def _is_fraction(value: Any) -> bool:
    return isinstance(value, float) and not value.is_integer()


def continuous(values: Sequence[Any]) -> DataError:
    """Return the error for labels that are numbers to predict, not names of classes."""
    shown = " and ".join(map(repr, list(filter(_is_fraction, values))[:2]))
    return DataError(
        f"Unknown label type: continuous. Too many labels are different fractions, such as {shown}:"
        " round them to a few classes, read them with target_type='string', or learn numbers with "
        "TextRegressor or TableRegressor."
    )


def check_not_continuous(labels: Labels, n_rows: int) -> None:
    """Raise a DataError if most of the labeled rows have different fractions as labels."""
    n_fractions = sum(map(_is_fraction, labels.values))
    if n_rows >= MIN_ROWS and 2 * n_fractions > n_rows:
        raise continuous(labels.values)
