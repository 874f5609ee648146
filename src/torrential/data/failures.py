"""Turn the errors of pyarrow and of the operating system into torrential's own."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from torrential.errors import DataError, MissingDataError, TorrentialError

MAX_SHOWN = 60
"""Bytes of a name that a message shows."""


@contextmanager
def reading(name: str, *, is_elsewhere: bool = False) -> Iterator[None]:
    """Add the name of the input to any error that reading it raises.

    With `is_elsewhere` any exception becomes a DataError, because packages for remote filesystems
    raise their own exceptions.
    """
    try:
        yield
    except TorrentialError:
        raise
    except FileNotFoundError as error:
        raise MissingDataError(f"{name} does not exist: check the path.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} has the name or the type of a column that is not UTF-8 "
            f"({error.object[:MAX_SHOWN]!r}): rename it, or write the file again from its source."
        ) from error
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise DataError(
            f"{name} is not readable ({reason}): check that the file is whole and of that format."
        ) from error
    except Exception as error:
        if not is_elsewhere:
            raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise DataError(
            f"{name} is not readable ({reason}): check that it is readable without torrential."
        ) from error
