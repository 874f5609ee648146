"""Hashed rows with keys: one stream for models that learn different rows of it."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Protocol, Self, TypeVar

from torrential.data.views.row_keys import RowKeys
from torrential.engine.batches.cached import Done, Item, items_of, recorded
from torrential.engine.batches.encoding import encode_each
from torrential.engine.batches.hashed_batch import BEGINNING, Place
from torrential.engine.batches.records import unpack_keys
from torrential.engine.batches.selection import KeyedBatch, Views
from torrential.execution import stream
from torrential.features.spec import FeatureSpec, Observe
from torrential.types import Partition

VALUES_AT_ONCE = 2**20
"""Non-zeros of the batches that the models of all folds learn at once."""


def keyed_batches(
    partitions: Sequence[Partition],
    specs: Sequence[FeatureSpec],
    row_keys: RowKeys,
    n_jobs: int,
    *,
    vocabulary: bool = False,
    start: Place = BEGINNING,
) -> Generator[Views, None, None]:
    """Read partitions, and hash each batch in several ways, on threads, in order.

    The batches before `start` are left out.
    """
    observe = Observe(vocabulary=vocabulary)

    def numbered(number: int) -> Iterator[tuple[Place, Item]]:
        is_whole = (number, 0) >= start
        items = items_of(partitions[number], specs, row_keys, writes=is_whole)
        for place, item in enumerate(items):
            yield (number, place), item

    def apply(numbered: tuple[Place, Item]) -> Done[Views] | None:
        place, item = numbered
        if place < start:
            return None
        keys = unpack_keys(item.records[-1]) if item.numbers_of is None else item.numbers_of()
        hashed, records = encode_each(item, specs, observe, keys=keys)
        views = Views([KeyedBatch(replace(each, place=place), keys) for each in hashed])
        return views, item.recorder, records, views.n_rows

    numbers = range(start[0], len(partitions))
    sources = [lambda number=number: numbered(number) for number in numbers]
    with closing(stream(sources, apply, n_jobs)) as items, closing(recorded(items)) as batches:
        yield from batches


def in_groups(batches: Iterable[Views], stops: Sequence[int] = ()) -> Iterator[list[Views]]:
    """Yield several batches at once, enough work for all threads.

    Parameters
    ----------
    batches : iterable of Views
    stops : sequence of int, default=()
        Numbers of rows, ascending, at which a group is to end; batches are split there.
    """
    group: list[Views] = []
    n_values = n_rows = 0
    for batch in cut_at(batches, stops):
        group.append(batch)
        n_values += max(len(view.hashed.rows.data) for view in batch.batches)
        n_rows += batch.n_rows
        if n_values >= VALUES_AT_ONCE or n_rows in stops:
            yield group
            group, n_values = [], 0
    if group:
        yield group


class Divisible(Protocol):
    """A batch that can be split."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    def split(self, n: int) -> tuple[Self, Self]:
        """Return the first n rows, and the other rows."""
        ...


Part = TypeVar("Part", bound=Divisible)


def cut_at(batches: Iterable[Part], stops: Sequence[int]) -> Iterator[Part]:
    """Yield batches, and cut those that contain a stop."""
    n_rows, ahead = 0, list(stops)
    for whole in batches:
        batch = whole
        while ahead and ahead[0] <= n_rows:
            ahead.pop(0)
        while ahead and ahead[0] < n_rows + batch.n_rows:
            first, batch = batch.split(ahead[0] - n_rows)
            n_rows = ahead.pop(0)
            yield first
        n_rows += batch.n_rows
        yield batch
