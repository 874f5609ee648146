"""A view of rows in another order: blockwise, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.columns.shape import Shape
from torrential.data.columns.used import joined
from torrential.data.source import SizedPartition, Source, View, select_rows, view_of
from torrential.data.views.order import partition_order, row_order
from torrential.errors import ParameterError
from torrential.types import Batch

# Rows are shuffled within windows of this many bytes of text or rows, whichever is fewer: enough
# to separate neighbors, and little compared with a model.
WINDOW_BYTES = 16 << 20
WINDOW_ROWS = 1 << 16


@dataclass(frozen=True, slots=True)
class ShuffledPartition:
    """A partition whose rows are permuted within windows.

    Attributes
    ----------
    inner : Partition
    seed : int or tuple of int
    number : int
        Number of the partition: each has a different order.
    """

    inner: SizedPartition
    seed: int | tuple[int, ...]
    number: int

    @property
    def name(self) -> str:
        """Name of the partition."""
        return self.inner.name

    @property
    def n_rows(self) -> int | None:
        """Number of rows; None if unknown."""
        return self.inner.n_rows

    def identity(self) -> dict[str, Any] | None:
        """Return the identity of the partition, and the order."""
        return view_of(self.inner, shuffled=[self.seed, self.number])

    def batches(self) -> Iterator[Batch]:
        """Read the partition window by window."""
        seeds = (self.seed,) if isinstance(self.seed, int) else self.seed
        for number, window in enumerate(_windows(self.inner.batches())):
            n_rows = sum(batch.n_rows for batch in window)
            order = row_order(n_rows, (*seeds, self.number, number), 0, max(n_rows, 1))
            step = max(1, -(-n_rows // len(window)))
            whole = _concat(window)
            for start in range(0, max(n_rows, 1), step):
                batch = select_rows(whole, pa.array(order[start : start + step]), pc.take)
                yield batch if start == 0 else replace(batch, n_skipped=0, n_other_labels=0)


def _windows(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    window: list[Batch] = []
    n_rows = n_bytes = 0
    for batch in batches:
        window.append(batch)
        n_rows += batch.n_rows
        n_bytes += batch.n_bytes
        if n_rows >= WINDOW_ROWS or n_bytes >= WINDOW_BYTES:
            yield window
            window, n_rows, n_bytes = [], 0, 0
    if window:
        yield window


def _concat(window: list[Batch]) -> Batch:
    columns = [
        _concat_column([batch.columns.column(name) for batch in window])
        for name in window[0].columns.schema.names
    ]
    return replace(
        window[0],
        columns=pa.RecordBatch.from_arrays(columns, names=window[0].columns.schema.names),
        target=_joined([batch.target for batch in window], joined),
        weight=_joined([batch.weight for batch in window], joined),
        rows=_joined([batch.rows for batch in window], _below_each_other),
        n_skipped=sum(batch.n_skipped for batch in window),
        n_other_labels=sum(batch.n_other_labels for batch in window),
        share=window[-1].share,
    )


def _concat_column(parts: list[pa.Array]) -> pa.Array:
    if len({part.type for part in parts}) > 1:  # texts of several types
        parts = [part.cast(pa.large_binary()) for part in parts]
    return pa.concat_arrays(parts)


def _joined(columns: list[Any], join: Any) -> Any:
    return None if columns[0] is None else join(columns)


def _below_each_other(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Concatenate rows, whose columns may have other types in each batch."""
    first = batches[0].schema
    if all(batch.schema.equals(first, check_metadata=True) for batch in batches):
        return pa.concat_batches(batches)
    names = dict.fromkeys(name for batch in batches for name in batch.schema.names)
    columns = {
        name: joined(
            [
                batch.column(name) if name in batch.schema.names else pa.nulls(batch.num_rows)
                for batch in batches
            ]
        )
        for name in names
    }
    return pa.record_batch(columns)


@dataclass(frozen=True, slots=True)
class Shuffled(View):
    """Partitions in another order, and rows within windows of each."""

    inner: Source
    seed: int

    def describe(self) -> dict[str, Any]:
        """Describe the seed."""
        return {"kind": "shuffled rows", "seed": self.seed}

    def partitions(self, shape: Shape) -> tuple[SizedPartition, ...]:
        """Return the partitions of the source, permuted."""
        partitions = self.inner.partitions(shape)
        order = partition_order(len(partitions), self.seed, 0)
        return tuple(ShuffledPartition(partitions[i], self.seed, int(i)) for i in order)

    @property
    def hashes_rows(self) -> bool:
        """Whether the source chooses rows by their content."""
        return self.inner.hashes_rows

    @property
    def n_bytes(self) -> int | None:
        """Bytes of the source."""
        return self.inner.n_bytes

    def __str__(self) -> str:
        return f"{self.inner}, shuffled by seed {self.seed}"


def checked_seed(seed: int) -> int:
    """Return the seed, or raise a ParameterError if it is negative."""
    if seed < 0:
        raise ParameterError(f"seed={seed!r} is negative: pass 0 or more.")
    return int(seed)
