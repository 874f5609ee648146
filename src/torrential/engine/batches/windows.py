"""Windows: enough hashed rows at a time that their order is shuffled well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torrential.engine.batches.hashed_batch import HashedBatch, joined_weights
from torrential.engine.targets.targets import Targets, TargetTable, are_labeled, of_window
from torrential.tracing import span
from torrential.types import Bool, Csr, Float32, Int64

MAX_NONZEROS = 2**22
"""Size of a window: 32 MB of rows, from about as much text."""

MAX_ROWS = 2**16
"""Size of a window of narrow rows.

Learning them in an order that is random over more memory than the caches have takes twice as long.
"""

SLACK = 8
"""One part in this many is room for the last batch of a window, and for larger windows."""

NO_VALUES, NO_INDICES = np.empty(0, np.float32), np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows that are learned together.

    Attributes
    ----------
    rows : Csr
    targets : Targets of shape (n_rows,)
    weight : float32 array of shape (n_rows,), or None
    n_bytes, n_malformed, n_invalid, n_null, n_other_labels : int
        Sums over the batches it was made of; see HashedBatch.
    n_others : int
        Rows among them that are not of the window; they have no label.
    """

    rows: Csr
    targets: Targets
    weight: Float32 | None
    n_bytes: int
    n_malformed: int
    n_invalid: int
    n_null: int
    n_other_labels: int = 0
    n_others: int = 0

    @property
    def n_rows(self) -> int:
        """Number of rows of the window."""
        return self.rows.n_rows - self.n_others

    @property
    def are_labeled(self) -> Bool:
        """Which rows have a target, shape (n_rows,)."""
        return are_labeled(self.targets)

    @property
    def n_unlabeled(self) -> int:
        """Number of rows of the window without a label."""
        return int(np.count_nonzero(~self.are_labeled)) - self.n_others

    @property
    def n_without_terms(self) -> int:
        """Number of labeled rows that have no features."""
        return int(np.count_nonzero((np.diff(self.rows.indptr) == 0) & self.are_labeled))


def is_full(n_values: int, n_rows: int) -> bool:
    """Return whether n_rows rows with n_values values are a window."""
    return n_values >= MAX_NONZEROS or n_rows >= MAX_ROWS


class Room:
    """Memory that windows are stacked in one after the other: new pages cost more than a copy.

    Examples
    --------
    >>> room = Room(n_features=3)
    >>> one = np.ones(1, np.float32), np.array([2], np.int32), np.array([0, 1])
    >>> room.append(Csr(*one, 3))
    >>> room.append(Csr(*one, 3))
    >>> room.take().indptr
    array([0, 1, 2])
    """

    def __init__(self, n_features: int) -> None:
        self.n_values = 0
        self._n_features = n_features
        size = MAX_NONZEROS + MAX_NONZEROS // SLACK  # pages are taken when they are written to
        self._data = np.empty(size, np.float32)
        self._indices = np.empty(size, np.int32)
        self._indptr: list[Int64] = []

    def append(self, rows: Csr) -> None:
        """Append a copy of rows."""
        begin, end = self.n_values, self.n_values + len(rows.data)
        if end > len(self._data):
            self._data = _longer(self._data, begin, end)
            self._indices = _longer(self._indices, begin, end)
        self._data[begin:end] = rows.data
        self._indices[begin:end] = rows.indices
        self._indptr.append(rows.indptr[:-1] + begin)
        self.n_values = end

    def take(self) -> Csr:
        """Return all rows, valid until the next rows are appended, and begin again."""
        n = self.n_values
        indptr = np.concatenate([*self._indptr, np.array([n])])
        self.n_values = 0
        self._indptr = []
        return Csr(self._data[:n], self._indices[:n], indptr, self._n_features)


def _longer(array: NDArray[Any], n_used: int, n_needed: int) -> NDArray[Any]:
    longer = np.empty(n_needed + n_needed // SLACK, array.dtype)
    longer[:n_used] = array[:n_used]
    return longer


class WindowBuilder:
    """Joins batches until a window is full; it depends on the data alone.

    Rows are copied as they come, so that they are in memory once. A window's are good until the
    next batch is added: all use the same memory, in turn.

    Parameters
    ----------
    table : TargetTable
        New labels are added.
    """

    def __init__(self, table: TargetTable) -> None:
        self._table = table
        self._room: Room | None = None
        self._waiting: list[HashedBatch] = []
        self._n_rows = 0

    def add(self, batch: HashedBatch) -> Window | None:
        """Add a batch, and return the window if it is now full."""
        self._room = self._room or Room(batch.rows.n_features)
        self._room.append(batch.rows)
        self._waiting.append(_without_values(batch))
        self._n_rows += batch.rows.n_rows
        return self.end() if is_full(self._room.n_values, self._n_rows) else None

    def end(self) -> Window | None:
        """Return a window of the remaining rows; None without any."""
        if self._room is None or not self._waiting:
            return None
        window = _join(self._room.take(), self._waiting, self._table)
        self._waiting, self._n_rows = [], 0
        return window


def windows(batches: Iterable[HashedBatch], table: TargetTable) -> Iterator[Window]:
    """Join batches into windows, each valid until the next one is requested."""
    builder = WindowBuilder(table)
    for batch in batches:
        with span("gather"):
            window = builder.add(batch)
        if window is not None:
            yield window
    window = builder.end()
    if window is not None:
        yield window


def _without_values(batch: HashedBatch) -> HashedBatch:
    return replace(batch, rows=replace(batch.rows, data=NO_VALUES, indices=NO_INDICES))


def _join(rows: Csr, batches: list[HashedBatch], table: TargetTable) -> Window:
    """Encode the targets of the rows, and concatenate all other parts of the batches."""
    weights = [batch.weight for batch in batches]
    sizes = [batch.rows.n_rows for batch in batches]
    targets: list[Any] = [table.targets(batch.target, batch.rows.n_rows) for batch in batches]
    return Window(
        rows,
        of_window(np.concatenate(targets), table),
        joined_weights(weights, sizes),
        sum(batch.n_bytes for batch in batches),
        sum(batch.n_malformed for batch in batches),
        sum(batch.n_invalid for batch in batches),
        sum(batch.n_null for batch in batches),
        sum(batch.n_other_labels for batch in batches),
    )
