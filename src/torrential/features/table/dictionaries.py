"""Hashes of the dictionaries of columns, which consecutive batches often share."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from torrential.features.table.cell import UInt64
from torrential.kernels.table.cells import missing_hash

FEWEST_VALUES = 64
"""Smaller dictionaries are hashed as fast as they are compared."""

MOST_VALUES = 2**20
"""Values of all dictionaries that are kept: about 20 MB."""

_KNOWN: dict[tuple[int, int], tuple[pa.Array, UInt64]] = {}
"""The last dictionaries by the seed of their column and their length, with their hashes.

Threads share it: each entry is set at once, and a lost one is hashed again.
"""


def hashes_of_dictionary(
    dictionary: pa.Array, start: np.uint64, hashes: Callable[[pa.Array, np.uint64], UInt64]
) -> UInt64:
    """Return the hashes of a dictionary, and last that of a null.

    They are known ones if it is like one of the last of its column: Parquet's readers give each
    batch a copy of the dictionary of its row group, and comparing bytes takes a tenth of the time
    of hashing them.
    """
    if not FEWEST_VALUES <= len(dictionary) <= MOST_VALUES:
        return _with_null(hashes(dictionary, start), start)
    key = int(start), len(dictionary)
    known = _KNOWN.get(key)
    if known is not None and _are_same(known[0], dictionary):
        return known[1]
    table = _with_null(hashes(dictionary, start), start)
    if sum(n_values for _, n_values in list(_KNOWN)) + len(dictionary) > MOST_VALUES:
        _KNOWN.clear()
    _KNOWN[key] = dictionary, table
    return table


def _with_null(hashes: UInt64, start: np.uint64) -> UInt64:
    return np.append(hashes, np.uint64(missing_hash(start)))


def _are_same(first: pa.Array, second: pa.Array) -> bool:
    """Return whether arrays have the same bytes; equal ones that begin elsewhere may not."""
    if first.type != second.type or len(first) != len(second) or first.offset != second.offset:
        return False
    return all(
        a is b or (a is not None and b is not None and a.equals(b))
        for a, b in zip(first.buffers(), second.buffers(), strict=True)
    )
