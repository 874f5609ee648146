"""Memory of hashed rows while several models learn from them, so that no row is copied twice.

::

    [ batch 7 | batch 8 |  free  | batch 3 | batch 4 | batch 5 | batch 6 ]     a ring
                        ^ next   ^ where the window of the slowest model begins
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from torrential.engine.batches import keyed, windows
from torrential.engine.batches.selection import KeyedBatch
from torrential.types import Csr

WINDOWS = 2.5
"""Number of windows with room: windows of models that learn most rows are a little longer.

Models that learn few rows save their rows before they are overwritten.
"""

LARGEST = 4
"""Least share of the ring, as 1 / LARGEST, of a batch that is too large to be stored."""


class Tenant(Protocol):
    """A user of rows in the arena."""

    @property
    def oldest(self) -> int | None:
        """Address of the first needed batch; None if no batch is needed."""
        ...

    def save(self) -> None:
        """Copy the rows that are still needed, before they are overwritten."""
        ...


class Arena:
    """A ring of values and indices; batches have addresses that only grow.

    Parameters
    ----------
    n_features : int
    tenants : sequence of Tenant
    """

    def __init__(self, n_features: int, tenants: Sequence[Tenant]) -> None:
        self.size = max(int(WINDOWS * windows.MAX_NONZEROS), 2 * keyed.VALUES_AT_ONCE)
        self.data = np.empty(self.size, np.float32)  # pages are taken when they are written to
        self.indices = np.empty(self.size, np.int32)
        self._n_features = n_features
        self._tenants = tenants
        self._next = 0

    def take(self, batch: KeyedBatch) -> KeyedBatch:
        """Copy a batch to the next free place; a batch that is too large stays where it is."""
        rows = batch.hashed.rows
        n = len(rows.data)
        if n > self.size // LARGEST:
            return batch
        address = self._next
        if address % self.size + n > self.size:  # a batch is in one piece
            address += self.size - address % self.size
        self._next = address + n
        for tenant in self._tenants:
            if tenant.oldest is not None and tenant.oldest < self._next - self.size:
                tenant.save()
        begin = address % self.size
        data, indices = self.data[begin : begin + n], self.indices[begin : begin + n]
        data[:], indices[:] = rows.data, rows.indices
        moved = replace(batch.hashed, rows=Csr(data, indices, rows.indptr, rows.n_features))
        return replace(batch, hashed=moved, address=address)

    def rows(self, addresses: Sequence[int], batches: Sequence[Csr]) -> tuple[Csr, list[int]]:
        """Return batches as one matrix, without copying, and the first row of each.

        Where the ring begins again is a row more, of a negative length: it is never learned.
        """
        starts: list[int] = []
        parts: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        n_rows, end = 0, -1
        for address, batch in zip(addresses, batches, strict=True):
            begin = address % self.size
            goes_on = begin == end
            n_rows += len(starts) > 0 and not goes_on
            starts.append(n_rows)
            parts.append(batch.indptr[1 if goes_on else 0 :] + begin)
            n_rows, end = n_rows + batch.n_rows, begin + len(batch.data)
        return Csr(self.data, self.indices, np.concatenate(parts), self._n_features), starts
