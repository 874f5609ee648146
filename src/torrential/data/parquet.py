"""Read Parquet files: a part is a row group."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from torrential.data.columns import BATCH_BYTES, BATCH_ROWS, Piece, Shape
from torrential.data.contract import Options, Part
from torrential.data.locate import File
from torrential.errors import DataError

# Pages come through a buffer of this size. Without one, pyarrow holds a row group's whole column
# in memory; a memory map is no faster, and counts as memory of the process.
BUFFER_BYTES = 1 << 18


@lru_cache(maxsize=64)
def _metadata(file: File) -> Any:
    """Footer of a file. Kept, since it is needed once per row group and may be long."""
    if file.compression is not None:
        raise DataError(
            f"{file.url} is a compressed file around a Parquet file: decompress it first."
        )
    with file.open() as source:
        return pq.read_metadata(source)


def schema(file: File, options: Options) -> pa.Schema:
    """Columns of the file."""
    return _metadata(file).schema.to_arrow_schema()


def parts(file: File) -> list[Part]:
    """Each row group."""
    metadata = _metadata(file)
    n_groups = metadata.num_row_groups
    return [
        Part(i, i + 1, metadata.row_group(i).num_rows, f"row group {i}" if n_groups > 1 else "")
        for i in range(n_groups)
    ]


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Rows of a row group, decoded page by page."""
    metadata = _metadata(file)
    wanted = shape.wanted(metadata.schema.to_arrow_schema().names, file.url)
    with file.open() as source:
        parquet = pq.ParquetFile(
            source, metadata=metadata, pre_buffer=False, buffer_size=BUFFER_BYTES
        )
        for rows in parquet.iter_batches(
            batch_size=_batch_rows(metadata.row_group(part.start), shape.columns.text),
            row_groups=[part.start],
            columns=wanted,
            use_threads=False,
        ):
            yield rows, 0


def _batch_rows(group: Any, text: tuple[str, ...]) -> int:
    """Rows that make a batch, from the sizes that the footer tells.

    These are sizes before compression but after encoding: repeated texts may come out longer, and
    are then cut once more.
    """
    columns = (group.column(i) for i in range(group.num_columns))
    n_bytes = sum(c.total_uncompressed_size for c in columns if c.path_in_schema in text)
    n_rows = int(group.num_rows * BATCH_BYTES // max(n_bytes, 1))
    return max(1, min(BATCH_ROWS, n_rows))
