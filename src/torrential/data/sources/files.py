"""Files as a source of partitions."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from torrential.data.columns.shape import Shape
from torrential.data.failures import reading
from torrential.data.files.change import check_unchanged, unchanged
from torrential.data.files.content import check_content
from torrential.data.files.file import File, MeteredFile, head_of
from torrential.data.files.hive import values_of
from torrential.data.files.pipe import PipeFile
from torrential.data.formats.format import Options, Part
from torrential.data.formats.registry import FORMATS
from torrential.data.identity import identity_of_file, identity_of_shape
from torrential.data.joining import Piece
from torrential.data.sources.file_columns import rows_of, schema_of
from torrential.errors import DataError
from torrential.types import Batch, text_field


def check_file(file: File, format: str) -> None:
    """Raise a DataError if a file has changed since it was found, or has another format.

    Elsewhere than on this machine each would be a request: those files are looked at when their
    parts are read.
    """
    if file.is_local:
        check_unchanged(file)
        check_content(head_of(file), file.url, format)


@dataclass(frozen=True, slots=True)
class FilePartition:
    """A part of a file."""

    file: File
    format: str
    part: Part
    shape: Shape
    options: Options

    @property
    def name(self) -> str:
        """Path of the file, with the part unless it is the whole file."""
        return f"{self.file.url}, {self.part.label}" if self.part.label else self.file.url

    @property
    def n_rows(self) -> int | None:
        """Number of rows if it is known before reading, else None."""
        return self.part.n_rows

    def identity(self) -> dict[str, Any] | None:
        """Identify the file by its current state, the part, and the way of reading."""
        file, options = identity_of_file(self.file), self.options
        in_path = values_of(self.file.url)
        return file and {
            **({"path": [list(value) for value in in_path]} if in_path else {}),
            "file": file,
            "format": self.format,
            "part": [self.part.start, self.part.stop],
            "shape": identity_of_shape(self.shape),
            "options": [
                options.on_bad_rows,
                options.delimiter,
                str(options.target_type),
                options.quotechar or None,
                options.escapechar,
            ],
        }

    def batches(self) -> Iterator[Batch]:
        """Read the part from its beginning."""
        metered = MeteredFile.of(self.file)
        file = metered if self.part.stop is None else self.file
        if isinstance(self.file, PipeFile):
            self.file.pipe.begin_pass()
            file = self.file
        with reading(self.name, is_elsewhere=not self.file.is_local):
            pieces = rows_of(file, self.format, self.part, self.shape, self.options)
            pieces = unchanged(self.file, pieces)
            if self.shape.passed is not None and FORMATS[self.format].untyped is not None:
                pieces = map(_with_bytes_as_text, pieces)
            yield from self.shape.batches(pieces, self.name, metered.share)


def _with_bytes_as_text(piece: Piece) -> Piece:
    """Mark the cells that a text format returns as bytes."""
    rows, *counts = piece
    fields = [
        text_field(field) if pa.types.is_binary(field.type) else field for field in rows.schema
    ]
    return pa.RecordBatch.from_arrays(rows.columns, schema=pa.schema(fields)), *counts


@dataclass(frozen=True, slots=True)
class FileSource:
    """Files of one or several formats, in order."""

    files: tuple[tuple[File, str], ...]
    options: Options

    @property
    def is_read_once(self) -> bool:
        """Whether there is a pipe among the files."""
        return any(file.is_pipe for file, _ in self.files)

    @property
    def has_guessed_types(self) -> bool:
        """Whether types of columns are guessed from how values are written."""
        return any(FORMATS[name].untyped is not None for _, name in self.files)

    def partitions(self, shape: Shape) -> tuple[FilePartition, ...]:
        """Return the parts of all files; open each file whose format needs it."""
        partitions = []
        for file, format_name in self.files:
            with reading(file.url):
                check_file(file, format_name)
                parts = FORMATS[format_name].parts(file)
            partitions += [
                FilePartition(file, format_name, part, shape, self.options) for part in parts
            ]
        return tuple(partitions)

    def schemas(self, *, ahead: bool) -> Iterator[pa.Schema]:
        """Yield the columns of each file that can be known before its rows are read.

        Parameters
        ----------
        ahead : bool
            Whether to look at the beginnings of files whose columns have no types, too. Otherwise
            these give only the first one's.
        """
        for number, (file, format_name) in enumerate(self.files):
            format = FORMATS[format_name]
            if format.untyped is None:
                with reading(file.url):
                    yield schema_of(file, format_name, self.options)
            elif number == 0 or ahead:
                with suppress(DataError), reading(file.url):  # said when it is read
                    schema = schema_of(file, format_name, self.options)
                    in_path = [name for name, _ in values_of(file.url)]
                    yield pa.schema(
                        field if field.name in in_path else format.untyped(field.name)
                        for field in schema
                    )

    @property
    def hashes_rows(self) -> bool:
        """False: files are read whole."""
        return False

    @property
    def n_bytes(self) -> int | None:
        """Bytes on disk; None if a filesystem does not report them."""
        sizes = [file.size for file, _ in self.files]
        return None if min(sizes) < 0 else sum(sizes)

    def __str__(self) -> str:
        formats = " and ".join(dict.fromkeys(name for _, name in self.files))
        first = self.files[0][0].url
        return (
            f"{first} ({formats})"
            if len(self.files) == 1
            else (f"{len(self.files)} {formats} files from {first}")
        )
