"""Consecutive small pieces, joined into batches: each batch has a fixed cost."""

from collections.abc import Iterator

import pyarrow as pa

from torrential.arrow_casts import bytes_of

# A batch is what a worker takes at a time: long enough that its overhead vanishes, and short
# enough that a few of them per worker fit into the cache of the last level.
BATCH_ROWS = 4096
BATCH_BYTES = 3 << 19

TABLE_ROWS = 1 << 15
"""The same of tables without text, whose rows are short."""

Piece = tuple[pa.RecordBatch, int] | tuple[pa.RecordBatch, int, int]
"""Consecutive rows, the number of malformed rows that were skipped since the last piece, and in
formats whose rows can have several labels the number of those that were left out."""


def joined(pieces: Iterator[Piece], batch_rows: int = BATCH_ROWS) -> Iterator[Piece]:
    """Join pieces with less than half a batch's rows and bytes, up to a batch.

    It depends on the pieces alone. Their columns must be the same, or they stay separate.
    """
    waiting: list[Piece] = []
    n_rows = n_bytes = 0
    for piece in pieces:
        rows, size = piece[0].num_rows, bytes_of(piece[0])
        is_small = 2 * rows < batch_rows and 2 * size < BATCH_BYTES
        fits = n_rows + rows <= batch_rows and n_bytes + size <= BATCH_BYTES
        is_alike = not waiting or _are_alike(piece[0].schema, waiting[0][0].schema)
        if waiting and not (is_small and fits and is_alike):
            yield _one(waiting)
            waiting, n_rows, n_bytes = [], 0, 0
        if is_small:
            waiting.append(piece)
            n_rows, n_bytes = n_rows + rows, n_bytes + size
        else:
            yield piece
    if waiting:
        yield _one(waiting)


def _are_alike(first: pa.Schema, second: pa.Schema) -> bool:
    return first.equals(second) and bool(first.metadata == second.metadata)


def _one(pieces: list[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    rows = pa.concat_batches([piece[0] for piece in pieces])
    return rows, sum(piece[1] for piece in pieces), sum(sum(piece[2:]) for piece in pieces)
