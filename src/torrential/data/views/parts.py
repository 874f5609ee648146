"""Parts of a dataset: slices of its partitions that one worker learns, whole or in stretches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.data.source import SizedPartition, select_rows, view_of
from torrential.data.views.assignment import Slice, assign
from torrential.data.views.cached import CacheSettings
from torrential.types import Batch, Int64, Partition


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of a slice of a partition: a partition itself.

    Attributes
    ----------
    inner : Partition
    cut : Slice
        Which rows of it.
    first, stop : int
        Which of these.
    """

    inner: Partition
    cut: Slice
    first: int
    stop: int

    @property
    def name(self) -> str:
        """Name of the partition."""
        return self.inner.name

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.stop - self.first

    @property
    def cached(self) -> CacheSettings | None:
        """Cache of the partition if the slice is whole: other stretches are rarely read again."""
        is_whole = self.first == 0 and self.stop == self.cut.n_rows
        return getattr(self.inner, "cached", None) if is_whole else None

    def identity(self) -> dict[str, Any] | None:
        """Return the identity of the partition, and its rows."""
        rows = [self.cut.share, self.cut.n_shares, self.first, self.stop]
        return view_of(cast(SizedPartition, self.inner), rows=rows)

    def batches(self) -> Iterator[Batch]:
        """Read the partition up to the last of the rows."""
        number, n_read = self.first, 0
        for batch in self.inner.batches():
            # One row in this many: the batch has about as many of the next numbers.
            most = number + batch.n_rows // self.cut.n_shares + 2
            rows = self.cut.rows(np.arange(number, min(self.stop, most))) - n_read
            rows = rows[: np.searchsorted(rows, batch.n_rows)]
            if len(rows) > 0:
                yield _chosen(batch, rows)
            number, n_read = number + len(rows), n_read + batch.n_rows
            if number == self.stop:
                return


def _chosen(batch: Batch, rows: Int64) -> Batch:
    """Return rows of a batch, in their order, without the counts of skipped rows."""
    if len(rows) < batch.n_rows:
        if rows[-1] - rows[0] == len(rows) - 1:
            batch = select_rows(batch, rows, _slice)
        else:
            batch = select_rows(batch, pa.array(rows), pc.take)
    return replace(batch, n_skipped=0, n_other_labels=0, share=None)


def _slice(column: Any, rows: Int64) -> Any:
    return column.slice(rows[0], len(rows))


@dataclass(frozen=True, slots=True)
class Part:
    """Data of one of several workers: pieces, in order.

    Attributes
    ----------
    number : int
        From 0.
    pieces : tuple of Piece
    """

    number: int
    pieces: tuple[Piece, ...]

    @property
    def name(self) -> str:
        """Name shown in messages: the part's number, and the files that it reads."""
        files = list(dict.fromkeys(piece.name for piece in self.pieces))
        some = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
        return f"part {self.number} ({some})"

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return sum(piece.n_rows for piece in self.pieces)

    def stretch(self, order: Sequence[int], first: int, stop: int) -> "Part":
        """Return the rows from ``first`` to ``stop``, if the pieces are in this order."""
        pieces = []
        for place in order:
            piece = self.pieces[place]
            begin, end = max(first, 0), min(stop, piece.n_rows)
            if begin < end:
                pieces.append(replace(piece, first=piece.first + begin, stop=piece.first + end))
            first, stop = first - piece.n_rows, stop - piece.n_rows
        return Part(self.number, tuple(pieces))


def parts_of(
    partitions: Sequence[Partition], sizes: Sequence[int], n_parts: int, seed: int
) -> list[Part]:
    """Assign partitions with these numbers of rows to parts; omit partitions without rows."""
    assigned = assign(sizes, n_parts, seed)
    parts = [
        tuple(Piece(partitions[cut.partition], cut, 0, cut.n_rows) for cut in part if cut.n_rows)
        for part in assigned
    ]
    return [Part(number, pieces) for number, pieces in enumerate(filter(None, parts))]
