"""Secondary files, such as logs: if writing one fails, the work continues."""

import os
from contextlib import suppress
from pathlib import Path

from torrential.errors import OutputError
from torrential.logs import logger_of

logger = logger_of("train")


class SideFile:
    """A text file that can be followed while it is written.

    Only its beginning raises an error. If a later write fails, as on a full disk, a
    warning names it, once, and what comes then is left out.

    Parameters
    ----------
    path : str or path-like
    what : str
        What is in it, for the warning: a plural.

    Raises
    ------
    OutputError
        Opening the file fails.
    """

    def __init__(self, path: str | os.PathLike[str], what: str) -> None:
        self._path = path
        self._what = what
        self._has_failed = False
        try:
            self._file = Path(path).open("w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
        except OSError as error:
            raise OutputError(
                f"Cannot write {path}: {error.strerror}; name another file."
            ) from error

    def write(self, text: str) -> None:
        """Write text, and flush it at once."""
        if self._has_failed:
            return
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        with suppress(OSError):  # it tries again to write what it could not
            self._file.close()
        logger.warning(
            "Cannot write %s (%s): the %s end there, and the work continues",
            self._path,
            error.strerror or error,
            self._what,
        )
