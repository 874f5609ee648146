"""Hashes of the dictionaries of columns, which consecutive batches often share."""

import threading
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from torrential.features.table.cell import UInt64

MOST_COLUMNS = 64
"""Columns whose last dictionary each thread keeps, to compare it with the next one."""

FEWEST_VALUES, MOST_VALUES = 64, 2**18
"""Smaller dictionaries are hashed faster than compared; larger ones take too much memory."""


class _Last(threading.local):
    """The last dictionary of each column and its hashes, in this thread."""

    def __init__(self) -> None:
        self.tables: dict[int, tuple[pa.Array, UInt64]] = {}


_LAST = _Last()


def hashes_of_dictionary(
    dictionary: pa.Array, start: np.uint64, hashes: Callable[[pa.Array, np.uint64], UInt64]
) -> UInt64:
    """Return the hashes of a dictionary, known ones if it is the last one of its column.

    Parquet's readers give each batch a copy of the dictionary of its row group: comparing bytes
    takes a tenth of the time of hashing them.
    """
    if not FEWEST_VALUES <= len(dictionary) <= MOST_VALUES:
        return hashes(dictionary, start)
    tables, key = _LAST.tables, int(start)
    if key in tables and _are_same(tables[key][0], dictionary):
        return tables[key][1]
    if len(tables) >= MOST_COLUMNS:
        tables.clear()
    table = hashes(dictionary, start)
    tables[key] = dictionary, table
    return table


def _are_same(first: pa.Array, second: pa.Array) -> bool:
    """Return whether arrays have the same bytes; equal ones that begin elsewhere may not."""
    if first.type != second.type or len(first) != len(second) or first.offset != second.offset:
        return False
    return all(
        a is b or (a is not None and b is not None and a.equals(b))
        for a, b in zip(first.buffers(), second.buffers(), strict=True)
    )
