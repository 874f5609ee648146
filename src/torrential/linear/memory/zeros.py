"""Arrays of zeros that start where the processor reads them best."""

from typing import Any

import numpy as np

from torrential.errors import NotEnoughMemoryError

CACHE_LINE = 64  # bytes

HUGE_PAGE = 2**21
"""Bytes of a huge page. NumPy asks Linux for them for arrays of 4 MB or more (NumPy 2.0 guide,
"Global Configuration Options"); an array gets them for each whole one that is inside it. Without
them, every second access to a random row waits for the address of its page first."""


def aligned_zeros(size: int, dtype: Any, what: str) -> np.ndarray[Any, Any]:
    """Return zeros that start on a cache line, large arrays on a huge page.

    Memory is taken as it is touched.

    Parameters
    ----------
    size : int
        Number of elements.
    dtype : type
    what : str
        What is stored there, for the error.

    Raises
    ------
    NotEnoughMemoryError
    """
    itemsize = np.dtype(dtype).itemsize
    alignment = CACHE_LINE if itemsize * size < HUGE_PAGE else HUGE_PAGE
    try:
        memory = np.zeros(size + alignment // itemsize, dtype)
    except (MemoryError, ValueError):  # more than there is, more than an address can say
        raise NotEnoughMemoryError.of(what, itemsize * size) from None
    skip = (-memory.ctypes.data // itemsize) % (alignment // itemsize)
    return memory[skip : skip + size]
