"""Amounts of memory, disk and time, as people write them."""

import math
import re
from collections.abc import Mapping
from typing import Any

from torrential.errors import ParameterError

BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
SECONDS = {"S": 1, "M": 60, "H": 3600}


def parse_bytes(name: str, value: Any) -> int:
    """Return a number of bytes, or raise a ParameterError that names the parameter.

    Examples
    --------
    >>> parse_bytes("memory", "1.5 GB")
    1500000000
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    n_bytes = int(amount_of(value, BYTES) or 0)
    if n_bytes == 0:
        raise ParameterError(f"{name}={value!r} is not a size: pass one such as '4 GB', or bytes.")
    return n_bytes


def parse_seconds(name: str, value: Any) -> float:
    """Return a time in seconds, or raise a ParameterError that names the parameter.

    Examples
    --------
    >>> parse_seconds("every", "1.5m")
    90.0
    """
    seconds = amount_of(value, SECONDS)
    if seconds is None:
        raise ParameterError(f"{name}={value!r} is not a time: pass one such as '1s' or '5m'.")
    return seconds


def amount_of(value: Any, units: Mapping[str, int]) -> float | None:
    """Parse a string of a number and a unit; return None for anything else."""
    if not isinstance(value, str):
        return None
    found = re.fullmatch(rf"\s*(\d+(?:\.\d+)?)\s*({'|'.join(units)})\s*", value.upper())
    amount = math.inf if found is None else float(found[1]) * units[found[2]]
    return amount if math.isfinite(amount) else None


def human_size(n_bytes: int) -> str:
    """Return a number of bytes as people read it.

    Examples
    --------
    >>> human_size(265_000_000), human_size(12)
    ('265.0 MB', '12 bytes')
    >>> human_size(999), human_size(12_345), human_size(2_500_000_000)
    ('999 bytes', '12.3 kB', '2.5 GB')
    """
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if n_bytes >= 1000**power:
            return f"{n_bytes / 1000**power:.1f} {unit}"
    return f"{n_bytes} bytes"
