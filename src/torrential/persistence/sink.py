"""The target of a table's bytes: a file, a pipe or standard output, compressed or not."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.errors import OutputError


class Sink:
    """A file or a stream to write to.

    A stream that was given, such as standard output, stays open.

    Parameters
    ----------
    target : Path or binary file
    compression : str or None
    is_file : bool
        Whether what was written can be read and replaced.
    """

    def __init__(self, target: Any, compression: str | None, *, is_file: bool) -> None:
        self._target = target
        self._compression = compression
        self.is_file = is_file

    @property
    def path(self) -> Path:
        """Path of the file."""
        return Path(self._target)

    def open(self) -> Any:
        """Open the file for writing."""
        if isinstance(self._target, Path):
            return pa.output_stream(str(self._target), compression=self._compression)
        return pa.PythonFile(self._target, mode="w")

    def read(self, path: Path) -> Any:
        """Open a file that was written like this one for reading."""
        return pa.input_stream(str(path), compression=self._compression)

    def close(self, file: Any) -> None:
        """Close the file, or flush the stream."""
        if isinstance(self._target, Path):
            file.close()
        else:
            self._target.flush()


class StandardOutput:
    """The standard output, for bytes; what the system says of it becomes an OutputError.

    A BrokenPipeError, for a reader that has left, is passed on.
    """

    closed = False

    def __init__(self) -> None:
        if sys.stdout is None:  # if the shell closed it
            raise OutputError("The standard output is closed: name a file.")
        self._stream = sys.stdout.buffer

    def write(self, data: Any) -> int:
        """Write bytes."""
        with self._errors():
            return self._stream.write(data)

    def flush(self) -> None:
        """Flush the bytes."""
        with self._errors():
            self._stream.flush()

    @staticmethod
    @contextmanager
    def _errors() -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(
                f"Cannot write to the standard output: {error.strerror}; write elsewhere."
            ) from error
