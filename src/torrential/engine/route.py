"""Routes: how far along its partitions a pass is, told by the rows that are done."""

from collections.abc import Iterator, Sequence

from torrential.types import Batch, Partition


class MeasuredPartition:
    """A partition that knows how many rows it has, at the latest when it was read to its end.

    Parameters
    ----------
    partition : Partition

    Attributes
    ----------
    n_rows : int or None
        None while it is not known. The footer of a Parquet file tells it, and so does a table in
        memory; text files have to be read.
    """

    def __init__(self, partition: Partition) -> None:
        self.n_rows: int | None = getattr(partition, "n_rows", None)
        self._partition = partition

    @property
    def name(self) -> str:
        """What messages call it."""
        return self._partition.name

    def batches(self) -> Iterator[Batch]:
        """Read it from its beginning, and count."""
        n_rows = 0
        for batch in self._partition.batches():
            n_rows += batch.n_rows
            yield batch
        self.n_rows = n_rows


def measured(partitions: Sequence[Partition]) -> tuple[MeasuredPartition, ...]:
    """Count the rows of partitions whenever they are read."""
    return tuple(map(MeasuredPartition, partitions))


class Route:
    """The partitions of a pass, in order, and how far along them a number of rows is.

    Where the rows of all partitions are known at the beginning, they are the measure. Elsewhere
    each partition counts the same: a share of the bytes would be wrong, since compressed bytes, or
    those of columns that are not read, are not what is done. Readers are ahead of the learner, so
    partitions that were read to their end are known in time for steps within them.

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
        """Share of the route, between 0 and 1; never less for more rows.

        Parameters
        ----------
        n_rows : int
            Rows done since the beginning, from one call to the next never fewer.

        Returns
        -------
        fraction : float or None
            None where there is only one partition, or none, and its rows are not known.
        """
        if self._n_rows is not None:
            return min(1.0, n_rows / self._n_rows) if self._n_rows else None
        self._pass(n_rows)
        n_partitions = len(self._partitions)
        if self._n_passed == n_partitions:
            return 1.0
        size = self._partitions[self._n_passed].n_rows
        if not size:
            return self._n_passed / n_partitions if n_partitions > 1 else None
        within = min(1.0, (n_rows - self._rows_passed) / size)  # it may have become known just now
        return (self._n_passed + within) / n_partitions

    def _pass(self, n_rows: int) -> None:
        """Go on to the partition that so many rows have not left yet."""
        for partition in self._partitions[self._n_passed :]:
            size = partition.n_rows
            if size is None or self._rows_passed + size > n_rows:
                return
            self._n_passed += 1
            self._rows_passed += size
