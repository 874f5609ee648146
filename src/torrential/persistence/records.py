"""Files of records: written one after the other, mapped, and checked as a whole before one is used.

Layout, little-endian::

    8 bytes    "TORREC01"
    records    4 bytes CRC-32, 4 bytes length, the content, zeros up to a multiple of 8
    the last   a record of JSON: what the file is, and how many records are before it
    12 bytes   8 bytes: where the last record begins; 4 bytes CRC-32 of these 8
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from torrential import schema
from torrential.errors import DataError

MAGIC = b"TORREC01"
HEAD = struct.Struct("<II")
TAIL = struct.Struct("<QI")
ALIGNMENT = 8


ABOUT = schema.record({"n_records": schema.count})
"""The description in each file, in addition to that of its writer."""


class RecordsError(Exception):
    """A file that is cut off, damaged, or not a file of records."""


class RecordWriter:
    """Writes records to a file that was opened for that."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._n_records = 0
        file.write(MAGIC)

    def add(self, content: bytes) -> None:
        """Write a record."""
        self._file.write(HEAD.pack(zlib.crc32(content), len(content)))
        self._file.write(content)
        self._file.write(b"\0" * (-len(content) % ALIGNMENT))
        self._n_records += 1

    def end(self, about: dict[str, Any]) -> None:
        """Write the metadata; a file without metadata is incomplete."""
        begin, n_records = self._file.tell(), self._n_records
        self.add(json.dumps(about | {"n_records": n_records}).encode())
        place = struct.pack("<Q", begin)
        self._file.write(TAIL.pack(begin, zlib.crc32(place)))


def read_about(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the metadata of a file, without a look at its records.

    Raises
    ------
    RecordsError, OSError
    """
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < len(MAGIC) + TAIL.size:
            raise RecordsError("it is cut off")
        file.seek(size - TAIL.size)
        begin = _place(file.read(TAIL.size), size)
        file.seek(begin)
        record, _ = _record(memoryview(file.read(size - TAIL.size - begin)), 0)
    return _about(record)


def open_records(path: str | os.PathLike[str]) -> tuple[Sequence[memoryview], dict[str, Any]]:
    """Map a file, and check it completely.

    Returns
    -------
    records : list of memoryview
        Views of the mapped file: memory that the system can take back, and that processes share.
    about : dict

    Raises
    ------
    RecordsError, OSError
    """
    with Path(path).open("rb") as file:
        if os.fstat(file.fileno()).st_size < len(MAGIC) + TAIL.size:
            raise RecordsError("it is cut off")
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if view[: len(MAGIC)] != MAGIC:
        raise RecordsError("it is not a file of records")
    last = _place(bytes(view[-TAIL.size :]), len(view))
    records, at = [], len(MAGIC)
    while at < last:
        record, at = _record(view, at)
        records.append(record)
    record, end = _record(view, at)
    about = _about(record)
    if end != len(view) - TAIL.size or about["n_records"] != len(records):
        raise RecordsError("its records are not those that it was written with")
    return records, about


def _place(tail: bytes, size: int) -> int:
    begin, checksum = TAIL.unpack(tail)
    if zlib.crc32(tail[:8]) != checksum or not len(MAGIC) <= begin < size - TAIL.size:
        raise RecordsError("it is cut off")
    return int(begin)


def _record(view: memoryview, at: int) -> tuple[memoryview, int]:
    if at + HEAD.size > len(view):
        raise RecordsError("it is cut off")
    checksum, size = HEAD.unpack_from(view, at)
    begin = at + HEAD.size
    content = view[begin : begin + size]
    if len(content) != size or zlib.crc32(content) != checksum:
        raise RecordsError("a record does not match its checksum")
    return content, begin + size + -size % ALIGNMENT


def _about(record: memoryview) -> dict[str, Any]:
    try:
        about = json.loads(bytes(record))
    except ValueError as error:
        raise RecordsError("its description is not readable") from error
    try:
        ABOUT(about, "")
    except DataError as error:
        raise RecordsError(str(error)) from error
    return dict(about)
