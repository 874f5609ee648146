"""A view of the rows whose hash is below a threshold, or of the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_casts import offsets_of
from torrential.data.columns.label_lists import distinct_sets, is_list, parts_of
from torrential.data.columns.shape import Shape
from torrential.data.columns.used import is_text, used_array
from torrential.data.source import SizedPartition, Source, View, select_rows, view_of
from torrential.kernels.rows.rowhash import UInt64, hash_rows
from torrential.types import Batch, Int64, UInt8


@dataclass(frozen=True, slots=True)
class _SplitPartition:
    inner: SizedPartition
    view: "Split"

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def n_rows(self) -> None:
        return None

    def identity(self) -> dict[str, Any] | None:
        return view_of(self.inner, **self.view.describe())

    def batches(self) -> Iterator[Batch]:
        threshold = np.uint64(int(self.view.test_size * 2**64))
        for batch in self.inner.batches():
            chosen = (row_hashes(batch, self.view.seed) < threshold) == self.view.is_test
            if chosen.any() or batch.n_skipped:
                yield select_rows(batch, pa.array(chosen), pc.filter)


@dataclass(frozen=True, slots=True)
class Split(View):
    """The rows whose hash is below a threshold, or the others."""

    inner: Source
    test_size: float
    seed: int
    is_test: bool

    def describe(self) -> dict[str, Any]:
        """Describe the threshold, the seed and the side."""
        side = "test" if self.is_test else "train"
        return {"kind": "a split", "test_size": self.test_size, "seed": self.seed, "side": side}

    def partitions(self, shape: Shape) -> tuple[SizedPartition, ...]:
        """Return the partitions of the source, each with its rows of this side."""
        return tuple(_SplitPartition(partition, self) for partition in self.inner.partitions(shape))

    @property
    def hashes_rows(self) -> bool:
        """True: rows are chosen by a hash of text and target."""
        return True

    @property
    def n_bytes(self) -> int | None:
        """Share of the source's bytes."""
        return None if self.inner.n_bytes is None else int(self.inner.n_bytes * self._share)

    def expected_rows(self, n_rows: int) -> int:
        """Return the share of this side in the rows of `inner`."""
        return round(n_rows * self._share)

    @property
    def _share(self) -> float:
        return self.test_size if self.is_test else 1 - self.test_size

    def __str__(self) -> str:
        part = f"test {self.test_size:g}" if self.is_test else f"train {1 - self.test_size:g}"
        return f"{self.inner}, {part} of seed {self.seed}"


def row_hashes(batch: Batch, seed: int) -> UInt64:
    """Return the hash of each row's columns and target, shape (n_rows,); a null is empty."""
    hashes = np.full(batch.n_rows, seed % 2**64, np.uint64)
    for column in batch.columns.columns:
        hash_rows(*_bytes_of(column if _has_bytes(column) else _as_text(column)), hashes)
    if batch.target is not None:
        hash_rows(*_bytes_of(_target_text(batch.target)), hashes)
    return hashes


def _target_text(target: pa.Array) -> pa.Array:
    """Return labels as text; that of several does not depend on their order."""
    if not is_list(target.type):
        return _as_text(target)
    labels = _as_text(parts_of(target)[1]).dictionary_encode()
    known = labels.dictionary.to_pylist()
    codes, sets = distinct_sets(target, known, labels.indices.to_numpy(zero_copy_only=False))
    texts = pa.array([*map(repr, sets), None], pa.large_string())
    return texts.take(pa.array(np.where(codes < 0, len(sets), codes)))


def _has_bytes(column: pa.Array) -> bool:
    """Return whether a column holds its texts itself, not by a dictionary or not at all."""
    is_dictionary = pa.types.is_dictionary(column.type)
    return is_text(column.type) and not is_dictionary and not pa.types.is_null(column.type)


def hash_column(column: pa.Array, seed: int) -> UInt64:
    """Return the hash of each value as text, shape (n_rows,); a null is empty."""
    hashes = np.full(len(column), seed % 2**64, np.uint64)
    hash_rows(*_bytes_of(_as_text(column)), hashes)
    return hashes


def _as_text(column: pa.Array) -> pa.Array:
    """Return values as text; bytes stay bytes, and NaN is null."""
    column = used_array(column)
    if pa.types.is_nested(column.type):
        texts = _elements_joined(column)
        if texts is not None:
            return texts
        values = column.to_pylist()
        return pa.array(
            [None if each is None else repr(each) for each in values], pa.large_string()
        )
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    return column.cast(pa.large_binary() if is_text(column.type) else pa.large_string())


def _elements_joined(column: pa.Array) -> pa.Array | None:
    """Return the values of each list or map with separators; None for other nested types."""
    types, kind = pa.types, column.type
    if types.is_map(kind) and not (
        types.is_nested(kind.key_type) or types.is_nested(kind.item_type)
    ):
        ends = np.asarray(column.offsets).astype(np.int64)
        size = int(ends[-1] - ends[0])
        keys, items = (
            _as_text(values.slice(ends[0], size)).cast(pa.large_binary()).fill_null(b"")
            for values in (column.keys, column.items)
        )
        elements = pc.binary_join_element_wise(keys, items, pa.scalar(b":", pa.large_binary()))
        ends -= ends[0]
    elif (types.is_list(kind) or types.is_large_list(kind)) and not types.is_nested(
        kind.value_type
    ):
        elements = _as_text(column.flatten()).cast(pa.large_binary()).fill_null(b"")
        lengths = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False)
        ends = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    else:
        return None
    rows = pa.LargeListArray.from_arrays(pa.array(ends), elements)
    return pc.binary_join(rows, pa.scalar(b",", pa.large_binary()))


def _bytes_of(array: pa.Array) -> tuple[UInt8, Int64]:
    """Return the bytes of all strings of an array, and their offsets, shape (n_rows + 1,)."""
    if array.null_count:
        array = array.fill_null("" if "string" in str(array.type) else b"")
    _, offsets, values = array.buffers()
    if offsets is None or len(array) == 0:
        return np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    content = np.empty(0, np.uint8) if values is None else np.frombuffer(values, np.uint8)
    return content, offsets_of(array).astype(np.int64, copy=False)
