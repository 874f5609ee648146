"""Lists of labels: a set of labels for each row, from columns of lists or of delimited texts."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from torrential.arrow_casts import plain_array
from torrential.arrow_types import is_list_type
from torrential.data.columns.used import Fail, is_number, settled, used_array, used_type
from torrential.errors import DataError
from torrential.kernels.rows.rowhash import GOLDEN, MIX_1, MIX_2
from torrential.types import Int32, Int64


def is_list(data_type: pa.DataType) -> bool:
    """Return whether an Arrow type is one of lists, of any kind."""
    return is_list_type(used_type(data_type))


def is_label_list(data_type: pa.DataType) -> bool:
    """Return whether an Arrow type is one of lists of labels.

    Examples
    --------
    >>> is_label_list(pa.list_(pa.string())), is_label_list(pa.list_(pa.list_(pa.int8())))
    (True, False)
    """
    return is_list(data_type) and not pa.types.is_nested(used_type(used_type(data_type).value_type))


def value_type(data_type: pa.DataType) -> pa.DataType:
    """Return the type of labels, also of those in lists."""
    return data_type.value_type if is_list(data_type) else data_type


def is_unsettled(data_type: pa.DataType) -> bool:
    """Return whether no value has settled a type, or that of the values of its lists, yet."""
    return bool(pa.types.is_null(value_type(data_type)))


def settled_lists(array: pa.Array, field: pa.Field, fail: Fail) -> pa.Array:
    """Return a column of lists whose values have the type of the values of a field.

    Parameters
    ----------
    array : pa.Array
    field : pa.Field
        Of lists, of which null is a type that no value has settled yet.
    fail : Fail

    Returns
    -------
    lists : pa.LargeListArray

    Raises
    ------
    DataError
        If a row has no list, or a value of another type.
    """
    array = used_array(array)
    if not is_list(array.type):
        if array.null_count < len(array):
            row = int(np.flatnonzero(np.asarray(array.is_valid()))[0])
            raise fail(row, array[row].as_py(), str(array.type))
        return pa.nulls(len(array), pa.large_list(field.type.value_type))
    offsets, values = parts_of(array)

    def fail_at(place: int, value: Any, kind: str) -> DataError:
        row = int(np.searchsorted(offsets, place, "right")) - 1
        return fail(row, value, kind)

    inner = field.with_type(field.type.value_type)
    return from_parts(offsets, settled(values, inner, fail_at), array)


def parts_of(array: pa.Array) -> tuple[Int64, pa.Array]:
    """Return the offsets of lists, shape (n_rows + 1,), and all of their values.

    A null is an empty list here.
    """
    array = plain_array(array)
    lengths = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    return np.append(0, np.cumsum(lengths, dtype=np.int64)), array.flatten()


def from_parts(offsets: Int64, values: pa.Array, like: pa.Array) -> pa.Array:
    """Return lists of these values, null where another column of as many rows is."""
    mask = like.is_null() if like.null_count else None
    return pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=mask)


def split_texts(texts: pa.Array, separator: str) -> pa.Array:
    """Return the labels of delimited texts, without blanks around them.

    Examples
    --------
    >>> split_texts(pa.array(["oil | gas", "", None]), "|").to_pylist()
    [['oil', 'gas'], [], None]
    """
    pieces = pc.split_pattern(texts.cast(pa.large_string()), separator)
    offsets, values = parts_of(pieces)
    values = pc.utf8_trim_whitespace(values)
    is_label = np.asarray(pc.not_equal(values, ""), np.bool_)
    offsets = np.append(0, np.cumsum(is_label))[offsets]
    return from_parts(offsets, values.filter(pa.array(is_label)), texts)


def single_lists(labels: pa.Array) -> pa.Array:
    """Return a list of one label for each row; null without a label.

    Examples
    --------
    >>> single_lists(pa.array(["oil", None])).to_pylist()
    [['oil'], None]
    """
    labels = used_array(labels)
    if pa.types.is_floating(labels.type):
        labels = pc.if_else(pc.is_nan(labels), pa.scalar(None, labels.type), labels)
    offsets = np.append(0, np.cumsum(np.asarray(labels.is_valid())))
    return from_parts(offsets, labels.drop_null(), labels)


def first_with_null(lists: pa.Array) -> int | None:
    """Return the first row whose list has a null or NaN in it; None without one."""
    offsets, values = parts_of(lists)
    is_missing = values.is_null(nan_is_null=is_number(values.type))
    if not pc.any(is_missing, min_count=0).as_py():
        return None
    place = int(np.flatnonzero(np.asarray(is_missing))[0])
    return int(np.searchsorted(offsets, place, "right")) - 1


def check_lists(lists: pa.Array, column: str, origin: str, first_row: int) -> None:
    """Raise DataError if a label in a list is null or not UTF-8; rows count from first_row."""
    row = first_with_null(lists)
    if row is not None:
        raise DataError(
            f"{origin}, data row {first_row + row + 1}: column {column!r} holds a list with a null "
            "in it: leave it out of the list, or make the whole row null if its labels are unknown."
        )
    offsets, values = parts_of(lists)
    if not pa.types.is_string(values.type) and not pa.types.is_large_string(values.type):
        return
    plain = values.cast(pa.large_binary())
    try:
        plain.cast(pa.large_string())
    except pa.ArrowInvalid:
        place = next(place for place, label in enumerate(plain) if not _is_utf8(label.as_py()))
        row = int(np.searchsorted(offsets, place, "right")) - 1
        raise DataError(
            f"{origin}, data row {first_row + row + 1}: the label {plain[place].as_py()!r} in "
            f"column {column!r} is not UTF-8: convert it, or write the column as lists of binary."
        ) from None


def _is_utf8(value: bytes) -> bool:
    try:
        return value.decode() is not None
    except UnicodeDecodeError:
        return False


def distinct_sets(lists: pa.Array, labels: Sequence[Any], codes: Int32) -> tuple[Int32, list[Any]]:
    """Return the code of the set of each row, -1 for null, and the sets in order of first rows.

    A set is a tuple of different labels in ascending order.

    Parameters
    ----------
    lists : pa.Array
    labels : sequence
        The different labels in the lists, which have an order.
    codes : int32 array of shape (n_values,)
        Place among them of each value of the lists, row after row.

    Examples
    --------
    >>> lists = pa.array([["oil", "gas"], None, [], ["gas", "oil", "gas"]])
    >>> distinct_sets(lists, ["oil", "gas"], np.array([0, 1, 1, 0, 1], np.int32))
    (array([ 0, -1,  1,  0], dtype=int32), [('gas', 'oil'), ()])
    """
    n_rows, offsets = len(lists), parts_of(lists)[0]
    order = sorted(range(len(labels)), key=labels.__getitem__)
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels))
    rows = np.repeat(np.arange(n_rows), np.diff(offsets))
    rows, members = np.divmod(
        np.unique(rows * max(1, len(labels)) + ranks[codes]), max(1, len(labels))
    )
    starts = np.append(0, np.cumsum(np.bincount(rows, minlength=n_rows)))
    first, numbers = _numbered(starts, members)
    is_valid = np.asarray(lists.is_valid())
    sets, of_number = list[Any](), np.full(len(first), -1, np.int32)
    ranked = [labels[place] for place in order]
    values = [ranked[member] for member in members.tolist()]
    bounds = starts.tolist()
    present, first_valid = np.unique(numbers[is_valid], return_index=True)
    for number in present[np.argsort(first_valid)].tolist():
        of_number[number] = len(sets)
        row = int(first[number])
        sets.append(tuple(values[bounds[row] : bounds[row + 1]]))
    found = of_number[numbers]
    found[~is_valid] = -1
    return found, sets


def _numbered(starts: Int64, members: Int64) -> tuple[Int64, Int64]:
    """Return a row with each distinct slice of members, and the number of the slice of each row.

    Slices are found by their hashes, and compared with the first that has the same one.
    """
    ends = np.append(np.uint64(0), np.cumsum(_mixed(members), dtype=np.uint64))
    sizes = np.diff(starts)
    with np.errstate(over="ignore"):
        hashes = ends[starts[1:]] - ends[starts[:-1]] + sizes.astype(np.uint64) * GOLDEN
    _, first, numbers = np.unique(hashes, return_index=True, return_inverse=True)
    numbers = numbers.reshape(-1)
    model = first[numbers]
    is_same = bool((sizes == sizes[model]).all())
    if is_same:
        shift = np.repeat(starts[model] - starts[:-1], sizes)
        is_same = bool((members[np.arange(len(members)) + shift] == members).all())
    if is_same:
        return first.astype(np.int64), numbers.astype(np.int64)
    known: dict[bytes, int] = {}
    slices = [members[begin:end].tobytes() for begin, end in pairwise(starts)]
    numbers = np.array([known.setdefault(each, len(known)) for each in slices], np.int64)
    return np.unique(numbers, return_index=True)[1].astype(np.int64), numbers


def _mixed(numbers: Int64) -> Any:
    """Return a hash of each number, of which sums are hashes of sets."""
    with np.errstate(over="ignore"):
        z = (numbers.astype(np.uint64) + np.uint64(1)) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * MIX_1
        z = (z ^ (z >> np.uint64(27))) * MIX_2
        return z ^ (z >> np.uint64(31))
