"""Batches of tables as frames, arrays and dicts: values, types and nulls, against plain Python."""

import datetime
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import StandardScaler

import torrential as tor
from torrential.adapters.forms import Form, form_of, rows_of_batch
from torrential.types import Batch

TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
NUMBERS = {
    pa.int8(): st.integers(-128, 127),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
}
KINDS = {**NUMBERS, pa.string(): TEXTS, pa.large_string(): TEXTS}


@st.composite
def columns(draw):
    """A column of any type with nulls, perhaps as a dictionary, and its values."""
    kind = draw(st.sampled_from(list(KINDS)))
    values = draw(st.lists(st.none() | KINDS[kind], min_size=1, max_size=20))
    array = pa.array(values, kind)
    is_text = KINDS[kind] is TEXTS
    return (array.dictionary_encode() if is_text and draw(st.booleans()) else array), values


def rows(form, **arrays):
    batch = Batch(pa.record_batch(arrays), None, None, None, "memory", 0)
    return rows_of_batch(batch, form)


def form_with(kind, **arrays):
    return form_of(tor.read(pa.table(arrays)), FeatureHasher(input_type=kind))


def is_same(one, other):
    return one == other or (one is other is None) or (one != one and other is None)


@given(columns(), st.data())
def test_a_column_has_one_type_and_nulls_are_nan(column, data):
    array, values = column
    is_text = pa.types.is_dictionary(array.type) or array.type in (pa.string(), pa.large_string())
    form = Form("pandas", ("a",), ("a",) if is_text else ())
    found = rows(form, a=array)["a"]
    wanted = np.float32 if array.type == pa.float32() else object if is_text else np.float64
    assert found.dtype == wanted
    expected = values if is_text else [None if v is None else float(v) for v in values]
    assert all(map(is_same, found.tolist(), expected))
    some = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=5))
    batch = Batch(pa.record_batch({"a": array}), None, None, None, "memory", 0)
    chosen = rows_of_batch(batch, form, np.array(some, np.int64))["a"]
    assert chosen.dtype == wanted
    assert all(map(is_same, chosen.tolist(), [expected[place] for place in some]))


@given(columns())
def test_frames_of_polars_have_the_same_values(column):
    array, values = column
    frame = rows(Form("polars", ("a",)), a=array)
    is_number = array.type in NUMBERS
    expected = [None if v is None else float(v) for v in values] if is_number else values
    assert frame["a"].to_list() == expected
    assert frame["a"].dtype in (pl.Float32, pl.Float64) if is_number else pl.String


@given(columns())
def test_dicts_have_the_values_and_no_nulls(column):
    array, values = column
    found = rows(Form("dict", ("a",)), a=array)
    assert found == [{} if value is None else {"a": value} for value in values]
    assert rows(Form("pair", ("a",)), a=array) == [list(each.items()) for each in found]


def test_equal_texts_of_a_dictionary_are_one_string():
    array = pa.array(["some city", "another", None] * 3).dictionary_encode()
    found = rows(Form("pandas", ("a",), ("a",)), a=array)["a"]
    assert found[0] is found[3] is found[6]
    assert math.isnan(found[2])


def test_bytes_are_text_and_decimals_are_numbers():
    prices = pa.array([1, None], pa.decimal128(9, 2))
    frame = rows(Form("pandas", ("a", "b"), ("a",)), a=pa.array([b"x", b"\xff"]), b=prices)
    assert frame["a"].tolist() == ["x", "�"]
    assert frame["b"].tolist()[0] == 1.0
    assert frame["b"].dtype == np.float64
    polars = rows(Form("polars", ("a", "b"), ("a",)), a=pa.array([b"x", None]), b=prices)
    assert polars.to_dict(as_series=False) == {"a": ["x", None], "b": [1.0, None]}


def test_dates_times_lists_and_maps():
    day = datetime.date(2024, 2, 29)
    arrays = {
        "day": pa.array([day, None]),
        "time": pa.array([datetime.datetime(2024, 2, 29, 7, 30), None]),
        "tags": pa.array([["a", "b"], None]),
        "counts": pa.array([{"x": 2.0}, {}], pa.map_(pa.string(), pa.float64())),
    }
    frame = rows(Form("pandas", tuple(arrays)), **arrays)
    assert frame["day"].tolist() == [pd.Timestamp(day), pd.NaT]
    assert [frame[name].dtype.kind for name in frame] == ["M", "M", "O", "O"]
    assert frame["tags"].tolist() == [["a", "b"], None]
    assert frame["counts"].tolist() == [{"x": 2.0}, {}]
    assert rows(form_with("dict", **arrays), **arrays) == [
        {
            "day": "2024-02-29",
            "time": "2024-02-29 07:30:00",
            "tags=a": 1,
            "tags=b": 1,
            "counts=x": 2,
        },
        {},
    ]


def test_texts_for_a_hasher_name_their_columns():
    arrays = {"city": pa.array(["LAS", None]), "hour": pa.array([7.0, 7.5]), "tags": [["a"], []]}
    arrays["tags"] = pa.array(arrays["tags"], pa.list_(pa.string()))
    form = form_with("string", **arrays)
    assert rows(form, **arrays) == [["city=LAS", "hour=7", "tags=a"], ["hour=7.5"]]


def test_a_column_of_nulls_has_the_type_of_its_column():
    nulls = pa.nulls(2)
    for kind in ("pandas", "numpy"):
        found = rows(Form(kind, ("a", "b"), ("a",)), a=nulls, b=nulls)
        assert pd.isna(np.asarray(found)).all()
    frame = rows(Form("pandas", ("a", "b"), ("a",)), a=nulls, b=nulls)
    assert frame.dtypes.tolist() == [object, np.float64]
    polars = rows(Form("polars", ("a", "b"), ("a",)), a=nulls, b=nulls)
    assert polars.dtypes == [pl.String, pl.Float64]


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
def test_columns_come_in_the_order_of_the_form(kind):
    found = rows(Form(kind, ("b", "a")), a=pa.array([1, 2]), b=pa.array([3.0, 4.0]))
    np.testing.assert_array_equal(np.asarray(found), [[3, 1], [4, 2]])


def test_an_array_without_pandas(monkeypatch):
    monkeypatch.setattr("torrential.adapters.forms.is_installed", lambda name: False)
    form = form_of(tor.read({"a": [1, None], "b": [True, False]}), StandardScaler())
    assert form.kind == "numpy"
    found = rows(form, a=pa.array([1, None]), b=pa.array([True, False]))
    np.testing.assert_array_equal(found, [[1, 1], [np.nan, 0]])
    assert found.dtype == np.float64
