"""The first batches of a pass, in memory until they are wanted again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from torrential.engine.batches.hashed_batch import Place

KEPT_BYTES = 2**29
"""Bytes of rows that stay in memory from training until they are scored; other rows are read again.

That is half a gigabyte, of about as much text.
"""


class Keepable(Protocol):
    """A batch that knows its origin."""

    @property
    def place(self) -> Place:
        """Partition and number of the batch."""
        ...

    @property
    def memory(self) -> int:
        """Bytes in memory."""
        ...


Item = TypeVar("Item", bound=Keepable)


@dataclass(slots=True)
class Kept(Generic[Item]):
    """The first batches of a pass, which stay in memory as long as there is room for them.

    Attributes
    ----------
    limit : int
        Bytes at most.
    batches : list of batches
    n_bytes : int
    start : Place or None
        The first batch that is not kept; None while all are.
    """

    limit: int = KEPT_BYTES
    batches: list[Item] = field(default_factory=list)
    n_bytes: int = 0
    start: Place | None = None

    def add(self, batch: Item) -> None:
        """Keep a batch if there is room."""
        if self.start is None and self.n_bytes + batch.memory > self.limit:
            self.start = batch.place
            while self.batches and self.batches[-1].place == self.start:  # of a batch that was cut
                self.n_bytes -= self.batches.pop().memory
        if self.start is None:
            self.batches.append(batch)
            self.n_bytes += batch.memory

    def fill(self, batches: Iterable[Item]) -> None:
        """Keep as many of the batches as fit."""
        for batch in batches:
            self.add(batch)
            if self.start is not None:
                return

    def taken(self) -> Iterator[Item]:
        """Yield the batches, and release each."""
        self.batches.reverse()
        while self.batches:
            yield self.batches.pop()
