"""Footers of Parquet files, kept as long as they take little memory: they are needed often."""

import threading
from collections import OrderedDict
from typing import Any

import pyarrow.parquet as pq

from torrential.data.locate import File
from torrential.errors import DataError

MOST_CHUNKS = 1 << 17
"""Columns of row groups in all footers that are kept: each takes about 800 bytes of memory."""

_lock = threading.Lock()
_kept: OrderedDict[File, Any] = OrderedDict()


def footer(file: File) -> Any:
    """Return the footer of a Parquet file, as pyarrow's FileMetaData.

    Raises
    ------
    DataError
        The file is compressed as a whole.
    """
    with _lock:
        if file in _kept:
            _kept.move_to_end(file)
            return _kept[file]
    if file.compression is not None:
        raise DataError(
            f"{file.url} is a compressed file around a Parquet file: decompress it first."
        )
    with file.open() as source:
        metadata = pq.read_metadata(source)
    with _lock:
        _kept[file] = metadata
        total = sum(map(_n_chunks, _kept.values()))
        while total > MOST_CHUNKS and len(_kept) > 1:
            total -= _n_chunks(_kept.popitem(last=False)[1])
    return metadata


def _n_chunks(metadata: Any) -> int:
    return int(metadata.num_row_groups * metadata.num_columns)
