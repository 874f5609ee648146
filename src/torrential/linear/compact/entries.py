"""The weights that a compact model keeps, and the arrays of its file."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from torrential.errors import DataError
from torrential.types import Arrays, Float32, Int8, Int32, Int64, UInt16

LARGEST_CODE = 127

_CODES = np.arange(2**8, dtype=np.uint8).view(np.int8).astype(np.int32)
SIZES = (_CODES * np.abs(_CODES)).astype(np.float32)
"""The weight of each code before it is scaled; that of -1 is the last."""

LARGEST_SCALE = 1e30
"""Largest scale in a file: products with the values of rows do not overflow."""


class Split(NamedTuple):
    """How columns are stored: the low bits of each, and how many columns share the other bits."""

    n_bits: int
    low: type
    count: type

    def n_blocks(self, n_features: int) -> int:
        """Return how many different other bits there are."""
        return (n_features - 1 >> self.n_bits) + 1

    def n_bytes(self, n_features: int, n_columns: Any) -> Any:
        """Return the bytes of this many columns."""
        blocks = self.n_blocks(n_features) * np.dtype(self.count).itemsize
        return n_columns * np.dtype(self.low).itemsize + blocks


SPLITS = (Split(8, np.uint8, np.uint16), Split(16, np.uint16, np.uint32))


@dataclass(frozen=True, slots=True)
class Entries:
    """Weights by column and class, without those that were left out.

    A weight is ``code * |code| * scale`` of its class: small ones are as exact as large ones are,
    by their share.

    Attributes
    ----------
    columns : int64 array of shape (n_kept,)
        Ascending.
    begins : int32 array of shape (n_kept + 1,), or empty with one class
        Where the entries of each column begin.
    classes : uint16 array of shape (n_entries,), or empty with one class
        Of 32 bits for 65,536 classes and more.
    codes : int8 array of shape (n_entries,)
    scales, intercepts : float32 array of shape (n_classes,)
    n_features : int
    """

    columns: Int64
    begins: Int32
    classes: UInt16
    codes: Int8
    scales: Float32
    intercepts: Float32
    n_features: int

    @classmethod
    def of(
        cls, columns: Int64, classes: Int64, weights: Float32, intercepts: Float32, n_features: int
    ) -> Self:
        """Return the entries of weights, which come by column and class.

        Parameters
        ----------
        columns, classes : int64 array of shape (n_entries,)
        weights : float32 array of shape (n_entries,)
        intercepts : float32 array of shape (n_classes,)
        n_features : int
        """
        sizes = np.abs(weights.astype(np.float64))
        largest = np.zeros(len(intercepts))
        np.maximum.at(largest, classes, sizes)
        shares = np.divide(sizes, largest[classes], out=np.zeros_like(sizes), where=sizes > 0)
        codes = np.sign(weights) * np.rint(np.sqrt(shares) * LARGEST_CODE)
        scales = (largest / LARGEST_CODE**2).astype(np.float32)
        kept, counts = np.unique(columns, return_counts=True)
        is_single = len(intercepts) == 1
        return cls(
            kept,
            np.zeros(0, np.int32) if is_single else _begins(counts),
            (classes[:0] if is_single else classes).astype(_in_memory(len(intercepts))),
            codes.astype(np.int8),
            scales,
            np.asarray(intercepts, np.float32),
            n_features,
        )

    @property
    def counts(self) -> Int64:
        """Number of entries of each column."""
        if len(self.scales) == 1:
            return np.ones(len(self.columns), np.int64)
        return np.diff(self.begins).astype(np.int64)

    @property
    def all_classes(self) -> Int64:
        """The class of each entry."""
        classes = self.classes if len(self.scales) > 1 else np.zeros(len(self.codes), np.int64)
        return classes.astype(np.int64)

    def weights(self) -> Float32:
        """Return the weight of each entry."""
        weights: Float32 = SIZES[self.codes.view(np.uint8)] * self.scales[self.all_classes]
        return weights

    def dense(self, share: int) -> tuple[Int32, Int8]:
        """Return the codes of all classes for columns with weights of many, and which these are.

        Parameters
        ----------
        share : int
            One class in how many.

        Returns
        -------
        rows : int32 array of shape (n_kept,), or empty with one class
            The row of each column in the second array, or -1.
        codes : int8 array of shape (n_rows * n_classes,)
        """
        n_classes = len(self.scales)
        if n_classes == 1:
            return np.zeros(0, np.int32), np.zeros(0, np.int8)
        is_dense = self.counts * share > n_classes
        n_rows = int(np.count_nonzero(is_dense))
        rows = np.where(is_dense, np.cumsum(is_dense) - 1, -1).astype(np.int32)
        row_of = np.repeat(rows, self.counts)
        of_dense = row_of >= 0
        codes = np.zeros((n_rows, n_classes), np.int8)
        codes[row_of[of_dense], self.classes[of_dense]] = self.codes[of_dense]
        return rows, codes.ravel()

    def arrays(self) -> Arrays:
        """Return arrays for a file, of few bytes."""
        split = min(SPLITS, key=lambda each: each.n_bytes(self.n_features, len(self.columns)))
        blocks = self.columns >> split.n_bits
        of_block = np.bincount(blocks, minlength=split.n_blocks(self.n_features))
        arrays: Arrays = {
            "compact_columns": (self.columns & (1 << split.n_bits) - 1).astype(split.low),
            "compact_blocks": of_block.astype(split.count),
            "compact_codes": self.codes,
            "compact_scales": self.scales,
            "compact_intercepts": self.intercepts,
        }
        if len(self.scales) > 1:
            small = class_type(len(self.scales))
            arrays["compact_counts"] = self.counts.astype(small)
            arrays["compact_classes"] = self.classes.astype(small)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_features: int, n_classes: int) -> Self:
        """Return the entries of the result of `arrays`.

        Raises
        ------
        DataError, KeyError
            If arrays contradict each other, or one is missing.
        """
        columns = _columns(arrays, n_features)
        codes = _array(arrays, "codes", np.int8, None).view()
        codes.flags.writeable = False  # also where no file is mapped: one kernel for both
        scales = _array(arrays, "scales", np.float32, n_classes).copy()
        intercepts = _array(arrays, "intercepts", np.float32, n_classes).copy()
        largest = max(np.abs(scales).max(initial=0), np.abs(intercepts).max(initial=0))
        _require(bool(largest <= LARGEST_SCALE), "its weights are not finite")
        begins, classes = np.zeros(0, np.int32), np.zeros(0, np.uint16)
        if n_classes == 1:
            _array(arrays, "codes", np.int8, len(columns))
        else:
            small = class_type(n_classes)
            counts = _array(arrays, "counts", small, len(columns))
            classes = _array(arrays, "classes", small, len(codes)).astype(_in_memory(n_classes))
            _require(int(counts.sum(dtype=np.int64)) == len(codes), "its columns lack weights")
            is_known = classes.max(initial=0) < n_classes
            _require(bool(is_known), "its weights are of classes that it does not have")
            begins = _begins(counts)
        return cls(columns, begins, classes, codes, scales, intercepts, n_features)


def class_type(n_classes: int) -> type:
    """Return the type of numbers of classes in a file, and of entries of a column."""
    if n_classes < 2**8:
        return np.uint8
    return np.uint16 if n_classes < 2**16 else np.uint32


def _in_memory(n_classes: int) -> type:
    """Return the type of numbers of classes for kernels: one for nearly all models."""
    return np.uint16 if n_classes < 2**16 else np.uint32


def entry_bytes(n_classes: int) -> tuple[int, int]:
    """Return the bytes of an entry in a file, and of what says how many a column has."""
    if n_classes == 1:
        return 1, 0
    size = np.dtype(class_type(n_classes)).itemsize
    return 1 + size, size


def _begins(counts: Any) -> Int32:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int32)


def _columns(arrays: Arrays, n_features: int) -> Int64:
    low = arrays["compact_columns"]
    for split in SPLITS:
        if low.dtype == split.low and low.ndim == 1:
            of_block = _array(arrays, "blocks", split.count, split.n_blocks(n_features))
            _require(int(of_block.sum(dtype=np.int64)) == len(low), "its columns have no block")
            upper = np.repeat(np.arange(len(of_block)) << split.n_bits, of_block)
            columns: Int64 = upper + low
            is_rising = len(low) == 0 or (columns[1:] > columns[:-1]).all()
            _require(bool(is_rising), "its columns are not in order")
            within = len(low) == 0 or columns[-1] < n_features
            _require(bool(within), "it has more columns than features")
            return columns
    raise DataError(f"array 'compact_columns' is {low.dtype}")


def _array(arrays: Arrays, name: str, dtype: Any, size: int | None) -> Any:
    array = arrays[f"compact_{name}"]
    fits = array.dtype == dtype and array.ndim == 1 and size in (None, len(array))
    _require(fits, f"array 'compact_{name}' is {array.dtype} of shape {array.shape}")
    return array


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise DataError(otherwise)
