"""Columns of tables to hashed rows: TableSpec, its kinds, crosses and names."""

import datetime
import json
import pickle
from collections import Counter
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torrential import ColumnHasher
from torrential.errors import DataError, ParameterError
from torrential.features.packing import packed, unpacked
from torrential.features.spec import Observe
from torrential.features.table.cell import seed_of
from torrential.features.table.cells import cells_of
from torrential.features.table.crosses import parse_crosses
from torrential.features.table.plan import plan_columns
from torrential.features.table.settings import Column, TableSettings
from torrential.features.table.spec import TableSpec
from torrential.kernels.table.rows import ROWS_AT_ONCE
from torrential.types import Csr

ALL = Observe(terms=True, vocabulary=True)


def values_of(batch):
    return dict(zip(batch.schema.names, batch.columns, strict=True))


def spec_of(batch, crosses=(), kinds=None, numbers="log", n_features=2**20, bins=16):
    columns = plan_columns(values_of(batch), kinds or {}, numbers, bins)
    settings = TableSettings(columns, n_features=n_features, bins=bins)
    return TableSpec(settings.with_crosses(parse_crosses(crosses, settings.cells)))


def rows_of(rows):
    """Return each row as a list of pairs of column and value, in their order."""
    ends = zip(rows.indptr, rows.indptr[1:], strict=False)
    return [
        list(zip(rows.indices[begin:end].tolist(), rows.data[begin:end].tolist(), strict=True))
        for begin, end in ends
    ]


def names_of(batch, spec, row):
    """Return the names of the values of one row, sorted."""
    terms = spec.encode(batch.slice(row, 1), ALL).terms
    return sorted(
        name for name, n in zip(terms.decoded(), terms.counts, strict=True) for _ in range(n)
    )


CELLS = st.none() | st.text("abc", max_size=3)


@given(
    st.lists(st.tuples(CELLS, st.none() | st.integers(-50, 50), CELLS), min_size=1, max_size=20),
    st.integers(2, 2**20),
)
def test_each_row_has_its_cells_and_crosses_wherever_it_is(rows, n_features):
    a, b, c = (list(column) for column in zip(*rows, strict=True))
    batch = pa.record_batch(
        {"a": pa.array(a, pa.string()), "b": pa.array(b, pa.int64()), "c": pa.array(c, pa.string())}
    )
    spec = spec_of(batch, ["a*b", "b*c", ("a", "b", "c")], n_features=n_features)
    whole = rows_of(spec.encode(batch).rows)
    assert all(len(row) == 6 and 0 <= column < n_features for row in whole for column, _ in row)
    for place, row in enumerate(whole):
        assert rows_of(spec.encode(batch.slice(place, 1)).rows) == [row]
    for first, second in product(range(len(rows)), repeat=2):
        if rows[first] == rows[second]:
            assert whole[first] == whole[second]


def test_rows_are_the_same_wherever_the_blocks_that_are_written_at_once_end():
    rng = np.random.default_rng(0)
    n_rows = 2 * ROWS_AT_ONCE + 3
    values = rng.integers(0, 50, (3, n_rows)).astype(str)
    batch = pa.record_batch(dict(zip("abc", map(pa.array, values.tolist()), strict=True)))
    spec = spec_of(batch, ["a*b", ("a", "b", "c")], n_features=1000)
    whole = spec.encode(batch, ALL)
    assert rows_of(whole.rows) == [
        row for at in range(0, n_rows, 7) for row in rows_of(spec.encode(batch.slice(at, 7)).rows)
    ]
    parts = [spec.encode(batch.slice(at, 7), ALL).registers for at in range(0, n_rows, 7)]
    np.testing.assert_array_equal(whole.registers, np.max(parts, axis=0))


@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "dictionary"])
def test_texts_hash_alike_in_every_type(kind):
    texts = ["LAS", None, "PHL", "a much longer text than eight bytes", "", "LAS"]
    array = pa.array(texts, pa.string())
    other = array.dictionary_encode() if kind == "dictionary" else array
    if kind in ("large_string", "binary"):
        other = array.cast(getattr(pa, kind)())
    column = Column("a", "category")
    (expected,) = cells_of(column, array, 16, 0)
    (found,) = cells_of(column, other, 16, 0)
    np.testing.assert_array_equal(found.hashes, expected.hashes)
    (sliced,) = cells_of(column, other.slice(2, 3), 16, 0)
    np.testing.assert_array_equal(sliced.hashes, expected.hashes[2:5])


def hashes_of(array):
    """Return the hashes of categories."""
    (cell,) = cells_of(Column("zip", "category"), array, 16, 0)
    return cell.hashes.tolist()


def test_a_number_and_its_text_are_the_same_category():
    arrays = [
        pa.array(["10001", "7", "-3", None]),
        pa.array([10001, 7, -3, None], pa.int64()),
        pa.array([10001, 7, -3, None], pa.int32()),
        pa.array([10001.0, 7.0, -3.0, None]),
        pa.array([10001.0, 7.0, -3.0, float("nan")]),
    ]
    found = list(map(hashes_of, arrays))
    assert found == [found[0]] * len(arrays)
    wide = [2**63, 2**64 - 1]
    assert hashes_of(pa.array(wide, pa.uint64())) == hashes_of(pa.array(list(map(str, wide))))
    lowest = -(2**63)
    assert hashes_of(pa.array([lowest], pa.int64())) == hashes_of(pa.array([str(lowest)]))


def test_values_of_different_columns_are_different_features():
    batch = pa.record_batch({"a": ["x", "y"], "b": ["x", "y"]})
    spec = spec_of(batch)
    columns = spec.encode(batch).rows.indices.tolist()
    assert len(set(columns)) == 4
    assert seed_of("a", 0) != seed_of("b", 0)
    other = TableSpec(TableSettings(spec.settings.columns, seed=1))
    assert other.encode(batch).rows.indices.tolist() != columns


def test_crosses_of_values_that_share_a_column_do_not():
    """With 32 bits or fewer in between, all of them would."""
    n = 3000
    batch = pa.record_batch({"a": [f"a{i}" for i in range(n)], "b": ["x"] * n})
    spec = spec_of(batch, ["a*b"], n_features=256, kinds={"a": "category"})
    rows = spec.encode(batch).rows
    a, cross = rows.indices[0::3], rows.indices[2::3]
    order = np.argsort(a, kind="stable")
    same = a[order][1:] == a[order][:-1]
    equal = (cross[order][1:] == cross[order][:-1])[same]
    assert same.sum() > 2000
    assert equal.mean() < 0.02  # 1 / 256 by chance


def test_a_cross_is_the_same_in_any_order_of_names_and_columns():
    batch = pa.record_batch({"a": ["x", "y"], "b": ["u", None]})
    turned = batch.select(["b", "a"])
    one = spec_of(batch, ["a*b"]).encode(batch).rows.indices.reshape(2, 3)
    other = spec_of(turned, ["b*a"]).encode(turned).rows.indices.reshape(2, 3)
    np.testing.assert_array_equal(one[:, 2], other[:, 2])
    spec = spec_of(batch, ["b*a"])
    assert "b=u × a=x" in names_of(batch, spec, 0)


@pytest.mark.parametrize(
    ("crosses", "expected"),
    [
        (["hour*C*"], [("hour", "C1"), ("hour", "C2")]),
        (["C**hour"], [("C1", "hour"), ("C2", "hour")]),
        ([("C*", "C*")], [("C1", "C2")]),
        (["C1*C2*hour"], [("C1", "C2", "hour")]),
        (["C1*C2", "C2*C1"], [("C1", "C2")]),
        ([["hour", "?1"]], [("hour", "C1")]),
        (None, []),
    ],
)
def test_crosses_by_name_and_pattern(crosses, expected):
    assert parse_crosses(crosses, ["C1", "C2", "hour"]) == tuple(expected)


@pytest.mark.parametrize(
    ("crosses", "message"),
    [
        (["C1*C9"], "'C9' is not a column that can be crossed: choose from 'C1', 'C2'"),
        (["C1*C1"], "crosses 'C1' with itself"),
        (["C1"], "fewer than two columns"),
        (["auto", "C1*C2"], "'auto' among others: give 'auto' alone"),
        ([3], "fewer than two columns"),
        ("C1*C2", "not a list"),
        (7, "not a list"),
    ],
)
def test_wrong_crosses_are_one_sentence(crosses, message):
    with pytest.raises(ParameterError, match=message):
        parse_crosses(crosses, ["C1", "C2"])


def test_kinds_are_guessed_from_type_name_and_values():
    batch = pa.record_batch(
        {
            "city": ["Rome", "Oslo"],
            "note": ["a text of several words", "quite another text it is"],
            "size": [1.5, 2.5],
            "n": [1, 2],
            "user_id": [1, 2],
            "zip": [1, 2],
            "ok": [True, None],
            "at": pa.array([0, 1], pa.timestamp("s")),
            "tags": [["a"], []],
            "point": [[1.0, 2.0], None],
            "words": pa.array([{"a": 1.0}, {}], pa.map_(pa.string(), pa.float64())),
            "none": pa.nulls(2),
        }
    )
    kinds = {each.name: each.kind for each in plan_columns(values_of(batch), {}, "quantile", 4)}
    assert kinds == {
        "city": "category", "note": "text", "size": "quantile", "n": "quantile",
        "user_id": "category", "zip": "category", "ok": "category", "at": "date",
        "tags": "list", "point": "vector", "words": "map", "none": "category",
    }  # fmt: skip
    said = plan_columns(values_of(batch), {"*id": "raw", "note": "category"}, "log", 4)
    assert {each.name: each.kind for each in said}["user_id"] == "raw"


@pytest.mark.parametrize(
    ("kinds", "error", "message"),
    [
        ({"a": "number"}, ParameterError, "which is not known: give one of category, log"),
        ({"b": "log"}, ParameterError, "'b', which is not an input: choose from 'a'"),
        ({"a": "log"}, DataError, "the column holds string"),
        ({"a": "list"}, DataError, "the column holds string"),
        ({"a": "date"}, DataError, "the column holds string"),
    ],
)
def test_wrong_kinds_are_one_sentence(kinds, error, message):
    with pytest.raises(error, match=message):
        ColumnHasher(kinds=kinds).fit({"a": ["x"]})


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=50))
def test_numbers_of_a_logarithmic_bin_are_within_its_ends(values):
    batch = pa.record_batch({"x": pa.array(values)})
    spec = spec_of(batch)
    for place, value in enumerate(values):
        name = names_of(batch, spec, place)[0].removeprefix("x=")
        if name[0] not in "([":
            assert abs(float(name) - value) < 0.05 * (1 + abs(value)) + 1
            continue
        low, high = (float(each) for each in name[1:-1].split(", "))
        slack = 1e-3 * (abs(low) + abs(high) + 1)
        assert low - slack <= value <= high + slack


@given(st.lists(st.integers(-3000, 3000) | st.none(), min_size=1, max_size=60))
def test_whole_numbers_have_the_bins_of_their_floats(values):
    whole = pa.record_batch({"x": pa.array(values, pa.int64())})
    floats = pa.record_batch({"x": pa.array(values, pa.float64())})
    for numbers in ("log", "quantile"):
        spec = spec_of(floats, numbers=numbers)
        (column,) = spec.settings.columns
        one, other = (next(cells_of(column, each.column(0), 16, 0)) for each in (whole, floats))
        np.testing.assert_array_equal(one.hashes, other.hashes)


def test_infinite_and_missing_numbers():
    values = [float("inf"), float("-inf"), float("nan"), None, 0.0]
    batch = pa.record_batch({"x": pa.array(values)})
    for numbers in ("log", "quantile"):
        columns = spec_of(batch, numbers=numbers).encode(batch).rows.indices.tolist()
        assert columns[2] == columns[3]
        assert len(set(columns)) == (4 if numbers == "log" else 3)


def test_numbers_as_they_are_and_standardized():
    batch = pa.record_batch({"x": pa.array([1.0, 2.0, None, 6.0])})
    raw = spec_of(batch, numbers="raw").encode(batch).rows
    assert raw.data.tolist() == [1.0, 2.0, 1.0, 6.0]
    assert len(set(raw.indices.tolist())) == 2  # a missing value is a feature of its own
    spec = spec_of(batch, numbers="standard")
    kept = np.array([1.0, 2.0, 6.0])
    expected = (kept - kept.mean()) / kept.std()
    np.testing.assert_allclose(spec.encode(batch).rows.data[[0, 1, 3]], expected, rtol=1e-6)
    assert names_of(batch, spec, 2) == ["x=missing"]


@pytest.mark.parametrize("numbers", ["raw", "standard"])
def test_infinite_numbers_are_features_of_their_own(numbers):
    batch = pa.record_batch({"x": pa.array([1.0, float("inf"), float("-inf"), None, 1e300])})
    spec = spec_of(batch.slice(0, 1), numbers=numbers)
    rows = spec.encode(batch).rows
    assert rows.data[1:4].tolist() == [1.0] * 3
    assert len(set(rows.indices.tolist())) == 4
    assert [names_of(batch, spec, row)[0] for row in range(1, 5)] == [
        "x=inf", "x=-inf", "x=missing", "x=inf",
    ]  # fmt: skip
    lists = pa.record_batch({"v": [[1.0, float("inf")]]})
    with pytest.raises(DataError, match="'v' holds a number in a list or map that is infinite"):
        spec_of(lists).encode(lists)


def test_quantiles_have_equal_shares():
    values = np.random.default_rng(0).lognormal(size=4000)
    batch = pa.record_batch({"x": values})
    columns = spec_of(batch, numbers="quantile", bins=8).encode(batch).rows.indices
    shares = Counter(columns.tolist())
    assert len(shares) == 8
    assert max(shares.values()) - min(shares.values()) <= 2


def test_parts_of_dates():
    when = [datetime.datetime(2024, 1, 2, 17, 4), None]
    batch = pa.record_batch({"when": when, "day": pa.array([when[0].date(), None])})
    spec = spec_of(batch, ["when.hour*when.weekday"])
    assert names_of(batch, spec, 0) == [
        "day.day=2", "day.month=1", "day.weekday=1", "when.day=2", "when.hour=17",
        "when.hour=17 × when.weekday=1", "when.month=1", "when.weekday=1",
    ]  # fmt: skip
    assert "when.hour=missing" in names_of(batch, spec, 1)
    time = pa.record_batch({"t": pa.array([datetime.time(5, 6)])})
    assert names_of(time, spec_of(time), 0) == ["t.hour=5"]


BAGS = st.lists(
    st.tuples(
        st.none() | st.lists(st.sampled_from("abc"), max_size=3),
        st.none() | st.dictionaries(st.sampled_from("uvw"), st.floats(-4, 4, width=16)),
        st.sampled_from(["x", "y", None]),
    ),
    min_size=1,
    max_size=12,
)


@given(BAGS)
def test_lists_and_maps_and_their_crosses_against_plain_loops(rows):
    tags, counts, one = (list(column) for column in zip(*rows, strict=True))
    maps = [None if each is None else list(each.items()) for each in counts]
    batch = pa.record_batch(
        {
            "tags": pa.array(tags, pa.list_(pa.string())),
            "counts": pa.array(maps, pa.map_(pa.string(), pa.float32())),
            "one": pa.array(one, pa.string()),
        }
    )
    spec = spec_of(batch, ["tags*counts", "one*tags*counts"], kinds={"one": "category"})
    encoded = spec.encode(batch, ALL)
    columns = dict(zip(encoded.terms.decoded(), encoded.terms.columns(2**20), strict=True))
    for row, found in zip(rows, rows_of(encoded.rows), strict=True):
        named_tags = [f"tags={tag}" for tag in row[0] or []]
        named_counts = [(f"counts={key}", value) for key, value in (row[1] or {}).items()]
        name = f"one={row[2] or 'missing'}"
        expected = [(tag, 1.0) for tag in named_tags] + named_counts + [(name, 1.0)]
        pairs = list(product(named_tags, named_counts))
        expected += [(f"{tag} × {key}", value) for tag, (key, value) in pairs]
        expected += [(f"{name} × {tag} × {key}", value) for tag, (key, value) in pairs]
        found_names = Counter((column, np.float32(value).item()) for column, value in found)
        wanted = Counter((int(columns[key]), np.float32(v).item()) for key, v in expected)
        assert found_names == wanted


def test_a_map_leaves_out_values_that_are_missing_and_a_vector_counts_places():
    maps = pa.array([[("a", 1.0), ("b", None)], None], pa.map_(pa.string(), pa.float64()))
    batch = pa.record_batch({"m": maps, "v": [[1.0, None, 3.0], [2.0]]})
    spec = spec_of(batch)
    assert names_of(batch, spec, 0) == ["m=a", "v=0", "v=2"]
    assert names_of(batch, spec, 1) == ["v=0"]
    assert spec.encode(batch).rows.data.tolist() == [1.0, 1.0, 3.0, 2.0]


def test_texts_are_words_and_pairs_beside_other_columns():
    texts = ["a good film about cats", "another bad film about dogs", None]
    batch = pa.record_batch({"note": texts, "city": ["Rome", "Oslo", "Rome"]})
    spec = spec_of(batch)
    encoded = spec.encode(batch, ALL)
    assert "note: good film" in encoded.terms.decoded()
    lengths = np.diff(encoded.rows.indptr).tolist()
    assert lengths == [1 + 7, 1 + 9, 1]
    assert set(encoded.terms.columns(2**20).tolist()) == set(encoded.rows.indices.tolist())
    with pytest.raises(ParameterError, match="'note' is not a column that can be crossed"):
        spec_of(batch, ["note*city"])


def test_terms_have_the_columns_of_their_values_and_all_are_counted():
    rng = np.random.default_rng(0)
    batch = pa.record_batch({"a": rng.integers(0, 9, 500), "b": rng.integers(0, 9, 500)})
    spec = spec_of(batch, ["a*b"], n_features=2**16)
    encoded = spec.encode(batch, ALL)
    assert encoded.terms.counts.sum() == len(encoded.rows.indices) == 1500
    assert set(encoded.terms.columns(2**16).tolist()) == set(encoded.rows.indices.tolist())
    assert len(set(encoded.terms.keys.tolist())) == len(encoded.terms)


def test_a_spec_of_a_table_goes_to_json_and_back():
    batch = pa.record_batch({"a": ["x"], "b": [1.5], "t": pa.array([0], pa.timestamp("s"))})
    spec = spec_of(batch, ["a*b"], numbers="quantile")
    assert TableSpec.from_state(json.loads(json.dumps(spec.state()))) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert spec.shown() == "3 columns, 1 crosses, 1,048,576 features"


def test_a_missing_column_is_one_sentence():
    spec = spec_of(pa.record_batch({"a": ["x"]}))
    with pytest.raises(DataError, match="no column 'a'; they have 'b'"):
        spec.encode(pa.record_batch({"b": ["x"]}))


@given(st.lists(st.lists(st.integers(0, 2**31 - 2), max_size=6), max_size=6))
def test_rows_in_any_order_and_with_repeated_columns_are_packed_exactly(rows):
    indptr = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    indices = np.array([column for row in rows for column in row], np.int32)
    data = np.arange(1, len(indices) + 1, dtype=np.float32)
    again = unpacked(packed(Csr(data, indices, indptr, 2**31 - 1)), 2**31 - 1)
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(again, name), {"data": data, "indices": indices,
                                                             "indptr": indptr}[name])  # fmt: skip
