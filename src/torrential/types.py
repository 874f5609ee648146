"""Types that the stages exchange: rows as read, and rows as sparse features."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
Int8 = NDArray[np.int8]
Bool = NDArray[np.bool_]


_JSON, _TEXT = {b"torrential": b"json"}, {b"torrential": b"text"}


def json_field(name: str) -> pa.Field:
    """Return the field of a column of JSON tokens.

    Each value is the token in the file: ``1.10``, ``"a"`` with its quotes, ``{"b": [1]}``,
    ``null``. A null is a key that the object lacks.
    """
    return pa.field(name, pa.large_string(), metadata=_JSON)


def is_json_field(field: pa.Field) -> bool:
    """Return whether a column holds JSON tokens."""
    return bool(field.metadata == _JSON)


def text_field(field: pa.Field) -> pa.Field:
    """Return the field of a column whose bytes are text."""
    return field.with_metadata(_TEXT)


def is_text_field(field: pa.Field) -> bool:
    """Return whether a column holds bytes that are text."""
    return bool(field.metadata == _TEXT)


_PATH = b"torrential.path"


def leaf_field(name: str, data_type: pa.DataType, path: Sequence[str]) -> pa.Field:
    """Return the field of a column with a dotted name, whose values are in another column."""
    return pa.field(name, data_type, metadata={_PATH: json.dumps(path).encode()})


def leaf_path(field: pa.Field) -> tuple[str, ...] | None:
    """Return the path to a column within another column; None for a column of the input."""
    path = (field.metadata or {}).get(_PATH)
    return None if path is None else tuple(json.loads(path))


def text_columns(text: pa.Array) -> pa.RecordBatch:
    """Return a column of texts as the columns of a `Batch`."""
    return pa.RecordBatch.from_arrays([text], names=["text"])


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows as they were read.

    Attributes
    ----------
    columns : pa.RecordBatch
        What features come from, as `text_columns` makes it of the text of each row; several text
        columns are joined by a line feed. May hold nulls, which the features stage counts as empty,
        and bytes that are not valid UTF-8, which it replaces.
    target : pa.Array of shape (n_rows,), or None
        The label of each row, of any Arrow type, nulls included.
    weight : pa.Array of float64, shape (n_rows,), or None
        The sample weight of each row.
    rows : pa.RecordBatch or None
        All columns of the input, if requested (prediction passes them through).
    origin : str
        Where the rows came from, for messages: a path, or "memory".
    first_row : int
        Number of the batch's first row in that origin, from 0.
    n_skipped : int
        Malformed rows that were left out while this batch was read (``on_bad_rows="skip"``).
    n_other_labels : int
        Labels that were left out while this batch was read, since each row can have only one.
    share : float or None
        Share of the partition that was read up to the end of this batch, between 0 and 1; None if
        that is not known.
    """

    columns: pa.RecordBatch
    target: pa.Array | None
    weight: pa.Array | None
    rows: pa.RecordBatch | None
    origin: str
    first_row: int
    n_skipped: int = 0
    n_other_labels: int = 0
    share: float | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.columns.num_rows)

    @property
    def n_bytes(self) -> int:
        """Bytes of the columns that features come from."""
        return sum(int(column.nbytes) for column in self.columns.columns)

    @property
    def text(self) -> pa.Array:
        """Column of text: string, large_string, binary or large_binary."""
        return self.columns.column(0)


@dataclass(frozen=True, slots=True)
class Csr:
    """Sparse rows: row i has values data[indptr[i]:indptr[i + 1]] in columns indices[...].

    Attributes
    ----------
    data : float32 array of shape (n_nonzero,)
    indices : int32 array of shape (n_nonzero,), each in [0, n_features)
    indptr : int64 array of shape (n_rows + 1,)
    n_features : int
    """

    data: Float32
    indices: Int32
    indptr: Int64
    n_features: int

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    def n_values(self, row: int) -> int:
        """Return how many values a row has."""
        return int(self.indptr[row + 1] - self.indptr[row])


@dataclass(frozen=True, slots=True)
class LabelSets:
    """Sets of labels of rows: row i has members[starts[codes[i]]:starts[codes[i] + 1]].

    Attributes
    ----------
    codes : int32 array of shape (n_rows,)
        Number of each row's set; -1 for rows without a set, which an empty one is not.
    starts : int64 array of shape (n_sets + 1,)
    members : int32 array
        Codes of labels, in each set ascending and different.

    Examples
    --------
    >>> sets = LabelSets(np.array([1, 0, -1], np.int32), np.array([0, 0, 2]), np.array([0, 2]))
    >>> sets.dense(3).tolist()
    [[True, False, True], [False, False, False], [False, False, False]]
    """

    codes: Int32
    starts: Int64
    members: Int32

    def take(self, rows: Int64 | Bool | slice) -> Self:
        """Return the sets of some rows."""
        return replace(self, codes=self.codes[rows])

    def needed(self) -> Int64:
        """Return the number of labels up to the largest of each set, shape (n_sets,)."""
        is_empty = self.starts[1:] == self.starts[:-1]
        last = np.append(self.members, -1)[self.starts[1:] - 1]
        return np.where(is_empty, 0, last.astype(np.int64) + 1)

    def sizes(self) -> Int64:
        """Return the number of labels of each row; 0 without a set."""
        return np.append(np.diff(self.starts), 0)[self.codes]

    def rows_and_labels(self) -> tuple[Int64, Int32]:
        """Return row and label of each pair of these, ordered by both."""
        sizes = self.sizes()
        ends = np.cumsum(sizes)
        first = np.append(self.starts[:-1], 0)[self.codes]
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + sizes, sizes)
        return np.repeat(np.arange(len(sizes)), sizes), self.members[at]

    def dense(self, n_labels: int) -> Bool:
        """Return whether each row has each of the first labels, shape (n_rows, n_labels)."""
        rows, labels = self.rows_and_labels()
        result = np.zeros((len(self.codes), n_labels), np.bool_)
        known = labels < n_labels
        result[rows[known], labels[known]] = True
        return result


class Partition(Protocol):
    """A part of a dataset that is read by one reader at a time, fixed by the data alone."""

    @property
    def name(self) -> str:
        """Name shown in messages: a path, with the row group or byte range."""
        ...

    def batches(self) -> Iterator[Batch]:
        """Read the partition from its beginning, in bounded memory."""
        ...


class Summary(Protocol):
    """A summary of data: updated with a batch, merged with another summary of its kind."""

    def update(self, *batch: Any) -> None:
        """Add one batch."""
        ...

    def merge(self, other: Self) -> Self:
        """Add the counts of another summary, in partition order, so that the bits are the same."""
        ...


def merged(first: Any, second: Any) -> Any:
    """Merge two summaries, as engines do with those of partitions."""
    return first.merge(second)


Partitions = Sequence[Partition]
