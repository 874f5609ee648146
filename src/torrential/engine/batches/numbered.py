"""Partitions with their places among all, for passes that count terms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torrential.engine.batches.encoding import Encoder, NumberedItem, numbered_items
from torrential.types import Partition


@dataclass(frozen=True, slots=True)
class NumberedPartition:
    """A partition and its place among all.

    Attributes
    ----------
    number, n_partitions : int
        The place, and how many partitions there are.
    partition : Partition
    """

    number: int
    n_partitions: int
    partition: Partition

    @property
    def name(self) -> str:
        """Name shown in messages."""
        return self.partition.name

    def items(self, encoder: Encoder) -> Iterator[NumberedItem]:
        """Yield the batches, see `numbered_items`."""
        return numbered_items(encoder, self.partition, self.number, self.n_partitions)


def numbered(partitions: Sequence[Partition]) -> list[NumberedPartition]:
    """Return partitions with their places."""
    n = len(partitions)
    return [NumberedPartition(number, n, partition) for number, partition in enumerate(partitions)]
