"""Columns whose values are in the names of folders: ``lang=en/part-0.parquet``."""

from urllib.parse import unquote

import pyarrow as pa

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""Value of a missing value."""

Values = tuple[tuple[str, str | None], ...]
"""Name and value of each column."""


def values_of(url: str) -> Values:
    """Return the columns that the folders of a path name, with their values: strings, or nulls.

    Names and values may have escapes as URLs do. Where a name comes twice, the last one counts.

    Examples
    --------
    >>> values_of("logs/year=2026/month=01/lang=__HIVE_DEFAULT_PARTITION__/part=0.csv")
    (('year', '2026'), ('month', '01'), ('lang', None))
    """
    found: dict[str, str | None] = {}
    for folder in url.split("/")[:-1]:
        name, sign, value = folder.partition("=")
        if sign and name:
            found[unquote(name)] = None if value == DEFAULT_PARTITION else unquote(value)
    return tuple(found.items())


def scalar_of(value: str | None, *, is_number: bool) -> pa.Scalar:
    """Return a value as a string, or as a number if it is a weight.

    Raises
    ------
    ValueError
        It is not a number.
    """
    if is_number:
        return pa.scalar(None if value is None else float(value), pa.float64())
    return pa.scalar(value, pa.string())
