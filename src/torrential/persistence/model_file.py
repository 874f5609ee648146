"""Model files: named arrays and a JSON header in one safetensors file, mapped on load.

Layout, as safetensors has it (https://github.com/huggingface/safetensors), little-endian::

    8 bytes       n, the length of the header
    n bytes       {"__metadata__": {"crc32": "89abcdef", "torrential": "..."},
                   "coef": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, ...}
                  padded with spaces, so that the data begins at a multiple of 64 bytes
    the rest      the arrays, one after the other, without holes

``crc32`` comes first and is taken over the header with its own eight digits as zeros, so a header
that was damaged anywhere is found. ``torrential`` is JSON again, in a string: the format version,
the caller's header, and the CRC-32 of each array.
"""

import mmap
import os
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from torrential.errors import ModelFileError, OutputError, ParameterError
from torrential.persistence.mapped_file import mapped_file
from torrential.persistence.model_header import (
    DTYPE_NAMES,
    MAX_HEADER_SIZE,
    WHOLE,
    ArrayEntry,
    pack_header,
    unpack_header,
)
from torrential.persistence.whole_file import whole_file
from torrential.tracing import span
from torrential.types import Arrays

Apply = Callable[[Callable[[Any], int], list[Any]], Iterable[int]]
"""Returns the results of a function for items, in their order."""

# Elements copied at a time where an array is not contiguous: a few MB, whatever its size.
_BLOCK = 1 << 20


def write_model(
    path: str | os.PathLike[str],
    arrays: Mapping[str, NDArray[Any]],
    header: Mapping[str, Any],
    version: int = WHOLE,
) -> None:
    """Write arrays and a header as one file, whole or not at all.

    The arrays are written block by block: memory does not grow, whatever their strides.

    Parameters
    ----------
    path : str or path-like
        The file; an existing file is replaced.
    arrays : mapping of str to ndarray
        Integers or floats of 1, 2, 4 or 8 bytes, of any shape.
    header : mapping
        Anything that `json` can write.
    version : int, default=1
        Version of the format, which older versions of torrential refuse.

    Raises
    ------
    OutputError
        The file is not writable.
    ParameterError
        An array has another dtype, or a name that is reserved.
    """
    entries = _entries(arrays)
    with span("save"), whole_file(path) as temporary, temporary.open("wb") as file:
        # The checksums are known only after writing: zeros of the same length until then.
        packed = pack_header(entries, header, dict.fromkeys(arrays, 0), version)
        if len(packed) > MAX_HEADER_SIZE:
            raise OutputError(
                f"Cannot write {path}: its header has {len(packed)} bytes and the format allows "
                f"{MAX_HEADER_SIZE}; train with fewer or shorter labels."
            )
        file.write(packed)
        checksums = {entry.name: _write_array(file, arrays[entry.name]) for entry in entries}
        file.seek(0)
        file.write(pack_header(entries, header, checksums, version))


def model_size(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> int:
    """Return the bytes of the file that `write_model` would write.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "tiny.model"
    >>> contents = {"coef": np.array([1.5, -2.0])}, {"classes": ["no", "yes"]}
    >>> write_model(path, *contents)
    >>> model_size(*contents) == path.stat().st_size
    True
    """
    packed = pack_header(_entries(arrays), header, dict.fromkeys(arrays, 0))
    return len(packed) + sum(array.nbytes for array in arrays.values())


def read_model(
    path: str | os.PathLike[str],
    *,
    required: Collection[str] = (),
    verify: bool = True,
    apply: Apply = map,
) -> tuple[Arrays, dict[str, Any]]:
    """Map the arrays of a model file and read its header.

    The arrays are read-only views of the mapped file: its pages are memory that the system can
    take back, and that processes share.

    Parameters
    ----------
    path : str or path-like
        A file that `write_model` has written.
    required : collection of str, default=()
        Names of arrays that must be there.
    verify : bool, default=True
        Compare each array with its checksum, which reads the whole file once: about 25 ms per
        100 MB where the system has it in memory. Without it only the header is read.
    apply : callable, default=map
        Applies a function to the arrays to compare, such as in threads.

    Returns
    -------
    arrays : dict of str to ndarray
    header : dict

    Raises
    ------
    MissingDataError
        The file does not exist.
    ModelFileError
        The file is not a model, is damaged, cut off, of a newer version, or lacks a
        required array. No content can make it run code: nothing is unpickled or evaluated.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "tiny.model"
    >>> write_model(path, {"coef": np.array([1.5, -2.0])}, {"classes": ["no", "yes"]})
    >>> arrays, header = read_model(path)
    >>> arrays["coef"], header
    (array([ 1.5, -2. ]), {'classes': ['no', 'yes']})
    """
    mapped = mapped_file(path, again="save")
    contents = unpack_header(path, mapped)
    arrays = {entry.name: _view(mapped, contents.begin, entry) for entry in contents.entries}
    for name in required:
        if name not in arrays:
            raise ModelFileError(f"{path} has no array {name!r}: it is another kind of model.")
    if verify:
        _verify(path, arrays, contents.checksums, apply)
    return arrays, contents.header


def _entries(arrays: Mapping[str, NDArray[Any]]) -> list[ArrayEntry]:
    """Place the arrays without holes, aligned to 64 bytes where their sizes allow it.

    Those come first and keep the others aligned too. The others follow by falling item size, so
    each begins at a multiple of its alignment.
    """
    for name, array in arrays.items():
        if array.dtype.newbyteorder("<") not in DTYPE_NAMES:
            raise ParameterError(
                f"Array {name!r} has dtype {array.dtype}, which a model file cannot hold: "
                "use integers or floats."
            )
        if name == "__metadata__":
            raise ParameterError("No array can be named '__metadata__': choose another name.")
    names = sorted(arrays, key=lambda name: _place(name, arrays[name]))
    entries, begin = [], 0
    for name in names:
        array = arrays[name]
        dtype = array.dtype.newbyteorder("<")
        entries.append(ArrayEntry(name, dtype, array.shape, begin, begin + array.nbytes))
        begin += array.nbytes
    return entries


def _place(name: str, array: NDArray[Any]) -> tuple[bool, int, str]:
    return array.nbytes % 64 != 0, -array.itemsize, name


def _write_array(file: BinaryIO, array: NDArray[Any]) -> int:
    """Write an array in C order and little-endian, and return the CRC-32 of its bytes."""
    checksum = 0
    blocks = np.nditer(
        array,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_dtypes=array.dtype.newbyteorder("<"),
        casting="equiv",
        order="C",
        buffersize=_BLOCK,
    )
    for block in blocks:
        content = np.ascontiguousarray(block).view(np.uint8).data
        checksum = zlib.crc32(content, checksum)
        file.write(content)
    return checksum


def _view(mapped: mmap.mmap, begin: int, entry: ArrayEntry) -> NDArray[Any]:
    if entry.end == entry.begin:
        array = np.empty(entry.shape, entry.dtype)
        array.flags.writeable = False
        return array
    n_items = (entry.end - entry.begin) // entry.dtype.itemsize
    flat = np.frombuffer(mapped, entry.dtype, n_items, begin + entry.begin)
    return flat.reshape(entry.shape)


def _verify(
    path: str | os.PathLike[str],
    arrays: Mapping[str, NDArray[Any]],
    checksums: Mapping[str, int],
    apply: Apply,
) -> None:
    names = sorted(arrays, key=lambda name: -arrays[name].nbytes)  # the largest begins first
    contents = [arrays[name].reshape(-1).view(np.uint8).data for name in names]
    for name, found in zip(names, apply(zlib.crc32, contents), strict=True):
        if found != checksums[name]:
            raise ModelFileError(
                f"{path} is damaged: array {name!r} does not match its checksum; "
                "save or copy the model again."
            )
