"""Labeled rows of a dataset, batch by batch, passed through stateless steps on threads."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from torrential.adapters.configuration import Configured
from torrential.adapters.examples import labels_of, weights_of
from torrential.adapters.forms import TEXTS, Form, rows_of_batch
from torrential.data.views.order import row_order
from torrential.data.views.row_keys import NumbersOf, RowKeys, keyed
from torrential.engine.batches.hashed_batch import BEGINNING, Place
from torrential.execution import stream
from torrential.types import Batch, Int64, Partition

Steps = Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Lead:
    """The first steps of a pipeline, which need no fit: the same for all rows, in any order.

    Attributes
    ----------
    steps : list of pairs of name and transformer
    form : Form
        The form in which they take rows.
    """

    steps: Steps
    form: Form = TEXTS


@dataclass(frozen=True, slots=True)
class StreamedExamples:
    """Some rows of a dataset.

    Attributes
    ----------
    views : list of arrays or matrices
        The rows as each of several lists of steps gives them.
    y : array of shape (n_rows,), or None
        Labels; None of a dataset without.
    weight : array of shape (n_rows,), or None
    keys : int64 array of shape (n_rows,), or None
        The keys of each row.
    n_rows, n_bytes : int
        Number of rows and bytes that were read for it, including rows without a label.
    place : Place
        Place of the batch.
    """

    views: list[Any]
    y: NDArray[Any] | None
    weight: NDArray[Any] | None
    keys: Int64 | None
    n_rows: int
    n_bytes: int
    place: Place

    @property
    def n_labeled(self) -> int:
        """Number of rows to learn."""
        return count_rows(self.views[0])

    @property
    def memory(self) -> int:
        """Approximate bytes in memory."""
        columns = [self.y, self.weight, self.keys]
        return sum(_n_bytes(each, self.n_bytes) for each in [*self.views, *columns])

    def split(self, n: int) -> tuple[Self, Self]:
        """Return about the first n of the rows, and the other rows."""
        numbers = np.arange(self.n_labeled)
        cut = len(numbers) * n // max(1, self.n_rows)
        first = replace(
            self.rows(numbers[:cut]), n_rows=n, n_bytes=self.n_bytes * cut // max(1, len(numbers))
        )
        rest = replace(
            self.rows(numbers[cut:]), n_rows=self.n_rows - n, n_bytes=self.n_bytes - first.n_bytes
        )
        return first, rest

    def rows(self, chosen: NDArray[Any]) -> Self:
        """Return some of the rows."""
        return replace(
            self,
            views=[taken(view, chosen) for view in self.views],
            y=None if self.y is None else self.y[chosen],
            weight=None if self.weight is None else self.weight[chosen],
            keys=None if self.keys is None else self.keys[chosen],
        )


def streamed_examples(
    partitions: Sequence[Partition],
    leads: Sequence[Lead],
    n_jobs: int,
    *,
    labels: bool = True,
    row_keys: RowKeys | None = None,
    order: tuple[int, int] | None = None,
    start: Place = BEGINNING,
) -> Generator[StreamedExamples, None, None]:
    """Read partitions and transform their rows on threads; yield them in order.

    Parameters
    ----------
    partitions : sequence of Partition
    leads : sequence of Lead
        The rows are passed through the steps of each.
    n_jobs : int
    labels : bool, default=True
        Whether to give labels, and to leave out rows without.
    row_keys : RowKeys, default=None
        What tells the key of each row.
    order : pair of int, default=None
        Seed and epoch of the permutation of each batch's rows; None keeps their order.
    start : Place
        The first batch to give.
    """

    def numbered(number: int) -> Iterator[tuple[Place, Batch, NumbersOf | None]]:
        if row_keys is None:
            for place, batch in enumerate(partitions[number].batches()):
                yield (number, place), batch, None
        else:
            for place, batch, numbers_of in keyed(partitions[number], row_keys):
                yield (number, place), batch, numbers_of

    def apply(item: tuple[Place, Batch, NumbersOf | None]) -> StreamedExamples | None:
        place, batch, numbers_of = item
        if place < start:
            return None
        keep, y = labels_of(batch) if labels else (np.ones(batch.n_rows, bool), None)
        chosen = np.flatnonzero(keep)
        if order is not None:
            seed, epoch = order
            shuffled = row_order(len(chosen), [seed, *place], epoch, max(1, len(chosen)))
            chosen, y = chosen[shuffled], None if y is None else y[shuffled]
        rows = {lead.form: rows_of_batch(batch, lead.form, chosen) for lead in leads}
        weight = weights_of(batch)
        return StreamedExamples(
            [transformed(lead.steps, rows[lead.form]) for lead in leads],
            y,
            None if weight is None else weight[chosen],
            None if numbers_of is None else numbers_of()[chosen],
            batch.n_rows,
            batch.n_bytes,
            place,
        )

    sources = [lambda n=number: numbered(n) for number in range(start[0], len(partitions))]
    with closing(stream(sources, Configured(apply), n_jobs)) as items:
        for item in items:
            if item is not None:
                yield item


def transformed(steps: Steps, X: Any) -> Any:
    """Pass rows through steps."""
    if count_rows(X) > 0:
        for _, step in steps:
            X = step.transform(X)
    return X


def count_rows(X: Any) -> int:
    """Return the number of rows of an array, a matrix or a list."""
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def _n_bytes(X: Any, otherwise: int) -> int:
    if X is None:
        return 0
    if sp.issparse(X):
        parts = (getattr(X, part, None) for part in ("data", "indices", "indptr"))
        return sum(part.nbytes for part in parts if part is not None)
    if hasattr(X, "memory_usage"):
        return int(X.memory_usage(index=False).sum())
    holds_values = isinstance(X, np.ndarray) and X.dtype.kind != "O"
    return int(X.nbytes) if holds_values else otherwise


def taken(view: Any, chosen: NDArray[Any]) -> Any:
    """Return some rows of an array, a matrix, a frame or a list."""
    if isinstance(view, list):
        return [view[row] for row in (np.flatnonzero(chosen) if chosen.dtype == bool else chosen)]
    if isinstance(view, pa.Array | pa.RecordBatch):
        return view.take(pa.array(np.flatnonzero(chosen) if chosen.dtype == bool else chosen))
    return view.iloc[chosen] if hasattr(view, "iloc") else view[chosen]
