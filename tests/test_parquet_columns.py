"""Columns that are copied from Parquet to Parquet as they are stored, next to predictions."""

import datetime

import polars
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import torrential as tor
from torrential.engine.scoring.copied import CopiedRows
from torrential.errors import DataError
from torrential.persistence.parquet.footer import parse_footer, read_footer
from torrential.persistence.parquet.thrift import (
    BINARY,
    BYTE,
    DOUBLE,
    I64,
    LIST,
    STRUCT,
    TRUE,
    Field,
    ThriftError,
    read_struct,
    write_struct,
)

GOOD, BAD = "arrived early and works well", "broken on arrival, no refund"
N = 500


@pytest.fixture(scope="module")
def model():
    return tor.TextClassifier(preset="fast", n_features=2**10).fit(
        [GOOD, BAD] * 20, ["up", "no"] * 20
    )


@pytest.fixture
def copied(monkeypatch):
    """Whether the columns of each output were copied."""
    found, of = [], CopiedRows.of

    def noted(*arguments):
        result = of(*arguments)
        found.append(result is not None)
        return result

    monkeypatch.setattr(CopiedRows, "of", noted)
    return found


def table(n=N, first=0):
    return pa.table(
        {
            "id": range(first, first + n),
            "text": [GOOD, BAD, None, "", "early"] * (n // 5),
            "day": [datetime.date(2024, 1, 1 + number % 28) for number in range(n)],
            "at": pa.array(range(n), pa.timestamp("us", "Europe/Paris")),
            "tags": [["a", None], [], None, ["b"], ["c", "d"]] * (n // 5),
            "who": [{"name": "x", "age": 3}, None, {"name": None, "age": 4}] * (n // 3)
            + [None] * (n % 3),
            "amount": pa.array(range(n), pa.int32()).cast(pa.decimal128(12, 2)),
            "blob": [b"\x00\xff", None] * (n // 2),
        }
    )


WAYS = {
    "usual": {"row_group_size": 120},
    "snappy": {"compression": "snappy", "row_group_size": 120},
    "plain": {"compression": "none", "use_dictionary": False, "row_group_size": 70},
    "pages of version 2": {"data_page_version": "2.0", "row_group_size": 120},
    "page index": {"write_page_index": True, "row_group_size": 120, "data_page_size": 64},
    "checksums": {"write_page_checksum": True, "row_group_size": 120},
    "without Arrow's types": {"store_schema": False, "row_group_size": 120},
    "version 1": {"version": "1.0", "row_group_size": 120},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("columns", [None, ["id"], ["who", "text"], []])
def test_values_are_those_of_the_input(model, tmp_path, copied, way, columns):
    parquet.write_table(table(), tmp_path / "in.parquet", **WAYS[way])
    rows, path = tor.read(tmp_path / "in.parquet", text="text"), tmp_path / "out.parquet"
    model.predict_to(rows, path, columns=columns, all_probabilities=True)
    assert copied == [True]
    found, before = parquet.read_table(path), parquet.read_table(tmp_path / "in.parquet")
    names = [name for name in before.column_names if columns is None or name in columns]
    assert found.column_names[: len(names)] == names
    assert found.select(names).equals(before.select(names))
    model.predict_to(rows, tmp_path / "out.arrow", columns=[], all_probabilities=True)
    alone = pa.ipc.open_file(tmp_path / "out.arrow").read_all()
    assert found.drop(names).equals(alone)
    assert polars.read_parquet(path)["label"].to_list() == alone["label"].to_pylist()
    parquet.ParquetFile(path, page_checksum_verification=True).read()


def test_files_of_other_writers(model, tmp_path, copied):
    polars.from_arrow(table().drop(["amount"])).write_parquet(tmp_path / "in.parquet")
    rows = tor.read(tmp_path / "in.parquet", text="text")
    model.predict_to(rows, tmp_path / "out.parquet")
    assert copied == [True]
    found, before = (polars.read_parquet(tmp_path / f"{name}.parquet") for name in ("out", "in"))
    assert found.select(before.columns).equals(before)


def test_several_files_of_one_kind_are_copied_into_one(model, tmp_path, copied):
    parts = [table(), table(100, first=N), table(200, first=N + 100)]
    for number, part in enumerate(parts):
        parquet.write_table(part, tmp_path / f"in-{number}.parquet", row_group_size=150)
    for n_jobs in (1, 3):
        model.set_params(n_jobs=n_jobs)
        counts = model.predict_to(
            tor.read(f"{tmp_path}/in-*", text="text"), tmp_path / "out.parquet"
        )
        assert counts.n_rows == counts.n_kept == 800
        found = parquet.read_table(tmp_path / "out.parquet")
        assert found.drop(["label", "probability"]).equals(pa.concat_tables(parts))
    assert copied == [True, True]


@pytest.mark.parametrize(
    "others",
    [
        {"row_group_size": 1},  # very many small groups
        {"table": table(100).drop(["day"])},
        {"table": table(100).append_column("views", pa.array(["v"] * 100).dictionary_encode())},
    ],
    ids=["groups", "columns", "types"],
)
def test_other_files_are_written_anew(model, tmp_path, copied, others):
    parquet.write_table(table(100), tmp_path / "in-0.parquet")
    path = tmp_path / "in-1.parquet"
    given = {"table": table(100)} | others
    parquet.write_table(given.pop("table"), path, **given)
    model.predict_to(tor.read(f"{tmp_path}/in-*", text="text"), tmp_path / "out.parquet")
    assert copied == [False]
    assert len(parquet.read_table(tmp_path / "out.parquet")) == 200


def test_a_file_that_shrinks_is_named_and_leaves_nothing(model, tmp_path, monkeypatch):
    path = tmp_path / "in.parquet"
    parquet.write_table(table(), path, row_group_size=120)
    rows, of = tor.read(path, text="text"), CopiedRows.of

    def shrunk(*arguments):
        result = of(*arguments)
        path.write_bytes(path.read_bytes()[:-1000])
        return result

    monkeypatch.setattr(CopiedRows, "of", shrunk)
    with pytest.raises(DataError, match=r"in\.parquet"):
        model.predict_to(rows, tmp_path / "out.parquet")
    assert [each.name for each in tmp_path.iterdir()] == ["in.parquet"]


values = st.deferred(
    lambda: st.one_of(
        st.builds(Field, st.just(TRUE), st.booleans(), st.just(0)),
        st.builds(Field, st.just(BYTE), st.integers(0, 255), st.just(0)),
        st.builds(Field, st.just(I64), st.integers(-(2**63), 2**63 - 1), st.just(0)),
        st.builds(Field, st.just(BINARY), st.binary(max_size=20), st.just(0)),
        st.builds(Field, st.just(DOUBLE), st.floats(allow_nan=False), st.just(0)),
        st.builds(
            Field, st.just(LIST), st.lists(st.binary(max_size=3), max_size=20), st.just(BINARY)
        ),
        st.builds(Field, st.just(LIST), st.lists(st.booleans(), max_size=20), st.just(TRUE)),
        st.builds(Field, st.just(STRUCT), structs, st.just(0)),
        st.builds(Field, st.just(LIST), st.lists(structs, max_size=3), st.just(STRUCT)),
    )
)
structs = st.dictionaries(st.integers(1, 300), values, max_size=5)


@given(structs)
def test_structs_come_back(fields):
    assert read_struct(write_struct(fields)) == fields


def test_a_footer_comes_back_to_the_byte(tmp_path):
    parquet.write_table(table(), tmp_path / "in.parquet", row_group_size=120)
    whole = (tmp_path / "in.parquet").read_bytes()
    n_bytes = int.from_bytes(whole[-8:-4], "little")
    assert write_struct(read_footer(tmp_path / "in.parquet").whole) == whole[-8 - n_bytes : -8]


@given(st.data())
def test_a_damaged_footer_is_refused_or_within_the_file(tmp_path_factory, data):
    sink = pa.BufferOutputStream()
    parquet.write_table(table(10), sink)
    whole = sink.getvalue().to_pybytes()
    n_bytes = int.from_bytes(whole[-8:-4], "little")
    footer = bytearray(whole[-8 - n_bytes : -8])
    for _ in range(data.draw(st.integers(1, 4))):
        footer[data.draw(st.integers(0, n_bytes - 1))] = data.draw(st.integers(0, 255))
    try:
        parsed = parse_footer(bytes(footer), len(whole))
    except ThriftError:
        return
    assert all(column.leaves.stop <= len(parsed.elements) for column in parsed.columns)
