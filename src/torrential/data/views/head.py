"""A view of the first rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from torrential.data.columns.shape import Shape
from torrential.data.source import SizedPartition, Source, View, select_rows
from torrential.types import Batch


@dataclass(frozen=True, slots=True)
class _HeadPartition:
    inner: tuple[SizedPartition, ...]
    n: int

    @property
    def name(self) -> str:
        return self.inner[0].name

    @property
    def n_rows(self) -> None:
        return None

    def identity(self) -> dict[str, Any] | None:
        inner = [partition.identity() for partition in self.inner]
        return None if None in inner else {"head": self.n, "of": inner}

    def batches(self) -> Iterator[Batch]:
        left = self.n
        for partition in self.inner:
            for batch in partition.batches():
                # How much of all rows was read is not how much of the first n.
                yield replace(select_rows(batch, slice(0, left), _slice), share=None)
                left -= batch.n_rows
                if left <= 0:
                    return


def _slice(column: Any, rows: slice) -> Any:
    return column.slice(rows.start, rows.stop)


@dataclass(frozen=True, slots=True)
class Head(View):
    """The first n rows."""

    inner: Source
    n: int

    def describe(self) -> dict[str, Any]:
        """Describe the number of rows."""
        return {"kind": "the first rows", "n": self.n}

    def partitions(self, shape: Shape) -> tuple[SizedPartition, ...]:
        """Return partitions while their sizes are known; the rest of the source is the last one."""
        partitions = self.inner.partitions(shape)
        left = self.n
        for i, partition in enumerate(partitions):
            if left <= 0:
                return partitions[:i]
            if partition.n_rows is None or partition.n_rows > left:
                return (*partitions[:i], _HeadPartition(partitions[i:], left))
            left -= partition.n_rows
        return partitions

    @property
    def hashes_rows(self) -> bool:
        """Whether the source chooses rows by their content."""
        return self.inner.hashes_rows

    @property
    def n_bytes(self) -> None:
        """None: the size is unknown."""
        return None

    def expected_rows(self, n_rows: int) -> int:
        """Return the number of rows of the head, at most those of `inner`."""
        return min(self.n, n_rows)

    def __str__(self) -> str:
        return f"first {self.n} rows of {self.inner}"
