"""Footers of Parquet files, kept as long as they take little memory: they are needed often."""

from typing import Any

import pyarrow.parquet as pq

from torrential.data.files.locate import File
from torrential.errors import DataError

MOST_CHUNKS = 1 << 17
"""Columns of row groups in all footers that are kept: each takes about 800 bytes of memory."""

_kept: dict[File, Any] = {}
"""Footers in the order of their last use. Threads share this dict, by atomic steps."""


def footer(file: File) -> Any:
    """Return the footer of a Parquet file, as pyarrow's FileMetaData.

    Raises
    ------
    DataError
        The file is compressed as a whole.
    """
    metadata = _kept.pop(file, None)
    if metadata is None:
        metadata = _read(file)
    _kept[file] = metadata
    kept = list(_kept.items())
    total = sum(_n_chunks(each) for _, each in kept)
    for oldest, each in kept[:-1]:
        if total <= MOST_CHUNKS:
            break
        _kept.pop(oldest, None)
        total -= _n_chunks(each)
    return metadata


def _read(file: File) -> Any:
    if file.compression is not None:
        raise DataError(
            f"{file.url} is a compressed file around a Parquet file: decompress it first."
        )
    with file.open() as source:
        return pq.read_metadata(source)


def _n_chunks(metadata: Any) -> int:
    return int(metadata.num_row_groups * metadata.num_columns)
