"""Writers of tables: a stream of record batches becomes one file, whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.errors import OutputError, ParameterError
from torrential.persistence.table_writers import TABLE_WRITERS, Sink, TableWriter
from torrential.persistence.whole_file import whole_file

FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
"""The format that each extension stands for."""

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
"""How a text format is compressed by a second extension, as in ``rows.csv.gz``."""

STANDARD_OUTPUT = "-"

_TEXT_FORMATS = ("csv", "tsv", "jsonl")


@contextmanager
def open_writer(
    path: str | os.PathLike[str], schema: pa.Schema, format: str | None = None
) -> Iterator[TableWriter]:
    """Open a writer of record batches; its file appears when all is written, or not at all.

    Memory is bounded: batches are written as they come (Parquet: 32 MB at a time).

    Parameters
    ----------
    path : str or path-like
        The file, or "-" for standard output, where rows appear as they come.
    schema : pa.Schema
        Names and types of the columns, the same in every batch.
    format : {"parquet", "csv", "tsv", "jsonl", "arrow"}, default=None
        By default the one that the extension stands for, and "jsonl" for standard output. The text
        formats are compressed if the last extension is .gz, .zst or .bz2.

    Yields
    ------
    TableWriter
        To be given batches with ``write``; it is closed at the end of the ``with`` block.

    Raises
    ------
    ParameterError
        There is no column, or the format is not known, or cannot go to standard output or be
        compressed.
    OutputError
        The file cannot be written; one that was there before is whole.

    Notes
    -----
    Parquet is compressed with zstd, Arrow with lz4; dictionary columns become plain ones in Arrow
    and text. CSV and TSV begin with a line of names, and hold nested columns as JSON. In JSON Lines
    nan and infinities are null. Text that is not valid UTF-8 is repaired with U+FFFD in the
    text formats.

    Examples
    --------
    >>> batch = pa.record_batch({"label": ["a", "b"], "probability": [0.9, None]})
    >>> path = getfixture("tmp_path") / "predictions.jsonl"
    >>> with open_writer(path, batch.schema) as writer:
    ...     writer.write(batch)
    >>> print(path.read_text(), end="")
    {"label":"a","probability":0.9}
    {"label":"b","probability":null}
    """
    format, compression = _format_of(os.fspath(path), format)
    if not schema.names:
        raise ParameterError(f"There is no column to write to {path}: name at least one.")
    with ExitStack() as stack:
        if os.fspath(path) == STANDARD_OUTPUT:
            target: Any = _StandardOutput()
        else:
            target = stack.enter_context(whole_file(path))
        writer = TABLE_WRITERS[format](Sink(target, compression), schema)
        try:
            yield writer
            writer.close()
        except BaseException:
            # The file is given up: closing it may fail again, for the same reason.
            with suppress(Exception):
                writer.close()
            raise


class _StandardOutput:
    """The standard output, for bytes; what the system says of it becomes an OutputError.

    That nobody reads it any more, a BrokenPipeError, stays one.
    """

    closed = False

    def __init__(self) -> None:
        if sys.stdout is None:  # as it is where the shell closed it
            raise OutputError("The standard output is closed: name a file.")
        self._stream = sys.stdout.buffer

    def write(self, data: Any) -> int:
        """Write bytes."""
        with self._errors():
            return self._stream.write(data)

    def flush(self) -> None:
        """Let them appear."""
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


def _format_of(path: str, format: str | None) -> tuple[str, str | None]:
    """Tell the format and compression of a path."""
    if path == STANDARD_OUTPUT:
        format = format or "jsonl"
        if format not in _TEXT_FORMATS:
            raise ParameterError(
                f"The output format {format!r} cannot be written to standard output: use one of "
                f"{', '.join(_TEXT_FORMATS)}, or give a file name."
            )
        return format, None
    name = Path(path)
    compression = COMPRESSIONS.get(name.suffix.lower())
    suffix = (name.with_suffix("") if compression else name).suffix.lower()
    format = format or FORMATS.get(suffix)
    if format is None:
        raise ParameterError(
            f"The format of {path} is not known: use one of the extensions {', '.join(FORMATS)}, "
            "or name the output format."
        )
    if format not in TABLE_WRITERS:
        raise ParameterError(
            f"The output format {format!r} is not known: use one of {', '.join(TABLE_WRITERS)}."
        )
    if compression and format not in _TEXT_FORMATS:
        raise ParameterError(
            f"{path} cannot be compressed from outside, as {format} compresses itself: "
            f"leave out {name.suffix}."
        )
    return format, compression
