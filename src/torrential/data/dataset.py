"""A dataset: rows that are read again for each pass, partition by partition."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from torrential.data.columns.chosen import Columns
from torrential.data.columns.names import table_name
from torrential.data.columns.nested import field_of, fields_hint, leaves, without_leaf_fields
from torrential.data.columns.shape import Shape
from torrential.data.columns.used import used_type
from torrential.data.files.pipe import reads_pipe
from torrential.data.source import SizedPartition, Source
from torrential.data.sources.known_columns import passed_on
from torrential.data.views.cached import LIMIT, CachedPartition, CacheSettings
from torrential.data.views.foldings import HashFolding, StratifiedFolding
from torrential.data.views.folds import Fold
from torrential.data.views.head import Head
from torrential.data.views.ordered_folding import OrderedFolding, edges_of, ordered_values, times_of
from torrential.data.views.row_keys import RowKeys
from torrential.data.views.shuffle import Shuffled
from torrential.data.views.split import Split
from torrential.errors import ParameterError
from torrential.types import Batch, Partition, leaf_path

WhichColumns = Literal["used", "target", "all"]

MAX_SAMPLE = 2**17
"""Values of a column that are kept at most to cut the rows by."""


@dataclass(frozen=True, slots=True, repr=False)
class Dataset:
    """Labelled or unlabelled texts, read lazily and in bounded memory; made by :func:`read`.

    It holds no rows. Each pass reads them again, so that one dataset serves any number of passes.

    Attributes
    ----------
    schema : pyarrow.Schema
        All columns of the input with their types, and behind them the fields within columns that
        are used, by their dotted names. A column of the target has the type that was
        asked for; dictionary-encoded columns have that of their values.
    columns : Columns
        Names of the columns that are used.
    source : Source
        Where the rows come from.
    cached : CacheSettings or None
        Where hashed rows are kept; see :meth:`cache`.
    """

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
    def _own_columns(self) -> pa.Schema:
        return without_leaf_fields(self.schema)

    @property
    def n_bytes(self) -> int | None:
        """Size on disk or in memory, about; None where it is not known."""
        return self.source.n_bytes

    @property
    def is_read_once(self) -> bool:
        """Whether the rows come through a pipe, which can be read only once."""
        return reads_pipe(self.source)

    def partitions(
        self,
        columns: WhichColumns = "used",
        names: Sequence[str] | None = None,
        *,
        ahead: bool = False,
    ) -> tuple[Partition, ...]:
        """Parts that can be read at the same time, in order; fixed by the data alone.

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
        has a schema of its own.
        """
        partitions = self.source.partitions(self._shape(columns, names, ahead=ahead))
        return self._cached(partitions) if columns == "used" else partitions

    def known_columns(
        self, names: Sequence[str] | None = None, *, ahead: bool = False
    ) -> pa.Schema:
        """Return the columns of the rows of ``partitions("all")`` that are known beforehand.

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

    def cache(
        self, path: str | os.PathLike[str] | None = None, limit: str | int = LIMIT
    ) -> "Dataset":
        """Dataset of the same rows that are hashed only once, and then taken from a cache on disk.

        Whoever hashes rows (``TextClassifier`` and all that is built of it, ``evaluate``) writes
        them to the folder, each partition for itself; later passes, also of other processes, map
        these files, and neither read nor hash. An entry's name is made of all that decides its
        content: of each file the path, size, time of change and a hash of parts of it; the columns;
        the settings of the features; the versions of what reads and hashes. So what has changed is
        hashed anew. Values and order are the same, to the bit.

        Rows are passed by the cache where their content has no name: of streams, and where a
        function of yours makes the features.

        Parameters
        ----------
        path : str or path-like, default=None
            Folder, which is made when something is written; None is that of the variable
            ``TORRENTIAL_CACHE``, or ``torrential`` in the user's folder of caches. Many processes
            can share it.
        limit : str or int, default='20 GB'
            How large the folder may get, memoised calls included, in bytes or as ``'500 MB'``. What
            was not used for the longest time makes room.

        Returns
        -------
        dataset : Dataset

        Raises
        ------
        ParameterError
            ``limit`` is no amount, or ``path`` is a file.

        Notes
        -----
        A file that is damaged, cut off or cannot be written is passed over with a warning, of the
        logger ``torrential.cache``.

        Examples
        --------
        >>> import torrential as tor
        >>> folder = getfixture("tmp_path")
        >>> rows = {"body": ["good", "bad"], "stars": [5, 1]}
        >>> reviews = tor.read(rows, text="body", target="stars").cache(folder, limit="1 GB")
        >>> model = tor.TextClassifier(max_iter=3).fit(reviews)
        >>> len(list(folder.glob("*.records")))
        1
        """
        return replace(self, cached=CacheSettings.of(path, limit))

    def batches(self, columns: WhichColumns = "used") -> Iterator[Batch]:
        """All batches, in order.

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
            chosen = Columns((), self.target)
        used = pa.schema([self.schema.field(name) for name in chosen.used])
        return Shape(chosen, used, keep_rows=False)

    def split(self, test_size: float = 0.25, seed: int = 0) -> "tuple[Dataset, Dataset]":
        """Split the rows into two datasets by a hash of their text and target.

        A row's side depends on nothing but the row and the seed: it is the same in any order, in
        any file and format. Equal rows are on the same side, so none leaks from train to test.
        The sizes are therefore only about those asked for, where scikit-learn's
        ``train_test_split`` has them exact.

        Parameters
        ----------
        test_size : float, default=0.25
            Share of the rows that goes to the test set, between 0 and 1.
        seed : int, default=0

        Returns
        -------
        train, test : Dataset

        Raises
        ------
        ParameterError
            ``test_size`` is not between 0 and 1.

        Examples
        --------
        >>> from torrential.data import from_arrays
        >>> dataset = from_arrays([f"text {i}" for i in range(1000)])
        >>> train, test = dataset.split(0.2)
        >>> [sum(batch.n_rows for batch in side.batches()) for side in (train, test)]
        [814, 186]
        """
        if isinstance(test_size, bool) or not 0 < test_size < 1:
            raise ParameterError(
                f"test_size={test_size!r} is no share of the rows: pass a number between 0 and 1."
            )
        train, test = (
            replace(self, source=Split(self.source, test_size, _seed(seed), is_test))
            for is_test in (False, True)
        )
        return train, test

    def folds(
        self,
        n: int = 5,
        seed: int = 0,
        groups: str | None = None,
        *,
        stratify: bool = False,
        order: str | None = None,
    ) -> "list[tuple[Dataset, Dataset]]":
        """Split the rows into n folds for cross-validation: by a hash, unless another way is named.

        A row's fold depends on nothing but the row and the seed, as its side does in :meth:`split`.
        Equal rows, or those of one group, are in the same fold. scikit-learn's ``KFold`` has folds
        of equal sizes, by the rows' places; these are only about equal.

        Parameters
        ----------
        n : int, default=5
            At least 2.
        seed : int, default=0
        groups : str, default=None
            Column whose rows of the same value stay together.
        stratify : bool, default=False
            Deal the rows of each class to the folds in turn, so that all have equal shares of it;
            equal rows may then be in different folds.
        order : str, default=None
            Column of times or other values that have an order. The rows are cut into n + 1 blocks
            by it, about equal (the cuts are of a sample of the rows); fold i is to learn the first
            i + 1 of them, and is tested on the next one. As scikit-learn's ``TimeSeriesSplit``.

        Returns
        -------
        folds : list of n pairs of Dataset
            Rows to learn, by default all but those of the fold, and those of the fold.

        Raises
        ------
        ParameterError
            Fewer than two folds, no such column, or more than one way to make them.
        DataError
            Too few different values of ``order``, or a null among them.

        Examples
        --------
        >>> from torrential.data import from_arrays
        >>> dataset = from_arrays([f"text {i}" for i in range(1000)])
        >>> [sum(batch.n_rows for batch in test.batches()) for _, test in dataset.folds(4)]
        [234, 229, 256, 281]
        """
        folding = self.folding(n, seed, groups, stratify=stratify, order=order)
        return [
            (
                replace(self, source=Fold(self.source, folding, number, is_test=False)),
                replace(self, source=Fold(self.source, folding, number, is_test=True)),
            )
            for number in range(n)
        ]

    def folding(
        self,
        n: Any = 5,
        seed: int = 0,
        groups: str | None = None,
        *,
        stratify: bool = False,
        order: str | None = None,
    ) -> HashFolding | StratifiedFolding | OrderedFolding:
        """Return what tells the fold of each row; see :meth:`folds`."""
        if isinstance(n, bool) or not isinstance(n, Integral) or n < 2:
            raise ParameterError(f"cv={n!r} is no number of folds: pass 2 or more.")
        groups, order = table_name(groups), table_name(order)
        ways = {
            "groups": groups is not None,
            "stratify": bool(stratify),
            "order": order is not None,
        }
        if sum(ways.values()) > 1:
            named = " and ".join(name for name, is_named in ways.items() if is_named)
            raise ParameterError(f"{named} are different ways to make folds: pass one of them.")
        for name, column in (("groups", groups), ("order", order)):
            if column is None:
                continue
            field = field_of(self.schema, column)
            if field is None:
                known = ", ".join(each for each, _ in leaves(self._own_columns))
                raise ParameterError(f"{name}={column!r} is no column: choose one of {known}.")
            kind = used_type(field.type)
            if pa.types.is_nested(kind):
                hint = fields_hint(column, kind) or "name a column of one value for each row"
                raise ParameterError(f"{name}={column!r} holds {kind}: {hint}.")
        n_folds, seed = int(n), _seed(seed)
        if stratify:
            if self.target is None:
                raise ParameterError("stratify needs labels: name their column in read(target=).")
            return StratifiedFolding(n_folds, seed)
        if order is not None:
            edges = edges_of(ordered_values(self._sample_of(order)), n_folds, order)
            return OrderedFolding(n_folds, self._field(order), edges)
        return HashFolding(n_folds, seed, None if groups is None else self._field(groups))

    def _field(self, column: str) -> pa.Field:
        """Return a column that rows are told by, with the type of its values."""
        field = field_of(self.schema, column)
        assert field is not None  # by its check
        return field.with_type(used_type(field.type)).with_metadata(
            None if leaf_path(field) is None else field.metadata
        )

    def _sample_of(self, column: str) -> Any:
        """Return values of a column: of all rows, or of evenly spaced ones where they are many."""
        field = self._field(column)
        shape = OrderedFolding(1, field, None).needed(self._shape("target"))
        parts: list[Any] = []
        spacing, n_rows = 1, 0
        for partition in self.source.partitions(shape):
            for batch in partition.batches():
                values = times_of(batch, column)
                parts.append(values[(-n_rows) % spacing :: spacing])
                n_rows += len(values)
                while sum(map(len, parts)) > MAX_SAMPLE:
                    parts, spacing = [np.concatenate(parts)[::2]], 2 * spacing
        return np.concatenate(parts) if parts else np.zeros(0)

    def keyed_partitions(self, keys: RowKeys) -> tuple[Partition, ...]:
        """Return partitions whose batches have what the keys of rows are told by."""
        return self._cached(self.source.partitions(keys.needed(self._shape("used"))))

    def take(self, n: int) -> "Dataset":
        """Dataset of the first n rows.

        Parameters
        ----------
        n : int
            Not negative; a dataset with fewer rows is taken as a whole.
        """
        if n < 0:
            raise ParameterError(f"n={n!r} is negative: pass a number of rows.")
        return replace(self, source=Head(self.source, n))

    def shuffle(self, seed: int) -> "Dataset":
        """Dataset of the same rows in another order.

        The partitions are permuted, and the rows within windows of about 16 MB of each partition:
        memory stays bounded, but rows do not move between partitions.

        Parameters
        ----------
        seed : int
            Not negative. The same seed gives the same order each time.
        """
        return replace(self, source=Shuffled(self.source, _seed(seed)))

    def __repr__(self) -> str:
        used = [f"text={', '.join(self.text)}"]
        used += [] if self.target is None else [f"target={self.target}"]
        used += [] if self.weight is None else [f"weight={self.weight}"]
        size = "" if self.n_bytes is None else f", {_human_size(self.n_bytes)}"
        names = ", ".join(self._own_columns.names)
        return f"Dataset({self.source}{size}; {', '.join(used)}; of {names})"


def _seed(seed: int) -> int:
    if seed < 0:
        raise ParameterError(f"seed={seed!r} is negative: pass 0 or more.")
    return int(seed)


def _human_size(n_bytes: int) -> str:
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if n_bytes >= 1000**power:
            return f"{n_bytes / 1000**power:.1f} {unit}"
    return f"{n_bytes} bytes"
