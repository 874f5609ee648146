"""Names of columns as callers give them: strings, or the numbers that frames without names have."""

from collections.abc import Iterable, Sequence
from typing import Any

from torrential.errors import ParameterError

Name = str | int
Names = Name | Sequence[Name]


def names_of(text: Any) -> tuple[Any, ...]:
    """Return the names of the text columns."""
    if text is None:
        return ()
    is_one = isinstance(text, str) or not isinstance(text, Iterable)
    return (text,) if is_one else tuple(text)


def table_name(name: Any) -> Any:
    """Return the name of a table's column: the digits of a number."""
    return name if name is None else str(name)


def file_name(parameter: str, name: Any) -> Any:
    """Return the name of a column of a file, which is a string.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    if name is not None and not isinstance(name, str):
        raise ParameterError(
            f"{parameter}={name!r} does not name a column of a file: pass the name as it is in the "
            "file, a string."
        )
    return name
