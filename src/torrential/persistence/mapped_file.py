"""Files of models, mapped into memory that processes share."""

import mmap
import os
from pathlib import Path

from torrential.errors import MissingDataError, ModelFileError


def mapped_file(path: str | os.PathLike[str], again: str) -> mmap.mmap:
    """Map the file of a model, to be read only.

    Parameters
    ----------
    path : str or path-like
    again : str
        What to do again if the file is empty, such as "save".

    Raises
    ------
    MissingDataError
        If there is no such file.
    ModelFileError
        If it is empty, or not readable.
    """
    try:
        with Path(path).open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError as error:
        raise MissingDataError(f"There is no model {path}: check the path.") from error
    except ValueError as error:  # mmap's error for an empty file
        raise ModelFileError(f"{path} is empty: {again} the model again.") from error
    except OSError as error:
        raise ModelFileError(f"Cannot read model {path}: {error.strerror}.") from error
