"""Amounts of memory and disk, as people write them."""

import re
from typing import Any

from torrential.errors import ParameterError

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def parse_size(name: str, size: Any) -> int:
    """Return a number of bytes, or raise a ParameterError that names the parameter.

    Examples
    --------
    >>> parse_size("memory", "1.5 GB")
    1500000000
    """
    if isinstance(size, int) and not isinstance(size, bool) and size > 0:
        return size
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]B)\s*", str(size).upper())
    if found is None or int(float(found[1]) * UNITS[found[2]]) == 0:
        raise ParameterError(f"{name}={size!r} is no amount: pass one such as '4 GB', or bytes.")
    return int(float(found[1]) * UNITS[found[2]])
