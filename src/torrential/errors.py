"""The errors that torrential raises, as one tree.

::

    TorrentialError
    ├── DataError (ValueError)          rows that cannot be read or used
    │   ├── MissingDataError (FileNotFoundError)   a file or folder that is not there
    │   └── MalformedRowError           a row that its format does not allow
    ├── ParameterError (ValueError)     a parameter or option with a value it cannot have
    ├── ModelFileError (ValueError)     a model file that is corrupt, cut off or newer
    ├── OutputError (OSError)           a file that cannot be written
    └── ClusterError (RuntimeError)     a cluster that cannot be reached or lost its work

A `DataWarning` says that input was read, but that a good part of it is missing or odd.

Each message is one sentence that names the thing at fault and says what to do.
"""


class TorrentialError(Exception):
    """Base of all errors that torrential raises on purpose."""


class DataError(TorrentialError, ValueError):
    """Input that cannot be read or used."""


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
    """A file that cannot be written; one that was there before under its name is still whole."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class ClusterError(TorrentialError, RuntimeError):
    """A cluster that cannot be reached, does not fit, or lost its work."""
