"""The header of a model file: packed, and unpacked with every field checked."""

import json
import math
import mmap
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from torrential.errors import ModelFileError

FORMAT_VERSION = 2
"""Newest version; older ones are read, newer ones are refused."""

WHOLE, COMPACT = 1, 2
"""Versions of the files written: of whole models, and of those saved with a largest size."""

MAX_HEADER_SIZE = 100_000_000
"""Bytes; the limit that safetensors itself sets."""

ALIGNMENT = 64
"""Bytes; a cache line, and the widest vector register."""

DTYPE_NAMES: dict[np.dtype[Any], str] = {
    np.dtype(code).newbyteorder("<"): name
    for code, name in {
        "u1": "U8", "u2": "U16", "u4": "U32", "u8": "U64",
        "i1": "I8", "i2": "I16", "i4": "I32", "i8": "I64",
        "f2": "F16", "f4": "F32", "f8": "F64",
    }.items()
}  # fmt: skip
"""The safetensors name of each dtype that an array may have."""

_DTYPES = {name: dtype for dtype, name in DTYPE_NAMES.items()}

_PREFIX = b'{"__metadata__":{"crc32":"'
_DIGITS = slice(8 + len(_PREFIX), 8 + len(_PREFIX) + 8)
_ZEROS = b"0" * 8

# NumPy allows 64 dimensions; no array of a model has more than a few.
_MAX_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class ArrayEntry:
    """The place of an array: bytes [begin, end), counted from the end of the header."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a header; the arrays' bytes are counted from `begin`."""

    begin: int
    entries: tuple[ArrayEntry, ...]
    checksums: Mapping[str, int]
    header: dict[str, Any]


def pack_header(
    entries: Sequence[ArrayEntry],
    header: Mapping[str, Any],
    checksums: Mapping[str, int],
    version: int = WHOLE,
) -> bytes:
    """Pack the length and the header; their size does not depend on the checksums' values."""
    ours = {
        "format_version": version,
        "header": dict(header),
        "crc32": {name: f"{checksum:08x}" for name, checksum in checksums.items()},
    }
    whole: dict[str, Any] = {
        "__metadata__": {"crc32": _ZEROS.decode(), "torrential": json.dumps(ours)}
    }
    for entry in entries:
        whole[entry.name] = {
            "dtype": DTYPE_NAMES[entry.dtype],
            "shape": entry.shape,
            "data_offsets": [entry.begin, entry.end],
        }
    text = json.dumps(whole, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    packed = bytearray(len(text).to_bytes(8, "little") + text)
    packed[_DIGITS] = f"{zlib.crc32(packed):08x}".encode()
    return bytes(packed)


def starts_as_model(beginning: bytes) -> bool:
    """Return whether a file that begins with these bytes is a model, possibly damaged."""
    return beginning[8 : _DIGITS.start] == _PREFIX


def unpack_header(path: str | os.PathLike[str], mapped: mmap.mmap | bytes) -> Contents:
    """Unpack the header at the beginning of a file, and check it completely against the file.

    Raises
    ------
    ModelFileError
        With a sentence that names `path`.
    """
    begin = _find_end(path, mapped)
    whole = _parse(path, mapped[8:begin])
    metadata = whole.pop("__metadata__")
    ours = _parse(path, metadata.get("torrential") if isinstance(metadata, dict) else None)
    version = ours.get("format_version")
    if type(version) is not int or version < 1:
        _damaged(path, f"it has the format version {version!r:.40}")
    if version > FORMAT_VERSION:
        raise ModelFileError(
            f"{path} was written by a newer version of torrential (format {version}, this one "
            f"reads up to {FORMAT_VERSION}): upgrade torrential."
        )
    entries = tuple(_entry(path, name, entry) for name, entry in whole.items())
    _check_places(path, entries, len(mapped) - begin)
    if not isinstance(ours.get("header"), dict):
        _damaged(path, "its description is missing")
    return Contents(begin, entries, _checksums(path, ours, entries), ours["header"])


def _find_end(path: str | os.PathLike[str], mapped: mmap.mmap | bytes) -> int:
    """Find the end of the header, after checking its checksum."""
    if len(mapped) < _DIGITS.stop or mapped[8 : _DIGITS.start] != _PREFIX:
        if _PREFIX.startswith(mapped[8 : _DIGITS.start]) and len(mapped) > 8:
            _damaged(path, "it is cut off")
        raise ModelFileError(f"{path} is not a model that torrential saved: check the path.")
    size = int.from_bytes(mapped[:8], "little")
    if size > MAX_HEADER_SIZE:
        _damaged(path, f"its header claims {size} bytes")
    if 8 + size > len(mapped):
        _damaged(path, "it is cut off in the header")
    packed = bytearray(mapped[: 8 + size])
    digits = bytes(packed[_DIGITS])
    packed[_DIGITS] = _ZEROS
    if digits != f"{zlib.crc32(packed):08x}".encode():
        _damaged(path, "its header does not match its checksum")
    return 8 + size


def _parse(path: str | os.PathLike[str], text: Any) -> dict[str, Any]:
    """Parse a JSON object; reject text that is nested too deeply, and numbers that are too long."""
    try:
        parsed = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        _damaged(path, "its header is not JSON")
    if not isinstance(parsed, dict):
        _damaged(path, "its header is not a JSON object")
    return parsed


def _entry(path: str | os.PathLike[str], name: str, entry: Any) -> ArrayEntry:
    """Check one array's entry: its dtype, its shape, and its number of bytes."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        _damaged(path, f"array {name!r:.80} is not described")
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(code, str) or code not in _DTYPES:
        _damaged(path, f"array {name!r:.80} has an unknown type {code!r:.40}")
    if not _are_sizes(shape) or len(shape) > _MAX_DIMENSIONS:
        _damaged(path, f"array {name!r:.80} has no valid shape")
    if not _are_sizes(offsets) or len(offsets) != 2:
        _damaged(path, f"array {name!r:.80} has no valid place")
    dtype = _DTYPES[code]
    # Python's integers do not overflow. A size of 0 must not hide others that NumPy cannot hold.
    if math.prod(size or 1 for size in shape) * dtype.itemsize > np.iinfo(np.intp).max:
        _damaged(path, f"array {name!r:.80} has no valid shape")
    if offsets[1] - offsets[0] != math.prod(shape) * dtype.itemsize:
        _damaged(path, f"array {name!r:.80} has another size than its shape says")
    if offsets[0] % dtype.itemsize:
        _damaged(path, f"array {name!r:.80} is not aligned")
    return ArrayEntry(name, dtype, tuple(shape), offsets[0], offsets[1])


def _are_sizes(values: Any) -> bool:
    # bool is an int in Python, but no size.
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _check_places(
    path: str | os.PathLike[str], entries: Sequence[ArrayEntry], n_bytes: int
) -> None:
    """Check that the arrays follow each other, from the first byte to the last."""
    position = 0
    for entry in sorted(entries, key=lambda entry: (entry.begin, entry.end)):
        if entry.begin != position:
            _damaged(path, f"array {entry.name!r:.80} overlaps another, or leaves a hole")
        position = entry.end
    if position > n_bytes:
        _damaged(path, "it is cut off in the arrays")
    if position < n_bytes:
        _damaged(path, "bytes follow its last array")


def _checksums(
    path: str | os.PathLike[str], ours: Mapping[str, Any], entries: Sequence[ArrayEntry]
) -> dict[str, int]:
    checksums = ours.get("crc32")
    names = {entry.name for entry in entries}
    if not isinstance(checksums, dict):
        _damaged(path, "the arrays' checksums are missing")
    if checksums.keys() != names:
        name = min(checksums.keys() ^ names)
        _damaged(path, f"array {name!r:.80} or its checksum is missing")
    try:
        return {name: int(digits, 16) for name, digits in checksums.items()}
    except (ValueError, TypeError):
        _damaged(path, "a checksum is not a number")


def _damaged(path: str | os.PathLike[str], how: str) -> NoReturn:
    raise ModelFileError(f"{path} is damaged: {how}; save or copy the model again.")
