"""Arrays of several parts in one flat dict, as a file has them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from torrential.types import Arrays


def under(name: str, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Arrays:
    """Return arrays with the name of the part as a prefix of their names.

    Examples
    --------
    >>> list(under("first", {"rows": np.zeros(2)}))
    ['first/rows']
    """
    return {f"{name}/{key}": array for key, array in arrays.items()}


def part(name: str, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Arrays:
    """Return the arrays of a part, without the prefix of `under`."""
    start = name + "/"
    return {key[len(start) :]: array for key, array in arrays.items() if key.startswith(start)}
