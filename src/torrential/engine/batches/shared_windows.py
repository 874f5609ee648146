"""Windows of some rows of batches in an arena: the rows are not copied."""

import numpy as np

from torrential.engine.batches import windows
from torrential.engine.batches.hashed_batch import HashedBatch
from torrential.engine.batches.ring import Arena
from torrential.engine.batches.selection import Chosen, KeyedBatch, select, weight_of
from torrential.engine.batches.windows import Window, WindowBuilder
from torrential.engine.targets.labels import Encoded
from torrential.engine.targets.targets import TargetTable, of_window
from torrential.kernels.rows.selection import count_values
from torrential.types import Float32, Int32


class SharedWindowBuilder:
    """Joins chosen rows of batches until a window is full, as `WindowBuilder` does with all.

    Rows stay in the arena as long as it has room for them; when it has not, or the batch was too
    large for it, they are copied. The windows have the same rows in the same order either way.

    Parameters
    ----------
    table : TargetTable
        New labels are added.
    arena : Arena or None
        The arena of batches with an address.
    """

    def __init__(self, table: TargetTable, arena: Arena | None) -> None:
        self._table = table
        self._arena = arena
        self._copies = WindowBuilder(table)
        self._has_copies = False
        self._waiting: list[tuple[KeyedBatch, Chosen]] = []
        self._n_values = self._n_rows = 0

    @property
    def oldest(self) -> int | None:
        """Address of the first needed batch; None if no batch is needed."""
        return self._waiting[0][0].address if self._waiting else None

    def save(self) -> None:
        """Copy the rows of the current window that are in the arena."""
        for batch, chosen in self._waiting:
            if len(chosen.rows) > 0:
                self._copies.add(select(batch.hashed, chosen))
                self._has_copies = True
        self._waiting, self._n_values, self._n_rows = [], 0, 0

    def add(self, batch: KeyedBatch, chosen: Chosen) -> Window | None:
        """Add rows of a batch, and return the window if it is now full."""
        if self._has_copies or batch.address is None:
            self.save()
            if len(chosen.rows) == 0:
                return None
            return self.add_copy(select(batch.hashed, chosen))
        if not self._waiting and len(chosen.rows) == 0:
            return None
        self._waiting.append((batch, chosen))
        self._n_values += count_values(batch.hashed.rows.indptr, chosen.rows)
        self._n_rows += len(chosen.rows)
        return self.end() if windows.is_full(self._n_values, self._n_rows) else None

    def add_copy(self, rows: HashedBatch) -> Window | None:
        """Add rows that are not in an arena."""
        window = self._copies.add(rows)
        self._has_copies = window is None
        return window

    def end(self) -> Window | None:
        """Return a window of the remaining rows; None without any."""
        if self._has_copies or not self._waiting:
            self._has_copies = False
            return self._copies.end()
        window = self._in_arena()
        self._waiting, self._n_values, self._n_rows = [], 0, 0
        return window

    def _in_arena(self) -> Window:
        assert self._arena is not None  # there are addresses
        batches = [batch for batch, _ in self._waiting]
        addresses = [batch.address for batch in batches if batch.address is not None]
        rows, starts = self._arena.rows(addresses, [batch.hashed.rows for batch in batches])
        targets = self._table.targets(None, rows.n_rows)
        weight: Float32 | None = None
        n_chosen = n_bytes = 0
        for start, (batch, chosen) in zip(starts, self._waiting, strict=True):
            places = start + chosen.rows
            targets[places] = self._targets(batch.hashed, chosen)
            given = weight_of(batch.hashed, chosen)
            if given is not None:
                weight = np.ones(rows.n_rows, np.float32) if weight is None else weight
                weight[places] = given
            n_chosen += len(places)
            n_bytes += batch.hashed.n_bytes * len(places) // max(1, batch.hashed.rows.n_rows)
        counted = [batch.hashed for batch, chosen in self._waiting if len(chosen.rows) > 0]
        return Window(
            rows,
            of_window(targets, self._table),
            weight,
            n_bytes,
            sum(batch.n_malformed for batch in counted),
            sum(batch.n_invalid for batch in counted),
            sum(batch.n_null for batch in counted),
            sum(batch.n_other_labels for batch in counted),
            n_others=rows.n_rows - n_chosen,
        )

    def _targets(self, batch: HashedBatch, chosen: Chosen) -> Int32 | Float32:
        target = batch.target
        if target is not None:
            target = Encoded(target.codes[chosen.rows], target.values)
        return self._table.targets(target, len(chosen.rows))
