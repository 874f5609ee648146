"""Labels as codes, numbered as they are first seen."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential.engine.targets.labels import UNLABELED, Labels, encode
from torrential.errors import DataError

STREAMS = st.lists(st.lists(st.none() | st.sampled_from("abcdef"), max_size=8), max_size=6)


def naive_codes(values, seen):
    codes = []
    for value in values:
        if value is not None and value not in seen:
            seen.append(value)
        codes.append(UNLABELED if value is None else seen.index(value))
    return codes


@given(STREAMS)
def test_codes_are_given_in_the_order_of_first_rows(batches):
    labels, seen = Labels(), []
    for batch in batches:
        codes = labels.codes(encode(pa.array(batch, pa.string())))
        assert codes.dtype == np.int32
        assert codes.tolist() == naive_codes(batch, seen)
    assert labels.values == seen
    assert len(labels) == len(seen)


@given(STREAMS)
def test_sorted_labels_know_their_codes(batches):
    labels = Labels()
    for batch in batches:
        labels.codes(encode(pa.array(batch, pa.string())))
    order = labels.order()
    classes, order = order.classes, order.codes
    assert classes.tolist() == sorted(labels.values)
    assert [labels.values[code] for code in order] == classes.tolist()


@pytest.mark.parametrize(
    ("values", "kind", "classes"),
    [
        (["b", "a", None], pa.large_string(), np.array(["a", "b"])),
        ([3, -1, None], pa.int64(), np.array([-1, 3])),
        ([3, 1, None], pa.uint8(), np.array([1, 3])),
        ([True, False, None], pa.bool_(), np.array([False, True])),
        ([2.5, 1.0, None, float("nan")], pa.float64(), np.array([1.0, 2.5])),
        ([2.5, 1.0, None, float("nan")], pa.float32(), np.array([1.0, 2.5])),
    ],
)
def test_labels_of_any_type(values, kind, classes):
    labels = Labels()
    codes = labels.codes(encode(pa.array(values, kind)))
    assert codes.tolist() == [0, 1] + [UNLABELED] * (len(values) - 2)
    order = labels.order()
    found, order = order.classes, order.codes
    np.testing.assert_array_equal(found, classes)
    assert found.dtype.kind == classes.dtype.kind
    assert order.tolist() == [1, 0]


def test_no_label_at_all():
    for array in (pa.nulls(3), pa.array([None] * 3, pa.string()), pa.array([np.nan] * 3)):
        labels = Labels()
        assert labels.codes(encode(array)).tolist() == [UNLABELED] * 3
        assert labels.order().classes.tolist() == []


def test_dictionaries_may_hold_nulls_and_labels_without_a_row():
    array = pa.DictionaryArray.from_arrays([1, 3, None, 1, 0], ["x", "b", "unused", None])
    labels = Labels()
    assert labels.codes(encode(array)).tolist() == [0, UNLABELED, UNLABELED, 0, 1]
    assert labels.values == ["b", "x"]


def test_unknown_labels_count_as_unlabeled_if_they_are_not_to_be_added():
    labels = Labels(["a", "b"])
    codes = labels.codes(encode(pa.array(["b", "new", None, "a"])), add=False)
    assert codes.tolist() == [1, UNLABELED, UNLABELED, 0]
    assert labels.values == ["a", "b"]


def test_slices():
    array = pa.array(["a", "b", "c", "b"]).slice(1)
    assert Labels().codes(encode(array)).tolist() == [0, 1, 0]


def test_labels_without_a_common_order():
    with pytest.raises(DataError, match="int, str"):
        Labels(["a", 1]).order()
