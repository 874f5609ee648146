"""Rows of a source, with the names of the columns that are used: what all passes read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

from torrential.data.columns.chosen import Columns
from torrential.data.columns.label_lists import is_list
from torrential.data.columns.nested import without_leaf_fields
from torrential.data.columns.shape import Shape
from torrential.data.source import SizedPartition, Source, is_read_once
from torrential.data.sources.known_columns import passed_on
from torrential.data.views.cached import CachedPartition, CacheSettings
from torrential.data.views.row_keys import RowKeys
from torrential.errors import ParameterError
from torrential.types import Batch, Partition

WhichColumns = Literal["used", "target", "all"]


@dataclass(frozen=True, slots=True, repr=False)
class Rows:
    """Base of Dataset: its attributes, partitions and batches."""

    schema: pa.Schema
    columns: Columns
    source: Source
    cached: CacheSettings | None = None

    @property
    def text(self) -> tuple[str, ...]:
        """Names of the text columns."""
        return self.columns.text

    @property
    def target(self) -> str | None:
        """Name of the column with the labels."""
        return self.columns.target

    @property
    def weight(self) -> str | None:
        """Name of the column with the sample weights."""
        return self.columns.weight

    @property
    def has_label_sets(self) -> bool:
        """Whether each row has a set of labels, not one."""
        if self.target is None:
            return False
        columns = self.columns
        is_set = columns.multilabel or columns.target_separator is not None
        return is_set or is_list(self.schema.field(self.target).type)

    @property
    def _own_columns(self) -> pa.Schema:
        return without_leaf_fields(self.schema)

    @property
    def n_bytes(self) -> int | None:
        """Approximate size on disk or in memory; None if unknown."""
        return self.source.n_bytes

    @property
    def is_read_once(self) -> bool:
        """Whether the rows can be read only once, as those of a pipe or a generator."""
        return is_read_once(self.source)

    @property
    def n_rows(self) -> int | None:
        """Number of rows if it is known without reading them, else None.

        It is known of Parquet and Arrow files and of data in memory, but not of text files, nor of
        views that choose rows by their content.
        """
        sizes = [partition.n_rows for partition in self.source.partitions(self._shape("target"))]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    def partitions(
        self,
        columns: WhichColumns = "used",
        names: Sequence[str] | None = None,
        *,
        ahead: bool = False,
    ) -> tuple[Partition, ...]:
        """Return parts that can be read concurrently, in order and determined by the data alone.

        Parameters
        ----------
        columns : "used", "target" or "all", default="used"
            "all" gives each batch its rows with all columns, or those named, as they are: see
            the notes. With "target" texts and weights are null and may not be read.
        names : sequence of str, default=None
            The columns of the rows with "all"; None for every one.
        ahead : bool, default=False
            Whether "all" takes the columns of all CSV and JSON Lines files from their beginnings,
            not only those of the first file.

        Returns
        -------
        partitions : tuple of Partition

        Raises
        ------
        DataError
            If a named column is in no file.

        Notes
        -----
        Columns that are used have one type each. All others are passed on without a loss: cells
        of CSV files as text; values of JSON Lines as JSON tokens, in columns that
        ``torrential.types.is_json_field`` recognizes; columns of other formats in the type that all
        files and tables have in common. A column that a file lacks is null. Where values are not
        exact in the common type, or where a column is found only while rows are read, the batch
        has its own schema.
        """
        partitions = self.source.partitions(self._shape(columns, names, ahead=ahead))
        return self._cached(partitions) if columns == "used" else partitions

    def known_columns(
        self, names: Sequence[str] | None = None, *, ahead: bool = False
    ) -> pa.Schema:
        """Return the columns of the rows of ``partitions("all")`` that are known in advance.

        Parameters
        ----------
        names : sequence of str, default=None
        ahead : bool, default=False
            As for :meth:`partitions`.
        """
        return self._shape("all", names, ahead=ahead).known

    def _cached(self, partitions: tuple[SizedPartition, ...]) -> tuple[Partition, ...]:
        if self.cached is None:
            return partitions
        return tuple(CachedPartition(partition, self.cached) for partition in partitions)

    def batches(self, columns: WhichColumns = "used") -> Iterator[Batch]:
        """Yield all batches, in order.

        Parameters
        ----------
        columns : "used", "target" or "all", default="used"
            As for :meth:`partitions`.

        Yields
        ------
        batch : Batch
            At most 4,096 rows and about 1.5 MB of text, or one longer text.
        """
        for partition in self.partitions(columns):
            yield from partition.batches()

    def __iter__(self) -> Iterator[Batch]:
        """Yield all batches of the used columns, in order, as :meth:`batches` does."""
        return self.batches()

    def _shape(
        self,
        columns: WhichColumns,
        names: Sequence[str] | None = None,
        *,
        ahead: bool = False,
    ) -> Shape:
        if columns == "all":
            used = pa.schema([self.schema.field(name) for name in self.columns.used])
            passed = passed_on(self.source, self._own_columns, names, ahead=ahead)
            return Shape(self.columns, used, keep_rows=True, passed=passed)
        if columns not in ("used", "target"):
            raise ParameterError(
                f"columns={columns!r} is not known: pass 'used', 'target' or 'all'."
            )
        chosen = self.columns
        if columns == "target" and not self.source.hashes_rows:
            chosen = replace(self.columns, text=(), weight=None, inputs=())
        used = pa.schema([self.schema.field(name) for name in chosen.used])
        return Shape(chosen, used, keep_rows=False)

    def beginnings(self, inputs: Sequence[str], n_rows: int) -> tuple[Partition, ...]:
        """Return partitions of some inputs alone, whose first rows will be read.

        Their batches have at most that number of rows. Where rows are chosen by their content, all
        columns that are used are read.
        """
        shape = self._shape("used")
        if not self.source.hashes_rows:
            fields = [self.schema.field(name) for name in inputs]
            chosen = replace(self.columns, target=None, weight=None, inputs=tuple(inputs))
            shape = replace(shape, columns=chosen, schema=pa.schema(fields))
        return self.source.partitions(replace(shape, n_first=n_rows))

    def keyed_partitions(self, keys: RowKeys) -> tuple[Partition, ...]:
        """Return partitions whose batches have the columns that row keys need."""
        return self._cached(self.source.partitions(keys.needed(self._shape("used"))))
