"""The content of a file, as its first bytes show it."""

import re

from torrential.errors import DataError

_OURS = (
    (b"PAR1", "a Parquet file", "parquet"),
    (b"ARROW1", "an Arrow IPC file", "arrow"),
    (b"\xff\xff\xff\xff", "an Arrow IPC stream", "arrow"),
)
"""First bytes, name and format of content that can be read."""

_FOREIGN = (
    (b"PARE", "an encrypted Parquet file", "decrypt it first"),
    (b"FEA1", "a Feather file of version 1", "write it in version 2, as pyarrow does"),
    (b"PK\x03\x04", "a zip archive or a workbook", "unpack it, or save it as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"\x1f\x9d", "compressed by compress (.Z)", "decompress it first"),
    (b"SQLite format 3\x00", "an SQLite database", "export its table as CSV or Parquet"),
    (b"Obj\x01", "an Avro file", "convert it to Parquet"),
    (b"ORC", "an ORC file", "convert it to Parquet"),
    (b"\x89HDF\r\n", "an HDF5 file", "convert it to Parquet"),
    (b"\x93NUMPY", "a NumPy array", "load it with numpy.load"),
    (b"%PDF-", "a PDF", "extract its text"),
    (
        b"version https://git-lfs.github.com/spec/",
        "a pointer of Git LFS, not the data",
        "fetch the data with git lfs pull",
    ),
)
"""First bytes and name of unsupported content, and what to do with it."""

_PLAIN = (b"%PDF-", b"version https://git-lfs.github.com/spec/")

_CONTROL = re.compile(rb"[\x00-\x08]")
"""Bytes that text does not hold: a column of a CSV file may be called PAR1, or ORCID."""

_TAR = b"ustar"
_TAR_AT = 257

_UTF16 = (b"\xff\xfe", b"\xfe\xff")

LINE_FORMATS = ("jsonl", "fasttext", "vw", "svmlight")
"""Formats that have to be UTF-8; CSV in UTF-16, as spreadsheets write it, is read."""


def check_content(head: bytes, url: str, format: str) -> None:
    """Raise a DataError if a file begins like a file of another format.

    Parameters
    ----------
    head : bytes
        First bytes of the file; a few hundred are enough.
    url : str
        Name of the file in messages.
    format : str
        Format that its name, or the caller, says.
    """
    for magic, name, is_format in _OURS:
        if head.startswith(magic) and _CONTROL.search(head) and format != is_format:
            raise DataError(
                f"{url} is {name}, not {format}: rename it, or pass format={is_format!r}."
            )
    _check_foreign(head, url)
    if format in LINE_FORMATS and head.startswith(_UTF16):
        raise DataError(
            f"{url} is text in UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8 does)."
        )


def check_inside(head: bytes, url: str) -> None:
    """Raise a DataError if the content of a compressed file begins like a file that is not text."""
    for magic, name, _ in _OURS[:2]:
        if head.startswith(magic) and _CONTROL.search(head):
            raise DataError(
                f"{url} is a compressed file around {name}, which is read from several places: "
                "decompress it first."
            )
    _check_foreign(head, url)


def _check_foreign(head: bytes, url: str) -> None:
    for magic, name, remedy in _FOREIGN:
        if head.startswith(magic) and (magic in _PLAIN or _CONTROL.search(head)):
            raise DataError(f"{url} is {name}: {remedy}.")
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        raise DataError(f"{url} is a tar archive: unpack it first.")
