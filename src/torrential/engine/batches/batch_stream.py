"""Batches of partitions in a stream: how they are read, and where each partition ends."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from torrential.types import Batch


class Batched(Protocol):
    """What has batches of rows, such as a partition."""

    def batches(self) -> Iterable[Batch]:
        """Yield the batches."""
        ...


def read_batches(shared: object, source: Batched) -> Iterable[Batch]:
    """Return the batches of a source, whatever its workers share."""
    return source.batches()


def with_end(shared: object, results: Iterator[Any]) -> Iterator[Any]:
    """Yield the results of a source, and None at its end."""
    yield from results
    yield None
