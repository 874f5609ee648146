"""Streams of which one can be open at a time: earlier streams continue from a temporary file."""

from collections.abc import Callable, Iterator
from contextlib import closing
from tempfile import TemporaryFile
from threading import RLock
from typing import Any

import pyarrow as pa

_lock = RLock()
"""Held while a stream is opened, read or moved to a file: connections are for one thread."""

_open: "list[_Stream]" = []
"""The stream that reads from its connection, if any."""


def stream_of(open_reader: Callable[[], Any]) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of a reader, even if another reader is opened in the meantime.

    DuckDB refuses to run a query on a connection that has an open result. So when another stream
    begins, in any thread, the rows that this one has not given yet are put into a file.

    Parameters
    ----------
    open_reader : callable
        Opens a ``pyarrow.RecordBatchReader``.
    """
    with closing(_Stream(open_reader)) as stream:
        while (rows := stream.next()) is not None:
            yield rows


def schema_of(open_reader: Callable[[], Any]) -> pa.Schema:
    """Return the columns of a reader before its first row."""
    with closing(_Stream(open_reader)) as stream:
        return stream.reader.schema


class _Stream:
    def __init__(self, open_reader: Callable[[], Any]) -> None:
        self._file: Any = None
        self._failure: Exception | None = None
        with _lock:
            for other in [*_open]:
                other.put_aside()
            self.reader = open_reader()
            _open.append(self)

    def next(self) -> pa.RecordBatch | None:
        """Return the next rows; None at the end."""
        with _lock:
            try:
                rows = next(self.reader, None)
            except pa.ArrowException:
                if self._failure is None:
                    raise
                rows = None  # a full disk cuts the file off
            if rows is None and self._failure is not None:
                raise self._failure
            return rows

    def put_aside(self) -> None:
        """Move the remaining rows to a file, and an error to its end."""
        schema, self._file = self.reader.schema, TemporaryFile()  # noqa: SIM115  `close` does
        try:
            with pa.ipc.new_stream(pa.PythonFile(self._file, "w"), schema) as writer:
                for rows in self.reader:
                    writer.write_batch(rows)
        except Exception as error:  # it is raised when these rows are requested
            self._failure = error
        self._leave()
        self._file.seek(0)
        self.reader = pa.ipc.open_stream(self._file)

    def close(self) -> None:
        """Allow others to use the connection."""
        with _lock:
            self._leave()
            if self._file is not None:
                self._file.close()

    def _leave(self) -> None:
        self.reader.close()
        if self in _open:
            _open.remove(self)
