"""Warnings about the input: Python's, also where a worker in another process meets them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torrential.errors import DataWarning

_gathered: ContextVar[list[str] | None] = ContextVar("gathered", default=None)


def warn(message: str, *, stacklevel: int = 1) -> None:
    """Warn about the input, in the user's process.

    Parameters
    ----------
    message : str
    stacklevel : int, default=1
        As that of ``warnings.warn``: 1 is who calls this.
    """
    gathered = _gathered.get()
    if gathered is None:
        warnings.warn(message, DataWarning, stacklevel=stacklevel + 1)
    else:
        gathered.append(message)


@contextmanager
def gathered() -> Iterator[list[str]]:
    """Collect the warnings of this thread while the block runs, instead of raising them."""
    messages: list[str] = []
    token = _gathered.set(messages)
    try:
        yield messages
    finally:
        _gathered.reset(token)
