"""A data set that is on every machine: the source code of the installed Python packages."""

import sysconfig
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from torrential.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

LINES = 20
"""Lines of a piece."""

MIN_PIECES = 50
"""Least pieces of a package: fewer are too few to learn from."""

MIN_FILES = 5
"""Least files of a package: whole files are held out for the test."""

TEST_SHARE = 0.2

COPIES = {"_vendor", "_vendored", "vendor", "vendored", "externals", "_externals"}
"""Folders of copies of other packages, whose label would be wrong."""

ROWS_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Python file of a package.

    Attributes
    ----------
    path : Path
    name : str
        Path from the folder of the packages.
    package : str
        The first part of it: what is imported.
    n_pieces : int
    """

    path: Path
    name: str
    package: str
    n_pieces: int

    def pieces(self) -> Iterator[str]:
        """Cut the lines into runs of 20; the last one may be shorter."""
        lines = _content(self.path).splitlines(keepends=True)
        for start in range(0, len(lines), LINES):
            yield b"".join(lines[start : start + LINES]).decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Sources:
    """Files to learn from, and others to be tested on, in an order that looks random."""

    train: tuple[SourceFile, ...]
    test: tuple[SourceFile, ...]

    @property
    def packages(self) -> list[str]:
        """Names of the packages."""
        return sorted({file.package for file in self.train})


def package_folders(*, standard_library: bool = False) -> list[Path]:
    """Return the folders that hold the packages of the running environment."""
    names = ["purelib", "platlib", *(["stdlib"] if standard_library else [])]
    return [Path(path) for path in dict.fromkeys(sysconfig.get_path(name) for name in names)]


def find_sources(folders: Iterable[Path]) -> Sources:
    """Find the packages that are large enough, and divide the files of each.

    Raises
    ------
    DataError
        There are not two such packages.
    """
    by_package: dict[str, list[SourceFile]] = {}
    folders = list(folders)
    for folder in folders:
        for file in _files(folder):
            by_package.setdefault(file.package, []).append(file)
    train: list[SourceFile] = []
    test: list[SourceFile] = []
    for files in by_package.values():
        if len(files) >= MIN_FILES and sum(file.n_pieces for file in files) >= MIN_PIECES:
            files = _scattered(files)
            n_test = max(1, round(TEST_SHARE * len(files)))
            test += files[:n_test]
            train += files[n_test:]
    sources = Sources(tuple(_scattered(train)), tuple(_scattered(test)))
    if len(sources.packages) < 2:
        where = ", ".join(map(str, folders))
        raise DataError(
            f"{where} has fewer than two Python packages of {MIN_FILES} files and "
            f"{MIN_PIECES * LINES:,} lines: name another folder with --packages."
        )
    return sources


def write_sources(files: Iterable[SourceFile], path: Path) -> int:
    """Write the pieces of files as Parquet, and return their number.

    Columns: ``text``, ``package``, ``file`` and ``line``, the piece's first one.
    """
    from pyarrow import parquet

    n_rows = 0
    with parquet.ParquetWriter(path, _schema(), compression="zstd") as writer:
        for batch in _batches(files):
            writer.write_batch(batch)
            n_rows += batch.num_rows
    return n_rows


def _files(folder: Path) -> Iterator[SourceFile]:
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        package = parts[0].removesuffix(".py")
        # Folders with other names, such as site-packages within lib, are no packages.
        if package.isidentifier() and COPIES.isdisjoint(parts):
            n_pieces = -(-len(_content(path).splitlines()) // LINES)
            yield SourceFile(path, "/".join(parts), package, n_pieces)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # such as a link that leads nowhere: its package has other files
        return b""


def _scattered(files: list[SourceFile]) -> list[SourceFile]:
    """Order files by a hash of their names, the same on any machine."""

    def place(file: SourceFile) -> tuple[int, str]:
        return zlib.crc32(file.name.encode("utf-8", "replace")), file.name

    return sorted(files, key=place)


def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        {"text": pa.string(), "package": pa.string(), "file": pa.string(), "line": pa.int32()}
    )


def _batches(files: Iterable[SourceFile]) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    rows = (
        {"text": piece, "package": file.package, "file": file.name, "line": number * LINES + 1}
        for file in files
        for number, piece in enumerate(file.pieces())
    )
    while batch := list(islice(rows, ROWS_AT_A_TIME)):
        yield pa.RecordBatch.from_pylist(batch, _schema())
