"""Rows of other libraries, recognized by the methods of their objects: no library is required.

Each class reads one kind, again for each pass and in bounded memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from torrential.data.columns.used import is_text
from torrential.errors import DataError
from torrential.one_stream import schema_of, stream_of

ROWS = 4096
"""Number of rows that are requested at a time."""

SHARD_ROWS = 1 << 16
"""Rows of a shard, if an object supports ranges of rows."""


class RowObject(Protocol):
    """Rows in shards that can be read on their own, in order."""

    @property
    def schema(self) -> pa.Schema:
        """Columns of the rows."""
        ...

    @property
    def n_shards(self) -> int:
        """Number of shards, fixed by the rows alone."""
        ...

    @property
    def name(self) -> str:
        """Name of the object in messages."""
        ...

    @property
    def is_fixed(self) -> bool:
        """Whether each pass yields the same rows."""
        ...

    def shard(self, number: int, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield tables of a shard, with at least these of its columns; None means all."""
        ...


def row_object(item: Any) -> RowObject | None:
    """Return the rows of an object of another library; None for an unknown type.

    Raises
    ------
    DataError
        It holds several splits of a dataset, or has no rows.
    """
    if isinstance(item, Mapping) and not hasattr(item, "ndim"):  # as some sparse matrices have it
        if item and all(hasattr(each, "with_format") for each in item.values()):
            splits = ", ".join(map(repr, item))
            raise DataError(f"The object holds several splits ({splits}): pass one of them.")
        return None
    if hasattr(item, "with_format") and hasattr(item, "iter"):
        return _Indexed.of(item) if hasattr(item, "__len__") else _Sharded.of(item)
    if hasattr(item, "collect_schema") and hasattr(item, "collect"):
        return _LazyFrame(item)
    if hasattr(item, "scanner") and hasattr(item, "schema"):
        return _Scanned(item)
    if hasattr(item, "to_reader") and hasattr(item, "projected_schema"):
        return _Scanner(item)
    if hasattr(item, "__arrow_c_stream__") and hasattr(item, "fetch_record_batch"):
        return _Relation(item)
    return None


def usual_columns(schema: pa.Schema, name: str, *, needs_target: bool) -> tuple[str, str | None]:
    """Return the columns that hold the text and the label, if any, by their usual names.

    The text is ``text``, or else the only column of strings; the label is ``label``, ``labels`` or
    ``target``.

    Raises
    ------
    DataError
        None or several could be meant.
    """
    target = next((each for each in ("label", "labels", "target") if each in schema.names), None)
    texts = [
        field.name for field in schema if is_text(field.type) and field.name not in ("", target)
    ]
    text = "text" if "text" in texts else texts[0] if len(texts) == 1 else None
    if text is None or (needs_target and target is None):
        what = "text" if text is None else "labels"
        raise DataError(
            f"{name} has no column with a usual name for the {what} "
            f"({', '.join(schema.names)}): pass torrential.read(X, text=, target=)."
        )
    return text, target


@dataclass(frozen=True, slots=True)
class _Indexed:
    """A ``Dataset`` of Hugging Face, selected, filtered and shuffled ones among them."""

    item: Any
    schema: pa.Schema
    name: str = "Hugging Face dataset"
    is_fixed: bool = True

    @classmethod
    def of(cls, item: Any) -> "_Indexed":
        """Return the rows, with the columns of the first row."""
        if len(item) == 0:
            raise DataError("The dataset has no rows: pass one with rows.")
        return cls(item, item.with_format("arrow")[:1].schema)

    @property
    def n_shards(self) -> int:
        """Number of ranges of rows."""
        return -(-len(self.item) // SHARD_ROWS)

    def shard(self, number: int, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield slices of a shard."""
        rows = self.item.with_format("arrow", columns=None if columns is None else list(columns))
        stop = min(len(self.item), (number + 1) * SHARD_ROWS)
        for start in range(number * SHARD_ROWS, stop, ROWS):
            yield rows[start : min(stop, start + ROWS)]


@dataclass(frozen=True, slots=True)
class _Sharded:
    """An ``IterableDataset`` of Hugging Face."""

    item: Any
    schema: pa.Schema
    name: str = "Hugging Face stream"
    is_fixed: bool = False

    @classmethod
    def of(cls, item: Any) -> "_Sharded":
        """Return the rows, with the columns of the first rows: the object may not know them."""
        first = next(iter(item.with_format("arrow").iter(batch_size=ROWS)), None)
        if first is None:
            raise DataError("The dataset has no rows: pass one with rows.")
        return cls(item, first.schema)

    @property
    def n_shards(self) -> int:
        """Number of the object's own shards."""
        named = "num_shards" if hasattr(self.item, "num_shards") else "n_shards"
        return int(getattr(self.item, named))

    def shard(self, number: int, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield batches of a shard, with all columns: the object computes them in any case."""
        n_shards = self.n_shards
        shard = self.item.shard(n_shards, number) if n_shards > 1 else self.item
        yield from shard.with_format("arrow").iter(batch_size=ROWS)


class _WholeStream:
    """An object that is read from its beginning to its end."""

    is_fixed = False
    n_shards = 1

    def __init__(self, item: Any) -> None:
        self.item = item


class _LazyFrame(_WholeStream):
    """A query of polars, which is run again for each pass."""

    name = "polars LazyFrame"

    @property
    def schema(self) -> pa.Schema:
        """Columns of the result, before any row."""
        return self.item.head(0).collect().to_arrow().schema

    def shard(self, number: int, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield frames in order; polars before 1.34 collects the result first."""
        query = self.item if columns is None else self.item.select(list(columns))
        if hasattr(query, "collect_batches"):
            yield from query.collect_batches(chunk_size=ROWS, maintain_order=True)
        else:
            yield query.collect()


class _Scanned(_WholeStream):
    """A dataset of pyarrow."""

    name = "pyarrow dataset"

    @property
    def schema(self) -> pa.Schema:
        """Columns of the dataset, including the columns that folders name."""
        return self.item.schema

    def shard(self, number: int, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield record batches in order, reading few of them ahead."""
        scanner = self.item.scanner(
            columns=None if columns is None else list(columns),
            batch_size=ROWS,
            batch_readahead=4,
            fragment_readahead=1,
        )
        # Not delegated: a stream that ends early would be closed, and raise what it has not read.
        for rows in scanner.to_reader():  # noqa: UP028
            yield rows


class _Scanner(_WholeStream):
    """A scanner of pyarrow, whose columns and filter are settled."""

    name = "pyarrow scanner"

    @property
    def schema(self) -> pa.Schema:
        """Requested columns."""
        return self.item.projected_schema

    def shard(self, number: int, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield record batches in order."""
        yield from self.item.to_reader()


class _Relation(_WholeStream):
    """A relation of DuckDB, whose query is run again for each pass."""

    name = "DuckDB relation"
    _schema: pa.Schema | None = None

    @property
    def schema(self) -> pa.Schema:
        """Columns of the result."""
        if self._schema is None:
            self._schema = schema_of(self._reader)
        return self._schema

    def shard(self, number: int, columns: Sequence[str] | None) -> Iterator[Any]:
        """Yield record batches in order."""
        yield from stream_of(self._reader)

    def _reader(self) -> Any:
        if hasattr(self.item, "to_arrow_reader"):
            return self.item.to_arrow_reader(ROWS)
        return self.item.fetch_record_batch(ROWS)
