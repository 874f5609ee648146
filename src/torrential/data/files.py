"""Files as a source of partitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torrential.data.columns import Shape
from torrential.data.contract import Options, Part
from torrential.data.failures import reading
from torrential.data.formats import FORMATS
from torrential.data.identity import identity_of_file, identity_of_shape
from torrential.data.locate import File, MeteredFile
from torrential.types import Batch


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
        """Path of the file, with the part where it is not all of it."""
        return f"{self.file.url}, {self.part.label}" if self.part.label else self.file.url

    @property
    def n_rows(self) -> int | None:
        """Number of rows, where it is known before reading."""
        return self.part.n_rows

    def identity(self) -> dict[str, Any] | None:
        """Tell the file as it is now, the part, and how it is read."""
        file, options = identity_of_file(self.file), self.options
        return file and {
            "file": file,
            "format": self.format,
            "part": [self.part.start, self.part.stop],
            "shape": identity_of_shape(self.shape),
            "options": [options.on_bad_rows, options.delimiter, str(options.target_type)],
        }

    def batches(self) -> Iterator[Batch]:
        """Read the part from its beginning."""
        metered = MeteredFile.of(self.file)
        file = metered if self.part.stop is None else self.file
        with reading(self.name):
            pieces = FORMATS[self.format].read(file, self.part, self.shape, self.options)
            yield from self.shape.batches(pieces, self.name, metered.share)


@dataclass(frozen=True, slots=True)
class FileSource:
    """Files of one or several formats, in order."""

    files: tuple[tuple[File, str], ...]
    options: Options

    def partitions(self, shape: Shape) -> tuple[FilePartition, ...]:
        """Parts of all files; opens each file whose format needs it."""
        partitions = []
        for file, format_name in self.files:
            with reading(file.url):
                parts = FORMATS[format_name].parts(file)
            partitions += [
                FilePartition(file, format_name, part, shape, self.options) for part in parts
            ]
        return tuple(partitions)

    @property
    def hashes_rows(self) -> bool:
        """It does not."""
        return False

    @property
    def n_bytes(self) -> int | None:
        """Bytes on disk; None if a filesystem does not tell."""
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
