"""Routes: the progress of a pass along its partitions, by the rows that are done."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from torrential.data.views.cached import CacheSettings
from torrential.types import Batch, Partition

STEP = 1e-3
"""Least share of a partition between two marks, which limits their number."""


class KeptRecords(Protocol):
    """The packed batches of a partition in memory."""

    records: list[bytes] | None

    @property
    def is_open(self) -> bool:
        """Whether there may be room for another batch."""
        ...

    def begin(self) -> None:
        """Begin to keep the batches."""
        ...

    def add(self, records: Sequence[bytes] | None, n_rows: int) -> None:
        """Keep the next batch."""
        ...

    def commit(self) -> None:
        """Have the batches be those of the partition."""
        ...

    def abort(self) -> None:
        """Forget the batches."""
        ...


class MeasuredPartition:
    """A partition that knows how many rows it has, at the latest when it was read to its end.

    Where it tells while it is read how much of it was (a text file that is one part does, in bytes
    on disk), that is marked for the rows so far.

    Parameters
    ----------
    partition : Partition

    Attributes
    ----------
    n_rows : int or None
        None while it is not known. The footer of a Parquet file tells it, and so does a table in
        memory; text files have to be read.
    kept : KeptRecords or None
        What keeps its hashed rows in memory for later passes.
    """

    def __init__(self, partition: Partition) -> None:
        self.n_rows: int | None = getattr(partition, "n_rows", None)
        self.kept: KeptRecords | None = None
        self._partition = partition
        self._marks = [(0, 0.0)]

    @property
    def name(self) -> str:
        """Name shown in messages."""
        return self._partition.name

    @property
    def cached(self) -> CacheSettings | None:
        """Cache of the partition's hashed rows, if any."""
        return getattr(self._partition, "cached", None)

    def identity(self) -> dict[str, Any] | None:
        """Return what determines the partition's rows; None if unknown."""
        identify: Callable[[], dict[str, Any] | None] = getattr(
            self._partition, "identity", lambda: None
        )
        return identify()

    def batches(self) -> Iterator[Batch]:
        """Read the partition from its beginning, and count its rows."""
        n_rows, marks = 0, [(0, 0.0)]
        self._marks = marks
        for batch in self._partition.batches():
            n_rows += batch.n_rows
            if batch.share is not None and batch.share >= marks[-1][1] + STEP:
                marks.append((n_rows, batch.share))
            yield batch
        self.n_rows = n_rows

    def share(self, n_rows: int) -> float | None:
        """Return the share of the partition's first n_rows; None if unknown."""
        marks = self._marks
        if len(marks) == 1:
            return min(1.0, n_rows / self.n_rows) if self.n_rows else None
        place = bisect_right(marks, n_rows, key=lambda mark: mark[0])
        if place == len(marks):
            return marks[-1][1]
        (row, share), (next_row, next_share) = marks[place - 1], marks[place]
        return share + (next_share - share) * (n_rows - row) / (next_row - row)


def measured(partitions: Sequence[Partition]) -> tuple[MeasuredPartition, ...]:
    """Return partitions that count their rows whenever they are read."""
    return tuple(map(MeasuredPartition, partitions))


class Route:
    """The partitions of a pass, in order, and how far along them a number of rows is.

    Where the rows of all partitions are known at the beginning, they are the measure. Elsewhere
    each partition counts the same: their bytes would be no better, since compressed bytes, or those
    of columns that are not read, are not what is done. Readers are ahead of the learner, so what
    they report of a partition is known in time for steps within it.

    Parameters
    ----------
    partitions : sequence of MeasuredPartition

    Examples
    --------
    >>> from torrential.data import from_arrays
    >>> route = Route(measured(from_arrays(["one", "two", "three", "four"]).partitions()))
    >>> [route.fraction(n_rows) for n_rows in (0, 1, 4)]
    [0.0, 0.25, 1.0]
    """

    def __init__(self, partitions: Sequence[MeasuredPartition]) -> None:
        self._partitions = partitions
        sizes = [partition.n_rows for partition in partitions]
        known = [size for size in sizes if size is not None]
        self._n_rows = sum(known) if len(known) == len(sizes) else None
        self._n_passed = 0
        self._rows_passed = 0

    def fraction(self, n_rows: int) -> float | None:
        """Return the share of the partitions that is done, between 0 and 1; it never decreases.

        Parameters
        ----------
        n_rows : int
            Rows done since the beginning, from one call to the next never fewer.

        Returns
        -------
        fraction : float or None
            None for a single partition, or none, of unknown size.
        """
        if self._n_rows is not None:
            return min(1.0, n_rows / self._n_rows) if self._n_rows else None
        self._pass(n_rows)
        n_partitions = len(self._partitions)
        if self._n_passed == n_partitions:
            return 1.0
        within = self._partitions[self._n_passed].share(n_rows - self._rows_passed)
        if within is None:
            return self._n_passed / n_partitions if n_partitions > 1 else None
        return (self._n_passed + within) / n_partitions

    def _pass(self, n_rows: int) -> None:
        """Advance to the partition that contains this row."""
        for partition in self._partitions[self._n_passed :]:
            size = partition.n_rows
            if size is None or self._rows_passed + size > n_rows:
                return
            self._n_passed += 1
            self._rows_passed += size
