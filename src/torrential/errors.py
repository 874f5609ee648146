"""The errors that torrential raises, as one tree.

::

    TorrentialError
    ├── DataError (ValueError)          rows that are malformed or not usable
    │   ├── MissingDataError (FileNotFoundError)   a file or folder that is not there
    │   └── MalformedRowError           a row that its format does not allow
    ├── ParameterError (ValueError)     a parameter or option with a value it cannot have
    ├── ModelFileError (ValueError)     a model file that is corrupt, cut off or newer
    ├── OutputError (OSError)           a file that is not writable
    ├── NotEnoughMemoryError (MemoryError)     work that needs more memory than there is
    └── ClusterError (RuntimeError)     a cluster that is not reachable or lost its work

A `DataWarning` says that input was read, but that a good part of it is missing or odd.

Each message is one sentence that names the thing at fault and says what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self


class TorrentialError(Exception):
    """Base of all errors that torrential raises on purpose."""


class DataError(TorrentialError, ValueError):
    """Input that is malformed or not usable."""


# FileNotFoundError comes first for its __new__: Dask makes a copy of an error with that.
class MissingDataError(FileNotFoundError, DataError):
    """A file or folder that is not there."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class MalformedRowError(DataError):
    """A row that its format does not allow."""


class DataWarning(UserWarning):
    """Input that was read, but of which a good part is missing or odd."""


class ParameterError(TorrentialError, ValueError):
    """A parameter or option with a value it cannot have."""


class ModelFileError(TorrentialError, ValueError):
    """A model file that is corrupt, cut off, of a newer version, or not a model at all."""


class OutputError(TorrentialError, OSError):
    """A file that is not writable; an existing file of its name is still whole."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


# MemoryError comes first for its __new__, as above.
class NotEnoughMemoryError(MemoryError, TorrentialError):
    """Work that needs more memory than there is."""

    @classmethod
    def of(cls, what: str, n_bytes: int) -> Self:
        """Return the error for memory that the system did not provide.

        Parameters
        ----------
        what : str
            What it was for, such as "the weights".
        n_bytes : int
        """
        return cls(
            f"There is not enough memory for {what}, which need {n_bytes / 1e6:,.0f} MB more: "
            "lower n_features, or train with fewer classes."
        )


class ClusterError(TorrentialError, RuntimeError):
    """A cluster that is not reachable, does not fit, or lost its work."""


@contextmanager
def enough_memory_to(do: str) -> Iterator[None]:
    """Turn a MemoryError of any library into a sentence of torrential; works as a decorator, too.

    Parameters
    ----------
    do : str
        What is done, such as "train".

    Raises
    ------
    NotEnoughMemoryError
    """
    try:
        yield
    except NotEnoughMemoryError:
        raise
    except MemoryError as error:
        detail = " ".join(str(error).split()).rstrip(".")
        raise NotEnoughMemoryError(
            f"There is not enough memory to {do}{detail and f' ({detail})'}: lower n_features or "
            "n_jobs, or give fewer rows at once."
        ) from None
