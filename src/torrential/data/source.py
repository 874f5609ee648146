"""The contract of a source of rows, and of a view of one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import pyarrow as pa

from torrential.data.columns.shape import Shape
from torrential.types import Batch


class SizedPartition(Protocol):
    """A partition that may know its number of rows."""

    @property
    def name(self) -> str:
        """Name shown in messages."""
        ...

    @property
    def n_rows(self) -> int | None:
        """Number of rows if it is known before reading, else None."""
        ...

    def batches(self) -> Iterator[Batch]:
        """Read the partition from its beginning."""
        ...

    def identity(self) -> dict[str, Any] | None:
        """Return what determines the partition's rows, as JSON; None if unknown."""
        ...


class Source(Protocol):
    """A source of rows."""

    def partitions(self, shape: Shape) -> tuple[SizedPartition, ...]:
        """Return partitions in order, which read the columns of the shape."""
        ...

    @property
    def hashes_rows(self) -> bool:
        """Whether rows are chosen by their content, which requires all used columns."""
        ...

    @property
    def n_bytes(self) -> int | None:
        """Size on disk or in memory; None if unknown."""
        ...


class View:
    """A source that chooses or orders the rows of another."""

    __slots__ = ()
    inner: Source

    def describe(self) -> dict[str, Any]:
        """Describe as JSON which rows of `inner` the view selects; ``kind`` is its name."""
        raise NotImplementedError

    def expected_rows(self, n_rows: int) -> int:
        """Return the approximate number of rows of the view, from that of `inner`."""
        return n_rows

    def columns_for(self, names: Sequence[str]) -> list[str]:
        """Return the columns of `inner` that determine the view's rows, given the used columns."""
        return list(names)


def origin(source: Source) -> Source:
    """Return the source whose rows a view chooses or orders; another, as it is."""
    while isinstance(source, View):
        source = source.inner
    return source


def is_read_once(source: Source) -> bool:
    """Return whether the rows of a source, or of a view's source, can be read only once."""
    return bool(getattr(origin(source), "is_read_once", False))


def has_guessed_types(source: Source) -> bool:
    """Return whether the types of columns are guessed from how values are written."""
    return bool(getattr(origin(source), "has_guessed_types", False))


def view_of(inner: SizedPartition, **view: Any) -> dict[str, Any] | None:
    """Return the identity of a view of a partition."""
    identity = inner.identity()
    return None if identity is None else {"view": view, "of": identity}


def select_rows(batch: Batch, rows: pa.Array, choose: Any) -> Batch:
    """Return some rows of a batch: ``pc.filter`` with a mask, or ``pc.take`` with indices."""
    target, weight, kept = (
        None if column is None else choose(column, rows)
        for column in (batch.target, batch.weight, batch.rows)
    )
    columns = choose(batch.columns, rows)
    return replace(batch, columns=columns, target=target, weight=weight, rows=kept)
