"""Tables in memory, and streams of them, as sources of partitions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from torrential.arrow_casts import bytes_of
from torrential.data.columns.shape import Shape
from torrential.data.failures import reading
from torrential.data.identity import hash_of, identity_of_shape
from torrential.data.sources.object_source import ObjectSource
from torrential.data.sources.objects import row_object
from torrential.data.sources.tables import is_table, to_batches
from torrential.errors import DataError
from torrential.types import Batch

PARTITION_ROWS = 16_384
PARTITION_BYTES = 8 << 20

TABLE_ROWS = 1 << 17
"""Rows of a partition of a table without text."""


@dataclass(frozen=True, slots=True)
class MemoryPartition:
    """Consecutive rows of a table."""

    rows: pa.RecordBatch
    first_row: int
    shape: Shape

    @property
    def name(self) -> str:
        """Range of rows, for messages."""
        return f"memory, rows {self.first_row}-{self.first_row + self.n_rows - 1}"

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.rows.num_rows)

    def identity(self) -> dict[str, Any]:
        """Identify the content of the columns that are read."""
        names = self.shape.schema.names
        return {"hash": hash_of([self.rows], names), "shape": identity_of_shape(self.shape)}

    def batches(self) -> Iterator[Batch]:
        """Cut the rows into batches; no copy."""
        with reading(self.name):
            rows = _chosen(self.rows, self.shape, self.name)
            yield from self.shape.batches(iter([(rows, 0)]), self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        # A slice would be pickled with all of the table it is cut from.
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.rows.schema) as writer:
            writer.write_batch(self.rows)
        return _restore, (sink.getvalue().to_pybytes(), self.first_row, self.shape)


def _chosen(rows: pa.RecordBatch, shape: Shape, name: str) -> pa.RecordBatch:
    return rows.select(shape.wanted(rows.schema, name))


def _restore(rows: bytes, first_row: int, shape: Shape) -> MemoryPartition:
    with pa.ipc.open_stream(rows) as reader:
        return MemoryPartition(reader.read_next_batch(), first_row, shape)


@dataclass(frozen=True, slots=True)
class TableSource:
    """Record batches of one schema."""

    batches: tuple[pa.RecordBatch, ...]

    def partitions(self, shape: Shape) -> tuple[MemoryPartition, ...]:
        """Return slices of at most PARTITION_ROWS rows and about PARTITION_BYTES."""
        partitions = []
        first_row = 0
        for batch in self.batches:
            by_size = PARTITION_BYTES * batch.num_rows // max(bytes_of(batch), 1)
            step = max(1, min(TABLE_ROWS if shape.columns.inputs else PARTITION_ROWS, by_size))
            for start in range(0, batch.num_rows, step):
                rows = batch.slice(start, step)
                partitions.append(MemoryPartition(rows, first_row, shape))
                first_row += rows.num_rows
        return tuple(partitions)

    @property
    def hashes_rows(self) -> bool:
        """False: all rows are read."""
        return False

    @property
    def n_bytes(self) -> int:
        """Bytes in memory."""
        return sum(map(bytes_of, self.batches))

    def __str__(self) -> str:
        return f"{sum(batch.num_rows for batch in self.batches)} rows in memory"


@dataclass(frozen=True, slots=True)
class StreamPartition:
    """All rows of a stream."""

    stream: "StreamSource"
    shape: Shape

    @property
    def name(self) -> str:
        """Name shown in messages."""
        return "stream"

    @property
    def n_rows(self) -> None:
        """None: the number of rows is unknown before reading."""
        return None

    def identity(self) -> None:
        """Return None: a stream may yield other rows the next time."""

    def batches(self) -> Iterator[Batch]:
        """Take the stream's items one by one."""
        with reading(self.name):
            pieces = ((_chosen(rows, self.shape, self.name), 0) for rows in self.stream.read())
            yield from self.shape.batches(pieces, self.name)


@dataclass(frozen=True, slots=True)
class StreamSource:
    """Tables that come one after the other.

    Attributes
    ----------
    start : callable
        Begins the stream: returns an iterator of tables. Called once per pass.
    text : tuple of str
        Names of the text columns.
    """

    start: Callable[[], Iterable[Any]]
    text: tuple[str, ...]

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield record batches of the stream, from its beginning."""
        for item in self.start():
            if not is_table(item):
                raise DataError(
                    f"The stream yields an item of type {type(item).__name__}: yield tables, such "
                    "as data frames, Arrow record batches, or dicts of columns."
                )
            yield from to_batches(item, self.text)

    def partitions(self, shape: Shape) -> tuple[StreamPartition, ...]:
        """Return the stream as one partition."""
        return (StreamPartition(self, shape),)

    @property
    def is_read_once(self) -> bool:
        """Whether there is one pass only."""
        return isinstance(self.start, ReadOnce)

    @property
    def hashes_rows(self) -> bool:
        """False: all rows are read."""
        return False

    @property
    def n_bytes(self) -> None:
        """None: the size of a stream is unknown."""
        return None

    def __str__(self) -> str:
        return "stream"


class ReadOnce:
    """The start of a stream that has one pass only, as a generator has.

    Parameters
    ----------
    items : iterator of tables
    """

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._peeked: list[Any] = []
        self._started = False

    def peek(self) -> Iterator[Any]:
        """Return the first item, which the pass will still yield."""
        if not self._peeked:
            self._peeked = [item for _, item in zip(range(1), self._items)]
        return iter(self._peeked)

    def __call__(self) -> Iterator[Any]:
        """Begin the one pass."""
        if self._started:
            raise DataError(
                "This dataset is a generator, which can be read only once: for another pass give "
                "read() a function that returns a new generator."
            )
        self._started = True
        yield from self._peeked
        self._peeked = []
        yield from self._items


def memory_source(
    item: Any, text: tuple[str, ...]
) -> tuple[TableSource | StreamSource | ObjectSource, pa.Schema]:
    """Make a source of a table, several tables, or a stream of them; return its schema, too.

    Raises
    ------
    DataError
        It is nothing of the kind, or has no rows.
    """
    rows = row_object(item)
    if rows is not None:
        with reading(rows.name, is_elsewhere=True):
            return ObjectSource(rows, text), rows.schema
    if not isinstance(item, pa.RecordBatchReader) and is_table(item):
        return _table_source([item], text)
    if isinstance(item, list | tuple) and item and all(map(is_table, item)):
        return _table_source(item, text)
    if isinstance(item, list | tuple) and not item:
        raise DataError("There is nothing to read in an empty list: pass paths or tables.")
    if callable(item):
        return _stream_source(item, item, text)
    if isinstance(item, Iterator | pa.RecordBatchReader):
        once = ReadOnce(iter(item))
        return _stream_source(once, once.peek, text)
    if isinstance(item, Iterable):
        return _stream_source(item.__iter__, item.__iter__, text)
    raise DataError(
        f"An object of type {type(item).__name__} is not readable: pass paths, a data frame, an "
        "Arrow table, a dict of columns, or an iterator of these."
    )


def _table_source(items: Sequence[Any], text: tuple[str, ...]) -> tuple[TableSource, pa.Schema]:
    batches = [batch for item in items for batch in to_batches(item, text)]
    if not batches:
        raise DataError("The table has no rows: pass one with rows.")
    return TableSource(tuple(batches)), batches[0].schema


def _stream_source(
    start: Callable[[], Iterable[Any]], peek: Callable[[], Iterable[Any]], text: tuple[str, ...]
) -> tuple[StreamSource, pa.Schema]:
    first = next(StreamSource(peek, text).read(), None)
    if first is None:
        raise DataError("The stream has no rows: yield tables with rows.")
    return StreamSource(start, text), first.schema
