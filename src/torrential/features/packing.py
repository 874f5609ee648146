"""Hashed rows in few bytes, as a cache keeps them: about three for each value."""

from typing import Any

import numpy as np

from torrential.kernels.rows.packing import (
    CODES,
    N_SIZES,
    SPILLS,
    TABLES,
    WORDS,
    pack_rows,
    unpack_rows,
)
from torrential.types import Arrays, Csr

PACKED: dict[str, np.dtype[Any]] = {
    "lengths": np.dtype("<u4"),
    "words": np.dtype("<u2"),
    "usual": np.dtype("<u4"),
    "table_sizes": np.dtype("u1"),
    "tables": np.dtype("<u4"),
    "codes": np.dtype("u1"),
    "spills": np.dtype("<u4"),
}
"""Arrays that rows are packed into, and their types."""


def packed(rows: Csr) -> Arrays:
    """Return rows as the arrays of `PACKED`.

    Examples
    --------
    >>> rows = Csr(np.ones(2, np.float32), np.array([3, 9], np.int32), np.array([0, 2]), 16)
    >>> unpacked(packed(rows), 16).indices
    array([3, 9], dtype=int32)
    """
    n_values, n_rows = len(rows.data), rows.n_rows
    words, codes = np.empty(3 * n_values, np.uint16), np.empty(n_values, np.uint8)
    tables, spills = np.empty(n_values, np.uint32), np.empty(n_values, np.uint32)
    usual, table_sizes = np.empty(n_rows, np.uint32), np.empty(n_rows, np.uint8)
    sizes = np.zeros(N_SIZES, np.int64)
    bits = rows.data.view(np.uint32)
    pack_rows(
        bits, rows.indices, rows.indptr, words, usual, table_sizes, tables, codes, spills, sizes
    )
    return {
        "lengths": np.diff(rows.indptr).astype(np.uint32),
        "words": words[: sizes[WORDS]],
        "usual": usual,
        "table_sizes": table_sizes,
        "tables": tables[: sizes[TABLES]],
        "codes": codes[: sizes[CODES]],
        "spills": spills[: sizes[SPILLS]],
    }


def unpacked(arrays: Arrays, n_features: int) -> Csr:
    """Return exactly the rows that `packed` took."""
    indptr = np.zeros(len(arrays["lengths"]) + 1, np.int64)
    np.cumsum(arrays["lengths"], out=indptr[1:])
    n_values = int(indptr[-1])
    bits, indices = np.empty(n_values, np.uint32), np.empty(n_values, np.int32)
    contents = [arrays[name] for name in PACKED if name != "lengths"]
    unpack_rows(*contents, indptr, bits, indices)
    return Csr(bits.view(np.float32), indices, indptr, n_features)
