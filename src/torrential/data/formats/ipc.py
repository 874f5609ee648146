"""Read Arrow IPC: files by groups of record batches, streams from their beginning."""

from collections.abc import Iterator
from itertools import count

import pyarrow as pa

from torrential.data.columns.intact import require_intact
from torrential.data.columns.shape import Shape
from torrential.data.columns.valid_text import check_names
from torrential.data.failures import reading
from torrential.data.files.locate import File
from torrential.data.formats.format import RANGE_BYTES, Options, Part
from torrential.data.joining import Piece

MAGIC = b"ARROW1"


def schema(file: File, options: Options) -> pa.Schema:
    """Return the columns of the file."""
    if _is_stream(file):
        with file.stream() as source, pa.ipc.open_stream(source) as reader:
            found = reader.schema
    else:
        with file.open() as source, pa.ipc.open_file(source) as reader:
            found = reader.schema
    check_names(found, file.url)
    return found


def parts(file: File) -> list[Part]:
    """Group record batches into parts of about RANGE_BYTES; a stream is one part."""
    if _is_stream(file):
        return [Part()]
    with file.open() as source, pa.ipc.open_file(source) as reader:
        n_batches = reader.num_record_batches
    # The footer has no sizes: take the batches for equal.
    step = max(1, RANGE_BYTES * n_batches // max(file.size, 1))
    starts = range(0, n_batches, step)
    ranges = [(start, min(start + step, n_batches)) for start in starts]
    label = "record batches {}-{}" if len(ranges) > 1 else ""
    return [Part(start, stop, None, label.format(start, stop - 1)) for start, stop in ranges]


def read(file: File, part: Part, shape: Shape, options: Options) -> Iterator[Piece]:
    """Yield rows of a part; only the needed columns of a file are read."""
    columns = schema(file, options)
    names, wanted = columns.names, shape.wanted(columns, file.url)
    if part.stop is None:
        with file.stream() as source, pa.ipc.open_stream(source) as reader:
            for number in count():
                with reading(f"Record batch {number} of {file.url}"):
                    rows = next(reader, None)
                if rows is None:
                    break
                yield _intact(rows.select(wanted), number, file), 0
        return
    ipc_options = pa.ipc.IpcReadOptions(
        included_fields=[names.index(name) for name in wanted], use_threads=False
    )
    with file.open() as source, pa.ipc.open_file(source, options=ipc_options) as reader:
        for i in range(part.start, part.stop):
            with reading(f"Record batch {i} of {file.url}"):
                rows = reader.get_batch(i)
            yield _intact(rows, i, file), 0


def _intact(rows: pa.RecordBatch, number: int, file: File) -> pa.RecordBatch:
    require_intact(rows, f"Record batch {number} of {file.url}")
    return rows


def _is_stream(file: File) -> bool:
    if file.compression is not None:
        return True
    return not file.head().startswith(MAGIC)
