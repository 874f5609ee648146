"""Columns of every type that prediction passes on, in every format."""

import datetime
import decimal
import json
import uuid

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from predicted_rows import BAD, GOOD

D = decimal.Decimal


def columns_of_all_types():
    """Each Arrow type, and how CSV has its values: None for null."""
    when = pa.array([1577934245123456789, None], pa.int64())
    ids = pa.array([uuid.UUID(int=5).bytes, None], pa.binary(16))
    some = {
        pa.null(): ([None, None], None),
        pa.bool_(): ([True, None], "true"),
        pa.int8(): ([-1, None], "-1"),
        pa.uint64(): ([2**64 - 1, None], "18446744073709551615"),
        pa.int64(): ([2**53 + 1, None], "9007199254740993"),
        pa.float16(): ([np.float16(1.5), None], "1.5"),
        pa.float32(): ([0.1, None], "0.1"),
        pa.float64(): ([1e300, None], "1e+300"),
        pa.string(): (["NA", None], "NA"),
        pa.string_view(): (["a", None], "a"),
        pa.binary(): ([b"\xff\x00", None], "/wA="),
        pa.large_binary(): ([b"ok", None], "b2s="),
        pa.binary_view(): ([b"ok", None], "b2s="),
        pa.binary(2): ([b"ok", None], "b2s="),
        pa.decimal32(5, 2): ([D("1.10"), None], "1.10"),
        pa.decimal128(38, 2): ([D("1" * 36 + ".10"), None], "1" * 36 + ".10"),
        pa.decimal256(76, 2): ([D("1" * 70 + ".10"), None], "1" * 70 + ".10"),
        pa.decimal128(5, -2): ([D("1200"), None], "1.2E+3"),
        pa.date32(): ([datetime.date(2020, 1, 2), None], "2020-01-02"),
        pa.date64(): ([datetime.date(2020, 1, 2), None], "2020-01-02"),
        pa.time64("ns"): ([datetime.time(1, 2, 3, 4), None], "01:02:03.000004000"),
        pa.duration("ms"): ([datetime.timedelta(seconds=-1), None], "-1000"),
        pa.month_day_nano_interval(): (
            [pa.MonthDayNano([1, 2, -1_500_000_000]), None],
            "P1M2DT-1.500000000S",
        ),
        pa.list_(pa.binary()): ([[b"\xff", None], None], '["/w==",null]'),
        pa.list_view(pa.int8()): ([[1], None], "[1]"),
        pa.list_(pa.int8(), 2): ([[1, None], None], "[1,null]"),
        pa.large_list(pa.struct({"a": pa.int8()})): ([[{"a": 1}], None], '[{"a":1}]'),
        pa.struct([]): ([{}, None], "{}"),
        pa.struct({"a": pa.string_view()}): ([{"a": "x"}, None], '{"a":"x"}'),
        pa.map_(pa.string(), pa.int8()): ([[("k", 1)], None], '[{"key":"k","value":1}]'),
    }
    yield from ((pa.array(values, kind), cell) for kind, (values, cell) in some.items())
    yield when.cast(pa.timestamp("ns")), "2020-01-02 03:04:05.123456789"
    yield when.cast(pa.timestamp("ns", "Europe/Berlin")), "2020-01-02 04:04:05.123456789+0100"
    yield when.cast(pa.timestamp("ns", "Mars/Base")), "2020-01-02 03:04:05.123456789Z"
    yield pa.array(["a", None]).dictionary_encode(), "a"
    views = pa.array(["a", "b"], pa.string_view())
    yield pa.DictionaryArray.from_arrays(pa.array([1, None], pa.uint8()), views), "b"
    yield pa.compute.run_end_encode(pa.array(["a", None])), "a"
    yield pa.ExtensionArray.from_storage(pa.uuid(), ids), str(uuid.UUID(int=5))
    flags = pa.array([1, None], pa.int8())
    yield pa.ExtensionArray.from_storage(pa.bool8(), flags), "true"
    yield pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None])), '{"a": 1}'
    opaque = pa.opaque(pa.binary(), "geometry", "x")
    yield pa.ExtensionArray.from_storage(opaque, pa.array([b"\xff", None])), "/w=="
    yield pa.ListArray.from_arrays([0, 1, 1], pa.array(["a"]).dictionary_encode()), '["a"]'
    union = [pa.array([1, 2]), pa.array(["x", None])]
    yield pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), union), "1"


NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
NOT_IN_PARQUET = (pa.types.is_interval, pa.types.is_union)


@pytest.mark.parametrize(("column", "cell"), list(columns_of_all_types()), ids=lambda x: str(
    getattr(x, "type", "")))  # fmt: skip
def test_every_type_in_every_format(write, predicted, column, cell):
    kind = column.type
    table = pa.table({"text": [GOOD, BAD], "c": column})
    for format in ("csv", "tsv"):
        assert next(row["c"] for row in predicted(table, format)) == (cell or "")
    (value, *_) = (row["c"] for row in predicted(table, "jsonl"))
    is_json = pa.types.is_nested(kind) and not pa.types.is_run_end_encoded(kind)
    if is_json or any(is_such(kind) for is_such in NUMBERS) or kind == pa.bool8():
        assert value == json.loads(cell)
    else:
        assert value == cell
    kept = feather.read_table(write(table, "arrow")).column("c")
    plain = _plain(column)
    assert kept.combine_chunks().equals(plain)
    kept = parquet.read_table(write(table, "parquet")).column("c").combine_chunks()
    is_text = any(is_such(kind) for is_such in NOT_IN_PARQUET) or kind in (
        pa.struct([]),
        pa.decimal128(5, -2),
    )
    if is_text:
        assert kept[0].as_py() == cell
    else:
        assert kept.cast(plain.type).equals(plain) or kept.equals(plain)


def _plain(column):
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pa.array(column.to_pylist(), pa.large_string() if "view" in str(kind) else None)
    if pa.types.is_run_end_encoded(kind):
        return pa.compute.run_end_decode(column)
    names = {"string_view": pa.large_string(), "binary_view": pa.large_binary()}
    if str(kind) in names:
        return column.cast(names[str(kind)])
    if kind == pa.struct({"a": pa.string_view()}):
        return pa.array(column.to_pylist(), pa.struct({"a": pa.large_string()}))
    if pa.types.is_list_view(kind):
        return pa.array(column.to_pylist(), pa.large_list(kind.value_type))
    if str(kind).startswith("list<") and "dictionary" in str(kind):
        return pa.array(column.to_pylist(), pa.list_(pa.string()))
    return column
