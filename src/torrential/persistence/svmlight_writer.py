"""Tables as svmlight's lines: one column of maps, or columns of numbers."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_types import is_list_type
from torrential.errors import DataError
from torrential.persistence.feature_columns import (
    Features,
    features_of,
    finite,
    is_number,
    joined,
    label_texts,
    number_text,
)
from torrential.persistence.sink import Sink
from torrential.persistence.value_text import TEXT, is_text, text_scalar
from torrential.types import Int64

LABEL, QID = "label", "qid"

LARGEST_INDEX = 2**31 - 1

NO_ROWS = np.zeros(0, np.int64)


class SvmlightWriter:
    """Writes rows as lines of a label, a query id if there is one, and numbered features.

    Columns ``label`` and ``qid`` are what their names say; a list of labels is written with commas
    between them, and a row without one begins with a blank. One column of maps has the indices as
    its keys, which are written as they are; repeated ones are summed, and all are sorted. Without
    maps, columns of numbers are features 1, 2, ... in their order. A null has no feature, and zero
    has one.

    Parameters
    ----------
    sink : Sink
    """

    names: Sequence[str] | None = None

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._file = sink.open()
        self._columns: dict[str, int] = {}
        self._has_qid: bool | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch, whose columns may differ from earlier batches."""
        if batch.num_rows:
            self._file.write(self._lines(batch).buffers()[2])

    def close(self) -> None:
        """Complete the file."""
        self._sink.close(self._file)

    abandon = close

    def _lines(self, batch: pa.RecordBatch) -> pa.Array:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        labels = _labels(columns.pop(LABEL, None))
        qids = self._qids(columns.pop(QID, None))
        rows, indices, values = self._features(columns)
        texts = joined(text_scalar(" "), indices.cast(TEXT), text_scalar(":"), number_text(values))
        ends = np.searchsorted(rows, np.arange(batch.num_rows + 1))
        of_rows = pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), texts)
        features = pc.binary_join(of_rows, text_scalar(""))
        if not qids and pc.any(pc.and_(pc.equal(labels, ""), pc.equal(features, ""))).as_py():
            raise DataError(
                "A row has neither a label nor a feature, which svmlight's lines do not hold: "
                "leave it out."
            )
        return joined(labels, *qids, features, text_scalar("\n"))

    def _qids(self, qid: pa.Array | None) -> list[pa.Array]:
        """Return the query ids; all rows of a file have one, or none."""
        has_qid = qid is not None and qid.null_count < len(qid)
        if self._has_qid is None:
            self._has_qid = has_qid
        if qid is None or not has_qid:
            if self._has_qid:
                raise _missing_qid()
            return []
        if qid.null_count or not self._has_qid:
            raise _missing_qid()
        if not pa.types.is_integer(qid.type) or pc.any(pc.less(qid, 0)).as_py():
            raise DataError(f"The column {QID!r} is not of whole numbers of 0 or more: correct it.")
        return [joined(text_scalar(f" {QID}:"), qid.cast(TEXT))]

    def _features(self, columns: dict[str, pa.Array]) -> tuple[Int64, pa.Array, pa.Array]:
        maps = [name for name, column in columns.items() if pa.types.is_map(column.type)]
        if maps:
            if len(columns) > 1:
                other = next(name for name in columns if name != maps[0])
                raise DataError(
                    f"The columns {maps[0]!r} and {other!r} are more than svmlight's lines hold, "
                    "where there is one column of maps: leave the others out."
                )
            return _summed(features_of(columns[maps[0]], maps[0]), maps[0])
        return self._numbers(columns)

    def _numbers(self, columns: dict[str, pa.Array]) -> tuple[Int64, pa.Array, pa.Array]:
        """Return columns of numbers as features, row by row."""
        rows, indices, values = [NO_ROWS], [NO_ROWS], [np.zeros(0)]
        for name, column in columns.items():
            if not is_number(column.type) and not pa.types.is_null(column.type):
                raise DataError(
                    f"The column {name!r} holds {column.type}, but svmlight's lines hold numbers: "
                    "leave it out, or write Vowpal Wabbit's lines (.vw)."
                )
            number = self._columns.setdefault(name, len(self._columns) + 1)
            features = features_of(column.cast(pa.float64(), safe=False), name)
            rows.append(features.rows)
            indices.append(np.full(len(features.rows), number))
            values.append(finite(features.values, name).to_numpy(zero_copy_only=False))
        of_rows, of_features = np.concatenate(rows), np.concatenate(indices)
        order = np.lexsort((of_features, of_rows))
        numbers = np.concatenate(values)[order]
        return of_rows[order], pa.array(of_features[order]), pa.array(numbers)


def _summed(features: Features, name: str) -> tuple[Int64, pa.Array, pa.Array]:
    """Sort features by index within rows, and sum those with the same one."""
    indices = _indices(features.names, name)
    values = features.values if features.values is not None else pa.repeat(1.0, len(indices))
    values = finite(values, name)
    numbers = values.to_numpy(zero_copy_only=False)
    order = np.lexsort((indices, features.rows))
    rows, indices = features.rows[order], indices[order]
    is_first = np.ones(len(rows), np.bool_)
    is_first[1:] = (rows[1:] != rows[:-1]) | (indices[1:] != indices[:-1])
    firsts = np.flatnonzero(is_first)
    if len(firsts) < len(rows):
        sums = np.add.reduceat(numbers[order].astype(np.float64), firsts)
        numbers = sums.astype(numbers.dtype)
    else:
        numbers = numbers[order]
    return rows[firsts], pa.array(indices[firsts]), finite(pa.array(numbers), name)


def _indices(names: pa.Array, name: str) -> Int64:
    """Return names as indices, or raise a DataError."""
    try:
        if (
            is_text(names.type)
            and pc.any(pc.invert(pc.match_substring_regex(names, "^(0|[1-9][0-9]*)$"))).as_py()
        ):
            raise pa.ArrowInvalid
        numbers: Int64 = names.cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        numbers = np.array([-1])
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() <= LARGEST_INDEX:
        raise DataError(
            f"The column {name!r} has features whose names are not indices from 0 to "
            f"{LARGEST_INDEX}: write Vowpal Wabbit's lines (.vw), which have names."
        )
    return numbers


def _labels(label: pa.Array | None) -> pa.Array:
    if label is None:
        raise DataError(f"There is no column {LABEL!r}: say which holds the labels (target=).")
    if label.null_count:
        raise DataError("A row has no label, which svmlight's lines cannot lack: leave it out.")
    if is_list_type(label.type):
        return label_texts(label, "svmlight's", only_whole=False)
    if pa.types.is_boolean(label.type):
        return pc.if_else(label, pa.scalar("1", TEXT), pa.scalar("0", TEXT))
    if not is_number(label.type):
        raise DataError(
            f"The labels are of type {label.type}, but svmlight's lines have numbers: convert them."
        )
    if pa.types.is_integer(label.type):
        return label.cast(TEXT)
    if not pc.all(pc.is_finite(label)).as_py():
        raise DataError("A label is not a finite number: correct it, or leave the row out.")
    return number_text(label.cast(pa.float64()))


def _missing_qid() -> DataError:
    return DataError(
        f"Some rows have a query id and others none: fill the column {QID!r}, or leave it out."
    )
