"""Read Parquet files: a part is a row group, or several small ones of very many."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from torrential.data.columns.shape import Shape
from torrential.data.columns.used import is_text
from torrential.data.columns.valid_text import check_names
from torrential.data.files.locate import File
from torrential.data.formats.footers import footer
from torrential.data.formats.format import Options, Part
from torrential.data.joining import BATCH_BYTES, BATCH_ROWS, Piece

# Pages come through a buffer of this size. Without one, pyarrow holds a row group's whole column
# in memory; a memory map is not faster, and counts as memory of the process.
BUFFER_BYTES = 1 << 18
SMALL_BUFFER_BYTES = 1 << 12

DICTIONARY_BYTES = 8
"""Most bytes of a value on average in a column chunk that is read by its dictionary."""

FEW_GROUPS = 32
"""Most row groups of a file that are separate parts however small, for workers to share."""


def schema(file: File, options: Options) -> pa.Schema:
    """Return the columns of the file."""
    return _plan(file).schema


def parts(file: File) -> list[Part]:
    """Return the row groups as parts; many small row groups are combined to a batch's size.

    It is decided by the sizes in the footer alone.
    """
    return list(_plan(file).parts)


@lru_cache(maxsize=4096)
def n_nulls(file: File, column: str) -> int:
    """Return the number of nulls of a column by the footer; 0 in row groups without statistics."""
    metadata, total = footer(file), 0
    paths = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    if column not in paths:
        return 0
    place = paths.index(column)
    for number in range(metadata.num_row_groups):
        statistics = metadata.row_group(number).column(place).statistics
        if statistics is not None and statistics.has_null_count:
            total += statistics.null_count
    return total


class _Plan(NamedTuple):
    """Facts of a file before its rows are read; a long footer is not kept for them."""

    schema: pa.Schema
    parts: tuple[Part, ...]


@lru_cache(maxsize=4096)
def _plan(file: File) -> _Plan:
    metadata = footer(file)
    ranges: list[tuple[int, int, int]] = []
    n_rows = n_bytes = 0
    is_joined = metadata.num_row_groups > FEW_GROUPS
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        n_rows, n_bytes = n_rows + group.num_rows, n_bytes + group.total_byte_size
        if is_joined and ranges and n_rows <= BATCH_ROWS and n_bytes <= BATCH_BYTES:
            ranges[-1] = ranges[-1][0], number + 1, n_rows
        else:
            n_rows, n_bytes = group.num_rows, group.total_byte_size
            ranges.append((number, number + 1, n_rows))
    parts = (
        Part(start, stop, n_rows, _label(start, stop) if len(ranges) > 1 else "")
        for start, stop, n_rows in ranges
    )
    # Not the footer's own `schema`: the two would refer to each other, and stay in memory.
    with file.open() as source:
        schema = pq.ParquetFile(source, metadata=metadata).schema_arrow
    check_names(schema, file.url)
    return _Plan(schema, tuple(parts))


def _label(start: int, stop: int) -> str:
    return f"row group {start}" if stop - start == 1 else f"row groups {start}-{stop - 1}"


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a row group, decoded page by page; of several small row groups at once."""
    metadata = footer(file)
    wanted = shape.paths(_plan(file).schema, file.url)
    groups = list(range(part.start, part.stop or part.start + 1))
    is_small = len(groups) > 1
    n_rows = part.n_rows or 1
    if not is_small:
        n_rows = _batch_rows(metadata, part.start, shape)
    with file.open() as source:
        parquet = pq.ParquetFile(
            source,
            metadata=metadata,
            pre_buffer=False,
            buffer_size=SMALL_BUFFER_BYTES if is_small else BUFFER_BYTES,
            read_dictionary=_repeated(metadata, part.start, shape),
        )
        for rows in parquet.iter_batches(
            batch_size=n_rows, row_groups=groups, columns=wanted, use_threads=False
        ):
            yield rows, 0


def _repeated(metadata: Any, number: int, shape: Shape) -> list[str]:
    """Return the inputs whose texts are in a dictionary that is read as such.

    Of a few rows none: pyarrow would make a text of each value of a row group's dictionary.
    """
    if shape.n_first is not None:
        return []
    group, schema = metadata.row_group(number), metadata.schema
    texts = {name for name in shape.columns.inputs if is_text(shape.schema.field(name).type)}
    return [
        schema.column(i).path
        for i in range(group.num_columns)
        if schema.column(i).path in texts
        and group.column(i).total_uncompressed_size <= DICTIONARY_BYTES * group.num_rows
    ]


def _batch_rows(metadata: Any, number: int, shape: Shape) -> int:
    """Return how many rows make a batch, from the sizes in the footer.

    These are sizes before compression but after encoding: repeated texts may come out longer, and
    are then cut once more.
    """
    group, schema = metadata.row_group(number), metadata.schema
    # Others are not requested: pyarrow 26 ends the process if their sizes are damaged.
    names = shape.columns.text or shape.columns.inputs
    used = [i for i in range(group.num_columns) if schema.column(i).path in names]
    n_bytes = sum(group.column(i).total_uncompressed_size for i in used)
    n_rows = int(group.num_rows * BATCH_BYTES // max(n_bytes, 1))
    return max(1, min(shape.batch_rows, n_rows))
