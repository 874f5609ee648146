"""Pieces of rows that are scored at once: the scores of many classes take more than the rows."""

from collections.abc import Iterator
from dataclasses import replace

from torrential.types import Csr, Int64

MOST_SCORES = 2**22
"""Scores in memory at once: 16 MB."""

LEAST_ROWS = 2**8


def rows_at_once(n_columns: int) -> int:
    """Return how many rows can be scored at once.

    >>> rows_at_once(1), rows_at_once(5000)
    (4194304, 838)
    """
    return max(LEAST_ROWS, MOST_SCORES // max(1, n_columns))


def in_pieces(order: Int64, n_columns: int) -> Iterator[Int64]:
    """Cut rows into pieces; only the last piece may be empty."""
    size = rows_at_once(n_columns)
    for begin in range(0, max(1, len(order)), size):
        yield order[begin : begin + size]


def pieces_of(rows: Csr, n_columns: int) -> Iterator[Csr]:
    """Cut rows into pieces without copying their values; there is at least one piece."""
    size = rows_at_once(n_columns)
    for begin in range(0, max(1, rows.n_rows), size):
        yield replace(rows, indptr=rows.indptr[begin : begin + size + 1])
