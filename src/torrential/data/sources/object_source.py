"""Objects of other libraries as sources of partitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from torrential.data.columns.nested import top_columns
from torrential.data.columns.shape import Shape
from torrential.data.failures import reading
from torrential.data.identity import hash_of, identity_of_shape
from torrential.data.sources.objects import RowObject
from torrential.data.sources.tables import to_batches
from torrential.types import Batch


@dataclass(frozen=True, slots=True)
class ObjectPartition:
    """A shard of an object."""

    rows: RowObject
    number: int
    shape: Shape
    text: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the object, with the shard if there are several."""
        several = f", shard {self.number}" if self.rows.n_shards > 1 else ""
        return f"{self.rows.name}{several}"

    @property
    def n_rows(self) -> None:
        """None: the number of rows is unknown before reading."""
        return None

    def identity(self) -> dict[str, Any] | None:
        """Identify the content of the columns that are read; None if it may vary between passes."""
        if not self.rows.is_fixed:
            return None
        names = self.shape.schema.names
        return {"hash": hash_of(self._batches(), names), "shape": identity_of_shape(self.shape)}

    def batches(self) -> Iterator[Batch]:
        """Read the shard from its beginning."""
        with reading(self.name, is_elsewhere=True):
            wanted = (
                (rows.select(self.shape.wanted(rows.schema, self.name)), 0)
                for rows in self._batches()
            )
            yield from self.shape.batches(wanted, self.name)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        schema = self.rows.schema
        chosen = self.shape.wanted(schema, self.name)
        for table in self.rows.shard(self.number, chosen):
            for rows in to_batches(table, self.text):
                yield rows.replace_schema_metadata(schema.metadata)


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """Rows of an object.

    Attributes
    ----------
    rows : RowObject
    text : tuple of str
        Names of the text columns.
    """

    rows: RowObject
    text: tuple[str, ...]

    def partitions(self, shape: Shape) -> tuple[ObjectPartition, ...]:
        """Return the shards, in order."""
        return tuple(
            ObjectPartition(self.rows, number, shape, self.text)
            for number in range(self.rows.n_shards)
        )

    @property
    def hashes_rows(self) -> bool:
        """False: all rows are read."""
        return False

    @property
    def n_bytes(self) -> None:
        """None: the size is unknown."""
        return None

    def content(self, columns: tuple[str, ...]) -> tuple[int, str]:
        """Return the number of rows, and a hash of these columns of all rows."""
        schema = self.rows.schema
        n_rows, metadata = 0, schema.metadata
        needed = top_columns(schema, columns)

        def batches() -> Iterator[pa.RecordBatch]:
            nonlocal n_rows
            for number in range(self.rows.n_shards):
                for table in self.rows.shard(number, needed):
                    for rows in to_batches(table, self.text):
                        batch = rows.replace_schema_metadata(metadata)
                        n_rows += batch.num_rows
                        yield batch

        content = hash_of(batches(), columns)
        return n_rows, content

    def __str__(self) -> str:
        return self.rows.name
