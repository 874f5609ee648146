"""Writers of tables: a stream of record batches becomes one file, whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from torrential.errors import OutputError, ParameterError
from torrential.persistence.outputs import is_replaceable, is_standard_output
from torrential.persistence.sink import Sink, StandardOutput
from torrential.persistence.table_writers import TABLE_WRITERS, TableWriter
from torrential.persistence.vw_writer import VwWriter, check_replacement
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
    ".vw": "vw",
    ".svmlight": "svmlight",
    ".libsvm": "svmlight",
    ".svm": "svmlight",
}
"""The format of each extension."""

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
"""The compression of a text format by a second extension, as in ``rows.csv.gz``."""

TEXT_FORMATS = ("csv", "tsv", "jsonl", "vw", "svmlight")


@contextmanager
def open_writer(
    path: str | os.PathLike[str],
    schema: pa.Schema,
    format: str | None = None,
    *,
    replace: str | None = None,
) -> Iterator[TableWriter]:
    """Open a writer of record batches, whose file appears when all is written, or not at all.

    Memory is bounded: batches are written as they come (Parquet and Arrow: 32 MB at a time).
    Columns and types of the batches may differ: see the notes.

    Parameters
    ----------
    path : str or path-like
        The file, or "-" for standard output, where rows appear as they come. A named pipe can take
        the text formats.
    schema : pa.Schema
        Names and types of the columns that are known.
    format : {"parquet", "csv", "tsv", "jsonl", "arrow", "vw", "svmlight"}, default=None
        By default the format of the extension, and "csv" for standard output. The text
        formats are compressed if the last extension is .gz, .zst or .bz2.
    replace : str, default=None
        Of Vowpal Wabbit's lines: takes the place of characters that names cannot have.

    Yields
    ------
    TableWriter
        To be given batches with ``write``; it is closed at the end of the ``with`` block. If its
        ``names`` are not None, batches cannot have other columns.

    Raises
    ------
    ParameterError
        If there is no column, or if the format is unknown, or does not support pipes or
        compression.
    OutputError
        The file is not writable; an existing file stays whole.

    Notes
    -----
    Values are the same in every format. Parquet and Arrow give a column the type that holds the
    values of all batches exactly, or text without such a type; Parquet also if it has no such
    type (intervals, unions). Dictionary, run-end encoded and view columns become plain ones. CSV,
    TSV and JSON Lines write each value as text: bytes as base64, UUIDs in their usual form, times
    in ISO 8601 order, durations as numbers of their unit, intervals as ISO 8601 durations; CSV and
    TSV hold lists, structs and maps as JSON. JSON has no nan and infinities: they are null there.
    A column that some batches lack is null in their rows.

    Parquet is compressed with zstd, Arrow with lz4. CSV and TSV begin with a line of names.

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
    kind, compression = check_table(path, format)
    check_replacement(replace, kind)
    if not schema.names:
        raise ParameterError(f"There is no column to write to {path}: name at least one.")
    with ExitStack() as stack:
        target: Any
        if is_standard_output(path):
            target = StandardOutput()
        else:
            target = stack.enter_context(whole_file(path))
        is_file = isinstance(target, Path) and target.is_file()
        sink = Sink(target, compression, is_file=is_file)
        writer = TABLE_WRITERS[kind](sink, schema) if replace is None else VwWriter(sink, replace)
        try:
            yield writer
            writer.close()
        except BaseException:
            # The file is given up: closing it may fail again, for the same reason.
            with suppress(Exception):
                writer.abandon()
            raise


def check_table(path: str | os.PathLike[str], format: str | None = None) -> tuple[str, str | None]:
    """Return the format and the compression of a table, or raise an error.

    Raises
    ------
    ParameterError
        If the format is not known, or cannot go to a pipe or be compressed.
    OutputError
        If the standard output is closed.
    """
    name = os.fspath(path)
    if is_standard_output(name):
        if sys.stdout is None:
            raise OutputError("The standard output is closed: name a file.")
        return _stream_format(format or "csv", "standard output"), None
    kind, compression = _format_of(name, format)
    if not is_replaceable(name):
        _stream_format(kind, name)
    return kind, compression


def _stream_format(format: str, name: str) -> str:
    if format not in TEXT_FORMATS and name != os.devnull:
        raise ParameterError(
            f"The output format {format!r} does not work with {name}: use one of "
            f"{', '.join(TEXT_FORMATS)}, or give a file name."
        )
    return format


def _format_of(path: str, format: str | None) -> tuple[str, str | None]:
    """Return the format and compression of a path."""
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
    if compression and format not in TEXT_FORMATS:
        raise ParameterError(
            f"{path} has a second compression, but {format} compresses itself: "
            f"leave out {name.suffix}."
        )
    return format, compression
